"""Made-up classes as the files of past classes, and stepguardctl over them."""

import csv
import datetime as dt
import json
import os
import subprocess

import numpy as np
import study

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("SG_BUILD", os.path.join(ROOT, "build/dev"))
CTL = os.path.join(BUILD, "bin/stepguardctl")


def school(law, count, seed):
    return [study.Student(law, f"{seed}/{law}/{i}") for i in range(count)]


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


def predictions(folder, parameters=None, attempt=1):
    """Arrays (students, horizons): readiness on the exam day of that attempt, its sd, and P."""
    out = folder.parent / "predictions.csv"
    horizons = ",".join(str(h) for h in study.HORIZONS)
    command = [CTL, "--json", "backtest", "--data", str(folder), "--horizons", horizons, "--out", str(out)]
    run = subprocess.run(command + (["--fit", str(parameters)] if parameters else []), capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stderr
    with open(out, newline="", encoding="utf-8") as file:
        rows = {(row["student_id"], int(row["days_to_exam"])): row for row in csv.DictReader(file) if int(row["attempt"]) == attempt}
    names = sorted({name for name, _ in rows})
    return tuple(
        np.array([[float(rows[name, h][column]) for h in study.HORIZONS] for name in names])
        for column in ("exam_day_mean", "exam_day_sd", "p_pass")
    )
