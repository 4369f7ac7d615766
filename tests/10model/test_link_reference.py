"""The lines that linking finds against the maximum of the same penalised likelihood, found by another road.

`server/study/README.md` has the likelihood. C climbs it by conditional EM with closed forms; here it is written down as one number and
climbed by BFGS with numerical gradients, from another start. The spread inside a group, its typical error and the weight of wild scores are
taken from C's answer: they are no parameters of this likelihood.
"""

import json
import os
import subprocess

import numpy as np
from model import BUILD

GROWTH_WORTH, ERROR_WORTH, LEANING_SD, GROWTHS = 3.0, 3.0, 0.04, 3


class Case:
    """Students with four looks each at six instruments of two makers, one of which is the reference's."""

    def __init__(self, seed, students=60):
        rng = np.random.default_rng(seed)
        self.group, self.maker = np.array([0, 0, 0, 1, 1, 1]), np.array([-1, -1, -1, 1, 1, 1])
        slope, level, error = rng.uniform(0.6, 1.1, 6), rng.normal(0, 0.3, 6), rng.uniform(0.3, 0.7, 6)
        self.instrument = np.array([rng.choice(6, 4, replace=False) for _ in range(students)])
        self.weeks = np.sort(rng.uniform(0, 9, (students, 4)), axis=1)
        self.weeks -= self.weeks[:, :1]
        finally_ = np.maximum(self.weeks - rng.uniform(2, 6, (students, 1)), 0)
        self.growth = np.stack([self.weeks, finally_, 4 * (1 - np.exp(-self.weeks / 4))], axis=2)
        x = rng.normal(0, 1, (students, 1)) + 0.05 * self.weeks + 0.15 * finally_ + rng.normal(0, 0.05, (students, 1)) * self.weeks
        x = x + np.where(self.maker[self.instrument] == 1, rng.normal(0, 0.3, (students, 1)), 0)
        self.score = (level + 0 * slope)[self.instrument] + slope[self.instrument] * x + rng.normal(0, 1, x.shape) * error[self.instrument]
        self.priors = {"groups": [[0.0, 0.8, 0.8, 0.3, 0.6, 1.0, 0.0625]] * 2, "growth_sd": 0.3, "growth_var": [0.0025, 0.0225, 0.0025],
                       "wander_var": 0.0144, "maker_var": 0.0625}  # fmt: skip

    def ask(self):
        looks = [[s, int(self.instrument[s, j]), self.weeks[s, j], list(self.growth[s, j]), self.score[s, j]]
                 for s in range(len(self.score)) for j in range(4)]  # fmt: skip
        lines = [[int(g), int(m)] for g, m in zip(self.group, self.maker)]
        question = json.dumps({**self.priors, "lines": lines, "looks": looks})
        run = subprocess.run([os.path.join(BUILD, "tests/link_tool")], input=question, capture_output=True, text=True, check=True, timeout=60)
        return json.loads(run.stdout)


class Likelihood:
    """Of parameters in one row: levels, slopes, log errors, growth, log growth_var, leaning, log wander_var, log maker_var, group means."""

    def __init__(self, case, told):
        self.case, self.weights = case, np.array(told["weights"]).reshape(case.score.shape)
        groups = np.array(told["groups"])
        self.level_var, self.error_sd = groups[:, 2], groups[:, 4]
        self.slope_sd = np.sqrt(groups[:, 3]) * groups[:, 1]
        self.taken = np.array([case.growth[case.instrument == i].mean(0) for i in range(6)])

    def parts(self, w):
        cuts = np.cumsum([6, 6, 6, GROWTHS, GROWTHS, GROWTHS, 1, 1, 2])
        return np.split(w, cuts)

    def __call__(self, w):
        level, slope, log_error, growth, log_var, leaning, log_wander, log_maker, mean_level, mean_slope = self.parts(w)
        case, priors, i = self.case, self.case.priors, self.case.instrument
        share = 1 + case.growth @ leaning
        k = share[:, :, None] * share[:, None, :] + np.exp(log_wander) * np.minimum(case.weeks[:, :, None], case.weeks[:, None, :])
        k += np.einsum("c,sjc,skc->sjk", np.exp(log_var), case.growth, case.growth)
        maker = case.maker[i]
        k += np.exp(log_maker) * ((maker[:, :, None] == maker[:, None, :]) & (maker[:, :, None] >= 0))
        s = slope[i][:, :, None] * slope[i][:, None, :] * k
        s[:, range(4), range(4)] += np.exp(log_error)[i] / self.weights
        away = case.score - level[i] - slope[i] * (case.growth @ growth)
        sign, log_det = np.linalg.slogdet(s)
        total = -0.5 * log_det.sum() - 0.5 * np.einsum("sj,sj->", away, np.linalg.solve(s, away[:, :, None])[:, :, 0])
        inverse_gamma = lambda log_v, expected, worth: -0.5 * np.sum(worth * (log_v + expected / np.exp(log_v)))
        total += inverse_gamma(log_error, self.error_sd[case.group] ** 2, ERROR_WORTH)
        total += inverse_gamma(log_var, np.array(priors["growth_var"]), GROWTH_WORTH)
        total += inverse_gamma(log_wander, priors["wander_var"], GROWTH_WORTH) + inverse_gamma(log_maker, priors["maker_var"], GROWTH_WORTH)
        group = np.array(priors["groups"])
        normal = lambda values, mean, sd: -0.5 * np.sum(((values - mean) / sd) ** 2)
        total += normal(level + slope * (self.taken @ growth), mean_level[case.group], np.sqrt(self.level_var[case.group]))
        total += normal(slope, mean_slope[case.group], self.slope_sd[case.group])
        total += normal(mean_level, group[:, 0], group[:, 1]) + normal(mean_slope, group[:, 2], group[:, 3])
        total += normal(growth, 0, priors["growth_sd"]) + normal(leaning, 0, LEANING_SD)
        return -total if np.all(sign > 0) else np.inf


def gradient(f, w, h=1e-5):
    return np.array([(f(w + h * e) - f(w - h * e)) / (2 * h) for e in np.eye(len(w))])


def bfgs(f, w, rounds=600):
    inverse, g = np.eye(len(w)) * 0.01, gradient(f, w)
    for _ in range(rounds):
        step, length = -inverse @ g, 1.0
        while not f(w + length * step) <= f(w) + 1e-4 * length * (g @ step) and length > 1e-10:
            length /= 2
        d = length * step
        fresh = gradient(f, w + d)
        y = fresh - g
        w, g = w + d, fresh
        if d @ y > 1e-14:
            rho, one = 1 / (d @ y), np.eye(len(w))
            inverse = (one - rho * np.outer(d, y)) @ inverse @ (one - rho * np.outer(y, d)) + rho * np.outer(d, d)
        if abs(g).max() < 1e-4:
            break
    return w


def vector(told):
    lines, growth, groups = np.array(told["lines"]), np.array(told["growth"]), np.array(told["groups"])
    return np.concatenate([lines[:, 0], lines[:, 1], np.log(lines[:, 2]), growth[:, 0], np.log(growth[:, 1]), growth[:, 2],
                           [np.log(told["wander_var"])], [np.log(told["maker_var"])], groups[:, 0], groups[:, 1]])  # fmt: skip


def test_em_ends_where_the_likelihood_has_its_maximum():
    for seed in (1, 2):
        case = Case(seed)
        told = case.ask()
        f, here = Likelihood(case, told), vector(told)
        start = np.concatenate([np.zeros(6), np.ones(6), np.full(6, -1.2), np.zeros(3), np.full(3, -5.0), np.zeros(3), [-4.0, -3.0], [0, 0], [1, 1]])
        best = bfgs(f, start)
        level, slope, log_error, growth = (np.abs(a - b).max() for a, b in list(zip(f.parts(here), f.parts(best)))[:4])
        print(f"seed {seed}: {told['rounds']} rounds; off in level {level:.1e}, slope {slope:.1e}, log error {log_error:.1e}, growth {growth:.1e}, "
              f"likelihood {f(here) - f(best):.1e}")  # fmt: skip
        assert f(here) - f(best) < 5e-4
        assert max(level, slope, growth) < 2e-3 and log_error < 1e-2  # an sd of the students is 1; standard errors are 0.05 and more


def test_half_a_round_more_would_not_move_it():
    """The gradient of the likelihood, in the units of each parameter's own curvature, is nothing at C's answer."""
    case = Case(3)
    told = case.ask()
    f, here = Likelihood(case, told), vector(told)
    g = gradient(f, here)
    curvature = np.array([(f(here + 1e-3 * e) - 2 * f(here) + f(here - 1e-3 * e)) / 1e-6 for e in np.eye(len(here))])
    assert np.abs(g / np.sqrt(np.maximum(curvature, 1e-3))).max() < 0.05
