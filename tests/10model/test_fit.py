"""`stepguardctl fit` on simulated classes: what a fit on some students is worth on others, beside a regression that learned from the same."""

import csv
import datetime as dt
import os
import re

import bars
import exact
import numpy as np
import pytest
import study
from school import fit, predictions, save, school, write

HORIZONS = study.HORIZONS
LONG = bool(os.environ.get("SG_LONG"))
FULL = LONG or os.environ.get("SG_PRESET") == "release"  # under the sanitizers a fit on 1,500 takes two minutes: a third of them, one law
PAST = 1500 if FULL else 500
TOGETHER = ("growth_dedicated_sd", "growth_dedicated_scale_weeks", "growth_dedicated_own_weeks")  # a fast start that fades: one trades for another
UNSEEN = 1500


def losses(p, students):
    """Log loss by student, mean over the horizons."""
    p, y = np.clip(p, 1e-6, 1 - 1e-6), np.array([s.passes for s in students])[:, None]
    return -np.log(np.where(y, p, 1 - p)).mean(1)


def features(case):
    """Last score, mean, n, days; scores in EPC, and those of checks apart from blocks."""
    checks = [study.as_epc(row) for row in case["results"] if row["instrument"] in study.CHECKS]
    blocks = [row["score_centi"] / 100 for row in case["results"] if row["instrument"] not in study.CHECKS]
    given = case["input"]
    since = (given["as_of_ms"] - max((row["taken_at_ms"] for row in case["results"]), default=0)) / study.DAY_MS
    return [checks[-1] if checks else 58, np.mean(checks) if checks else 58, np.mean(blocks) if blocks else 50, len(case["results"]),
            given["exam_day"] - given["as_of_day"], min(since, 60)]  # fmt: skip


def regression(train, test):
    """Losses by student of a ridge logistic regression on all horizons, with days as a feature and as a factor of the last score."""
    table = lambda students: np.array([features(s.case(h)) for s in students for h in HORIZONS])
    with_days = lambda x: np.column_stack([x, (x[:, 0] - 60) * (x[:, 4] - 21)])
    y = np.repeat([s.passes for s in train], len(HORIZONS)).astype(float)
    p = study.trained_regression(with_days(table(train)), y, with_days(table(test)))
    out = np.repeat([s.passes for s in test], len(HORIZONS)).astype(float)
    loss = -(out * np.log(p) + (1 - out) * np.log(1 - p))
    return loss.reshape(-1, len(HORIZONS)).mean(1)


@pytest.fixture(scope="module")
def unseen(tmp_path_factory):
    """By law: students nobody learns from, their directory, and what the shipped parameters lose on them."""
    made = {}

    def get(law):
        if law not in made:
            students = school(law, UNSEEN, "unseen")
            folder = tmp_path_factory.mktemp("unseen") / law
            save(folder, students)
            made[law] = students, folder, losses(predictions(folder)[2], students)
        return made[law]

    return get


@pytest.mark.parametrize("law", study.LAWS)
def test_150_students_help_or_do_no_harm(tmp_path, law, unseen):
    students, folder, shipped = unseen(law)
    save(tmp_path / "past", school(law, 150, "past"))
    parameters, report = fit(tmp_path / "past")
    difference = losses(predictions(folder, parameters)[2], students) - shipped
    print(f"{law}: shipped {shipped.mean():.4f}, difference {difference.mean():+.4f} +- {difference.std() / np.sqrt(len(students)):.4f}")
    assert difference.mean() < 0.003
    for value in report["values"]:  # little: the prior is worth about as much
        if value["name"] not in TOGETHER:
            assert abs(value["after"] - value["before"]) < 0.75 * abs(value["before"]), value


def show(rows):
    print("\n" + study.FITTED_HEAD, *(study.FITTED_LINE.format(**row) for row in rows), sep="\n")


def share_of_exact(students, p, best):
    """Of the exact answer's improvement over the base rate, all horizons together, and its standard error."""
    y = np.array([s.passes for s in students])
    base = study.log_loss(np.full(len(y), y.mean()), y.astype(float))
    mine, exactly = losses(p, students), losses(best, students)
    return (base - mine.mean()) / (base - exactly.mean()), (mine - exactly).std() / np.sqrt(len(y)) / (base - exactly.mean())


@pytest.mark.parametrize("law", study.LAWS if FULL else ["step"])
def test_many_students_beat_a_regression_and_come_near_the_exact_answer(tmp_path, law, unseen):
    students, folder, shipped = unseen(law)
    past = school(law, PAST, "past")
    save(tmp_path / "past", past)
    parameters, report = fit(tmp_path / "past")
    mean, sd, p = predictions(folder, parameters)
    fitted, regressed = losses(p, students), regression(past, students)
    print(f"{law}: shipped {shipped.mean():.4f} fitted {fitted.mean():.4f} regression {regressed.mean():.4f}")
    assert report["used"] and report["students"] == PAST
    assert not FULL or 0.85 < report["held_out_after"]["slope"] < 1.15
    assert fitted.mean() < shipped.mean() + (fitted - shipped).std() / np.sqrt(UNSEEN) and fitted.mean() < regressed.mean()
    truth, y = np.array([s.at_exam for s in students]), np.array([s.passes for s in students], float)
    for at, horizon in enumerate(HORIZONS):
        row = study.measure(law, horizon, mean[:, at], sd[:, at], p[:, at], truth, y)
        bars.coverage(row, 0.05 if law == "step" else 0.03)  # an interval that knows no end of growth but a slow one: README, limits
        bars.slope(row, *((0.9, 1.1) if FULL else (0.8, 1.25)))
    few = slice(0, UNSEEN if LONG else 200)
    best = np.column_stack([exact.probabilities(law, students[few], horizon)[0] for horizon in HORIZONS])
    share, error = share_of_exact(students[few], p[few], best)
    print(f"{law}: {share:.3f} +- {error:.3f} of the exact answer's gain")
    assert share > (0.9 if FULL else 0.8) - bars.CHANCE * error


@pytest.mark.skipif(not LONG, reason="minutes: SG_LONG=1")
@pytest.mark.parametrize("law", [*study.LAWS, *study.STRESS])
def test_the_whole_study_of_fits(law):
    rows = list(study.fitted_figures(law, 1500, ("r1", "r2", "r3"), 1500, law in study.LAWS))
    show(rows)
    for row in rows:
        assert row["loss"] < row["loss_regression"] and row["loss"] < row["loss_shipped"] + 0.001
        if law in study.LAWS:
            bars.coverage(row, 0.05 if law == "step" else 0.03)
            bars.slope(row, 0.9, 1.1)
            assert row["of_exact"] > 0.88  # 0.9 less the error of a difference of 4,500 students
        else:
            bars.coverage(row, 0.07)


def with_first_attempts_that_failed(folder, days_before):
    """Everybody sat once before, and failed: what is predicted in the folder is a repeat."""
    with open(folder / "exams.csv", newline="", encoding="utf-8") as file:
        columns, *rows = csv.reader(file)
    exam = dt.date(1970, 1, 1) + dt.timedelta(20000 - days_before)
    first = [[row[0], 1, exam, exam, "fail", exam + dt.timedelta(28)] for row in rows]
    write(folder / "exams.csv", columns, first + [[row[0], 2, *row[2:]] for row in rows])


def test_recalibration_is_told_and_applied(tmp_path):
    """Repeats and first attempts each get their own, with number and interval; the engine bends P by what the file says."""
    students = school("saturating", 120, "again")
    save(tmp_path / "past", students)
    with_first_attempts_that_failed(tmp_path / "past", 300)
    parameters, report = fit(tmp_path / "past")
    first, repeat = report["recalibration"]["first"], report["recalibration"]["repeat"]
    assert (first["attempts"], first["failed"]) == (120, 120)
    assert (repeat["attempts"], repeat["failed"]) == (120, sum(not s.passes for s in students))
    for kind in (first, repeat):
        assert kind["intercept_80"][0] < kind["intercept"] < kind["intercept_80"][1]
        assert kind["slope_80"][0] < kind["slope"] < kind["slope_80"][1]
    assert first["used"] and first["intercept"] < -0.3  # everybody failed, and a base rate that is shared out slowly says so too late
    assert report["held_out_recalibrated"]["log_loss"] < report["held_out_after"]["log_loss"]
    text = parameters.read_text()
    assert "Recalibration of first attempts (120, 120 failed): intercept -" in text
    values = dict(re.findall(r"^recalibration_(\w+_(?:first|repeat)) = (\S+)", text, re.M))
    assert float(values["intercept_first"]) == pytest.approx(first["intercept"], rel=1e-4)
    bent, plain = bend(text, 0.3, 1.4), bend(text, 0, 1)
    for name, written in (("bent", bent), ("plain", plain)):
        (tmp_path / f"{name}.ini").write_text(written)
    p, q = (predictions(tmp_path / "past", tmp_path / f"{name}.ini", attempt=2)[2] for name in ("plain", "bent"))
    logit = lambda x: np.log(np.clip(x, 1e-4, 1 - 1e-4) / (1 - np.clip(x, 1e-4, 1 - 1e-4)))
    inside = (p > 0.01) & (p < 0.99) & (q > 0.01) & (q < 0.99)
    assert inside.sum() > 50 and abs(logit(q) - 0.3 - 1.4 * logit(p))[inside].max() < 0.05


def bend(text, intercept, slope):
    return re.sub(r"^(recalibration_(intercept|slope)_repeat) = \S+", lambda m: f"{m[1]} = {intercept if m[2] == 'intercept' else slope}", text, flags=re.M)


def test_the_file_says_what_it_rests_on_and_is_the_same_each_time(tmp_path):
    save(tmp_path / "past", school("plateau", 60, "file"))
    parameters, report = fit(tmp_path / "past")
    text = parameters.read_text()
    assert "60 students with outcomes, 60 attempts" in text.splitlines()[0]
    assert "log loss" in text and f"version = {report['version']}" in text
    assert report["version"].startswith("fit-") and len(report["version"]) < 32
    again, other = fit(tmp_path / "past")
    assert other == report and again.read_text() == text
    onwards, _ = fit(tmp_path / "past", "--start", str(parameters))
    assert onwards.exists()


def test_three_students_move_next_to_nothing(tmp_path):
    save(tmp_path / "past", school("step", 3, "three"))
    _, report = fit(tmp_path / "past")
    values = {value["name"]: value for value in report["values"]}
    assert abs(values["cut_epc"]["after"] - 60) < 0.5 and abs(values["growth_dedicated_mean"]["after"] - 4.2) < 1.5


def test_printed_probabilities_refine_the_cut(tmp_path):
    """Reports of this school print P(pass) by the stricter published curve."""
    students = school("saturating", 150, "printed")
    save(tmp_path / "past", students)
    cuts = []
    for printed in (False, True):
        with open(tmp_path / "past/results.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        if printed:
            rows[0].append("printed_p_pass")
            for row in rows[1:]:
                row.append(f"{study.phi((float(row[3]) - 62) / 4.73):.2f}" if row[1] == "cbssa" else "")
            write(tmp_path / "past/results.csv", rows[0], rows[1:])
        _, report = fit(tmp_path / "past")
        assert (report["printed"] > 100) == printed
        cuts.append(next(value["after"] for value in report["values"] if value["name"] == "cut_epc"))
    assert cuts[1] > cuts[0] + 0.5


def test_a_class_without_outcomes_is_told_so(tmp_path):
    save(tmp_path / "past", school("step", 5, "none"))
    (tmp_path / "past/exams.csv").unlink()
    assert "nobody in this data has a known outcome" in fit(tmp_path / "past", code=1)[1]
