"""The exact Bayes answer for the classes of study.py: P(pass) for one who knows the law by which this class grows, every number in it,
and how its instruments err. No model can do better; how far one is behind is what its equations and parameters cost.

Importance sampling, student by student. Given the shape of growth (when it slows or stops) and the lengths and phases of the waves,
readiness is linear in base, gain, the waves' sizes and the two makers' offsets. So the shape is drawn from its prior, the rest from the
normal posterior that it would have without wild scores, and the weight makes good what is left: prior and likelihood over what was
drawn from. The likelihood is that of study.py with nothing simplified, wild scores and binomial items included.
"""

import math

import numpy as np
import study

SIZES = 6  # base, own part of the gain, two waves, two makers
PRIOR_MEAN = np.array([study.BASE[0], study.GAIN[0], 0, 0, 0, 0])
PRIOR_SD = np.array([study.BASE[1], study.GAIN[1], study.WAVE_SD, study.WAVE_SD, study.OFFSET_SD, study.OFFSET_SD])
SLOTS = {"UWorld": 4, "AMBOSS": 5}
WIDER = 1.15  # sd of what is drawn over that of the normal posterior: tails must not be missed
GRID = np.arange(-40.0, 140.0, 0.25)


def saturating(t, dedicated, rng, n):
    """Share of the gain on days t, and what is added to it, for n draws of the shape: arrays (n, len(t))."""
    tau = rng.uniform(*study.SATURATING_TAU, (n, 1))
    share = (1 - np.exp(-np.maximum(t, 0) / tau)) / (1 - np.exp(-dedicated / tau))
    return share, np.broadcast_to(0.3 * np.minimum(t, 0) / 7, share.shape)


def step(t, dedicated, rng, n):
    width, slow = rng.uniform(*study.STEP_WIDTH, (n, 1)), rng.uniform(*study.STEP_SLOW, (n, 1))
    share = np.minimum(np.maximum(t, 0) / width, 1)
    return share, slow * (np.maximum(t, 0) - dedicated * share) / 7


def plateau(t, dedicated, rng, n):
    stop = rng.uniform(*study.PLATEAU_STOP, (n, 1)) * dedicated
    share = np.minimum(np.maximum(t, 0) / stop, 1)
    return share, np.broadcast_to(0.4 * np.minimum(t, 0) / 7, share.shape)


SHAPES = {"saturating": saturating, "step": step, "plateau": plateau}


def correct_table(code):
    """Log likelihood of each number correct, by the score expected before items are drawn (GRID)."""
    items, error = study.ITEMS[code], study.SHOWN[code][2]
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    k = np.arange(items + 1)
    choose = np.array([math.lgamma(items + 1) - math.lgamma(i + 1) - math.lgamma(items - i + 1) for i in k])
    total = 0
    for share, sd in ((1 - study.WILD_SHARE, error), (study.WILD_SHARE, study.WILD_TIMES * error)):
        chance = np.clip((GRID[:, None] + sd * nodes) / 100, 0.02, 0.98)[:, :, None]
        each = np.exp(choose + k * np.log(chance) + (items - k) * np.log1p(-chance))
        total = total + share * np.einsum("gnk,n->gk", each, weights / weights.sum())
    return np.log(np.maximum(total, 1e-300)).T.copy()


TABLES = {}


def log_likelihood(results, expected):
    """Of all results, for draws of the expected scores (n, len(results))."""
    total = np.zeros(len(expected))
    for i, row in enumerate(results):
        code, at = row["instrument"], expected[:, i]
        if code in study.ITEMS:
            if code not in TABLES:
                TABLES[code] = correct_table(code)
            total += np.interp(at, GRID, TABLES[code][round(row["score_centi"] / 1e4 * study.ITEMS[code])])
        else:
            z = (row["score_centi"] / 100 - at) / study.SHOWN[code][2]
            wild = study.WILD_SHARE / study.WILD_TIMES * np.exp(-0.5 * (z / study.WILD_TIMES) ** 2)
            total += np.log((1 - study.WILD_SHARE) * np.exp(-0.5 * z * z) + wild)
    return total


def design(law, student, days, rng, n):
    """Readiness on days = fixed + factors @ sizes: (n, days), (n, days, SIZES)."""
    share, fixed = SHAPES[law](days, student.dedicated, rng, n)
    factors = np.zeros((n, len(days), SIZES))
    factors[:, :, 0] = 1 - study.GAIN_BY_BASE * share
    factors[:, :, 1] = share
    for wave in (2, 3):
        length, phase = rng.uniform(*study.WAVE_DAYS, (n, 1)), rng.uniform(0, 2 * math.pi, (n, 1))
        factors[:, :, wave] = np.sin(2 * math.pi * days / length + phase)
    return fixed + study.GAIN_BY_BASE * study.BASE[0] * share, factors


def drawn(factors, seen, variance, rng):
    """Sizes from the normal posterior given `seen` = factors @ sizes + error, and the log density drawn from."""
    scaled = factors / np.sqrt(variance)[:, None]
    precision = np.einsum("nij,nik->njk", scaled, scaled, optimize=True) + np.diag(PRIOR_SD**-2.0)
    right = np.einsum("nij,ni->nj", scaled, seen / np.sqrt(variance), optimize=True) + PRIOR_MEAN / PRIOR_SD**2
    mean = np.linalg.solve(precision, right[:, :, None])[:, :, 0]
    factor = np.linalg.cholesky(precision)  # sizes = mean + factor'^-1 noise
    noise = rng.standard_normal(mean.shape) * WIDER
    sizes = mean + np.linalg.solve(factor.transpose(0, 2, 1), noise[:, :, None])[:, :, 0]
    density = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(1) - 0.5 * (noise**2).sum(1) / WIDER**2
    return mean, sizes, density


def probability(law, student, horizon, rng, particles):
    """P(pass), and how many independent draws the weighted ones are worth."""
    results = student.case(horizon)["results"]
    codes = [row["instrument"] for row in results]
    a, b, error = np.array([study.SHOWN[code] for code in codes]).T
    score = np.array([row["score_centi"] / 100 for row in results])
    items = np.array([study.ITEMS.get(code, 0) for code in codes])
    variance = error**2 + np.where(items > 0, score * (100 - score) / np.maximum(items, 1) + 2, 0)
    days = np.array([row["taken_at_ms"] / study.DAY_MS - 20000 for row in results] + [student.dedicated])
    fixed, factors = design(law, student, days, rng, particles)
    for i, code in enumerate(codes):
        if study.maker(code) in SLOTS:
            factors[:, i, SLOTS[study.maker(code)]] = 1
    seen = (score - a) / b + study.CUT - fixed[:, :-1]
    wide = variance / b**2
    for _ in range(2):  # a score far from what the others say is drawn around with less weight
        mean, _, _ = drawn(factors[:8, :-1], seen[:8], wide, np.random.default_rng(0))
        away = ((seen[:8] - np.einsum("nij,nj->ni", factors[:8, :-1], mean)).mean(0)) ** 2 * b**2 / variance
        wild = study.WILD_SHARE / study.WILD_TIMES * np.exp(-0.5 * away / study.WILD_TIMES**2)
        wild = wild / (wild + (1 - study.WILD_SHARE) * np.exp(-0.5 * away))
        wide = variance / b**2 / (1 - wild + wild / study.WILD_TIMES**2)
    _, sizes, density = drawn(factors[:, :-1], seen, wide, rng)
    readiness = fixed + np.einsum("nij,nj->ni", factors, sizes)
    weight = log_likelihood(results, a + b * (readiness[:, :-1] - study.CUT)) - density
    weight -= 0.5 * (((sizes - PRIOR_MEAN) / PRIOR_SD) ** 2).sum(1)
    weight = np.exp(weight - weight.max())
    weight /= weight.sum()
    passes = np.array([study.phi(z) for z in (readiness[:, -1] - study.CUT) / study.EXAM_SD])
    return float(weight @ passes), float(1 / (weight**2).sum())


def probabilities(law, students, horizon, particles=400, seed=1):
    """P(pass) of each student, and the median worth of the draws."""
    rng = np.random.default_rng([seed, horizon, *law.encode()])
    both = np.array([probability(law, student, horizon, rng, particles) for student in students])
    return both[:, 0], float(np.median(both[:, 1]))
