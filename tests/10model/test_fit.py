"""`stepguardctl fit` on simulated classes: what a fit on some students is worth on others, beside a regression that learned from the same."""

import csv
import datetime as dt
import json
import os
import subprocess

import numpy as np
import pytest
import study

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SG_BUILD", os.path.join(ROOT, "build/dev"))
CTL = os.path.join(BUILD, "bin/stepguardctl")
HORIZONS = (42, 28, 14, 7)


def day(number):
    return (dt.date(1970, 1, 1) + dt.timedelta(number)).isoformat()


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        out.writerows(rows)


def save(folder, students):
    """Students of study.py as the files of a past class. Results of the exam day and later are none."""
    results, exams, roster = [], [], []
    for number, student in enumerate(students):
        name, exam = f"s{number:05d}", 20000 + student.dedicated
        roster.append([name, "us_md", day(20000)])
        exams.append([name, 1, day(exam), day(exam), "pass" if student.passes else "fail", day(exam + 21)])
        for row in student.results:
            taken = row["taken_at_ms"] // study.DAY_MS
            results.append([name, row["instrument"], day(taken), f"{row['score_centi'] / 100:.2f}", row.get("items", "")])
    folder.mkdir()
    write(folder / "results.csv", ["student_id", "instrument", "taken_at", "score", "items"], results)
    write(folder / "exams.csv", ["student_id", "attempt", "planned_on", "taken_on", "outcome", "outcome_known_on"], exams)
    write(folder / "students.csv", ["student_id", "track", "dedicated_start"], roster)


def fit(folder, *more, code=0):
    out = folder.parent / (folder.name + ".ini")
    run = subprocess.run(
        [CTL, "--json", "fit", "--data", str(folder), "--out", str(out), *more], capture_output=True, text=True, timeout=600
    )
    assert run.returncode == code, run.stderr
    return out, json.loads(run.stdout) if code == 0 else run.stderr


def predictions(folder, parameters=None):
    """P by (student, horizon)."""
    out = folder.parent / "predictions.csv"
    command = [CTL, "--json", "backtest", "--data", str(folder), "--horizons", "42,28,14,7", "--out", str(out)]
    run = subprocess.run(command + (["--fit", str(parameters)] if parameters else []), capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr
    with open(out, newline="", encoding="utf-8") as file:
        return {(row["student_id"], int(row["days_to_exam"])): float(row["p_pass"]) for row in csv.DictReader(file)}


def losses(p, students):
    """Log loss by student, mean over the horizons."""
    out = np.zeros(len(students))
    for number, student in enumerate(students):
        for horizon in HORIZONS:
            q = min(max(p[f"s{number:05d}", horizon], 1e-6), 1 - 1e-6)
            out[number] -= np.log(q if student.passes else 1 - q) / len(HORIZONS)
    return out


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


def school(law, count, seed):
    return [study.Student(law, f"{seed}/{law}/{i}") for i in range(count)]


@pytest.fixture(scope="module")
def unseen(tmp_path_factory):
    """By law: 500 students nobody learns from, their directory, and what the shipped parameters lose on them."""
    made = {}

    def get(law):
        if law not in made:
            students = school(law, 500, "unseen")
            folder = tmp_path_factory.mktemp("unseen") / law
            save(folder, students)
            made[law] = students, folder, losses(predictions(folder), students)
        return made[law]

    return get


@pytest.mark.parametrize("law", study.LAWS)
def test_150_students_help_or_do_no_harm(tmp_path, law, unseen):
    students, folder, shipped = unseen(law)
    save(tmp_path / "past", school(law, 150, "past"))
    parameters, report = fit(tmp_path / "past")
    difference = losses(predictions(folder, parameters), students) - shipped
    print(f"{law}: shipped {shipped.mean():.4f}, difference {difference.mean():+.4f} +- {difference.std() / np.sqrt(len(students)):.4f}")
    assert difference.mean() < 0.002
    for value in report["values"]:  # little: the prior is worth about as much
        assert abs(value["after"] - value["before"]) < 0.75 * abs(value["before"])


@pytest.mark.parametrize("law", study.LAWS if os.environ.get("SG_PRESET") == "release" else ["step"])
def test_1500_students_beat_a_regression_on_the_same(tmp_path, law, unseen):
    students, folder, shipped = unseen(law)
    past = school(law, 1500, "past")
    save(tmp_path / "past", past)
    parameters, report = fit(tmp_path / "past")
    fitted, regressed = losses(predictions(folder, parameters), students), regression(past, students)
    print(f"{law}: shipped {shipped.mean():.4f} fitted {fitted.mean():.4f} regression {regressed.mean():.4f}")
    assert report["used"] and report["students"] == 1500
    assert report["held_out_after"]["log_loss"] < report["held_out_before"]["log_loss"]
    assert 0.85 < report["held_out_after"]["slope"] < 1.15
    assert fitted.mean() < shipped.mean() and fitted.mean() < regressed.mean()


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
