"""`stepguardctl replay` against a replay written out here: a made-up class walked day by day through the engine's own answers, the office's
rule of cases applied by hand."""

import csv
import datetime as dt
import json
import os
import subprocess
import sys

import pytest
from model import BUILD, DAY_MS
from test_backtest import EPOCH, ROOT, TRACKS, rows

STATES = {"at_risk": 1, "borderline": 2, "on_track": 3, "cannot_say": 4}
WARNING = 3
LEAD = 14


def replay(data, *options, code=0):
    command = [os.path.join(BUILD, "bin/stepguardctl"), "--json", "replay", "--data", str(data), *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == code, run.stderr
    return json.loads(run.stdout) if run.stdout else run.stderr


def number(day):
    return (dt.date.fromisoformat(day) - EPOCH).days if day else None


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """Sixty students; some of those who failed have a second attempt planned, which the maker does not do by itself."""
    folder = tmp_path_factory.mktemp("cohort")
    subprocess.run([sys.executable, os.path.join(ROOT, "tests/cohort/make"), "--students", "60", "--seed", "4", "--today", "2026-06-01", "--exams-from",
                    "-160", "--exams-to", "-30", "--no-own-files", "--out", str(folder)], check=True)  # fmt: skip
    exams = rows(folder / "exams.csv")
    known = {(row["student_id"], row["attempt"]) for row in exams}
    for row in [row for row in exams if row["outcome"] == "fail" and (row["student_id"], "2") not in known and row["attempt"] == "1"]:
        later = (dt.date.fromisoformat(row["taken_on"]) + dt.timedelta(days=70)).isoformat()
        exams.append({**dict.fromkeys(row, ""), "student_id": row["student_id"], "attempt": "2", "planned_on": later})
    with open(folder / "exams.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, exams[0].keys())
        writer.writeheader()
        writer.writerows(exams)
    os.remove(folder / "subscores.csv")  # the pipe to the engine takes none
    return folder


def results_of(folder):
    """As the engine takes them, by student."""
    scales, modes = {"epc": 1, "percent": 2, "three_digit": 3, "nbme800": 4, "cbse_old": 5}, {"": 0, "timed": 1, "untimed": 2, "tutor": 3}
    ret = {}
    for row in rows(folder / "results.csv"):
        if row.get("retracted") == "1":
            continue
        made = {"id": row["result_id"].replace("-", ""), "instrument": row["instrument"], "form": row["form"], "scale": scales[row["scale"]],
                "score_centi": round(float(row["score"]) * 100), "mode": modes[row["mode"]], "repeat": int(row["repeat"] or 0),
                "taken_at_ms": int(dt.datetime.fromisoformat(row["taken_at"].replace("Z", "+00:00")).timestamp() * 1000)}  # fmt: skip
        made.update({key: int(row[key]) for key in ("items", "correct", "omitted", "seconds", "seconds_allowed") if row[key]})
        ret.setdefault(row["student_id"], []).append(made)
    return ret


def plan_at(attempts, day):
    """The attempt whose turn it is at 03:00 of a day, failures before it, and whether there is no more to come."""
    failures = 0
    for row in attempts:
        out = number(row["outcome_known_on"]) if row["outcome_known_on"] else number(row["taken_on"] or row["planned_on"]) + 28
        if not row["outcome"] or day <= out:
            return row, failures, False
        if row["outcome"] == "pass":
            return row, failures, True
        failures += 1
    return None, failures, False


class Rule:
    """The office's rule for one set of thresholds."""

    def __init__(self, model, change, days):
        self.model, self.change, self.days = model, change, days
        self.weeks = [[0, 0, 0] for _ in range((days[-1] - days[0]) // 7 + 1)]
        self.open = [0] * len(days)
        self.cases = 0
        self.outcomes = {"failed": 0, "caught": 0, "passed": 0, "alarmed": 0}

    def student(self, student, attempts, results):
        cases, previous, pending, last = {}, 0, 0, None
        for i, day in enumerate(self.days):
            row, failures, passed = plan_at(attempts, day)
            attempt = int(row["attempt"]) if row else len(attempts) + 1
            exam = number(row["taken_on"] or row["planned_on"]) if row else None
            dedicated = number(student["dedicated_start"]) if row or not attempts else None
            if row and dedicated is not None and (dedicated > exam or any(dedicated <= number(a["taken_on"] or a["planned_on"]) < exam for a in attempts)):
                dedicated = None
            given = {"as_of_ms": day * DAY_MS + 3 * 3600000, "as_of_day": day, "exam_day": exam, "dedicated_day": dedicated, "attempt": attempt,
                     "permit_from_day": number(row["permit_from"]) if row and not passed else None, "enrolled": 0,
                     "permit_to_day": number(row["permit_to"]) if row and not passed else None, "failures": failures, "track": TRACKS[student["track"]],
                     "last_sync_ms": 0, "previous_state": previous, "pending_state_runs": pending}  # fmt: skip
            ended = [(number(a["taken_on"]), a["outcome"]) for a in attempts if a["outcome"] and a["taken_on"] and int(a["attempt"]) < attempt]
            given["sittings"] = [taken for taken, _ in reversed(ended)]
            given["last_failed_day"] = max((taken for taken, outcome in ended if outcome == "fail"), default=None)
            given = {name: value for name, value in given.items() if value is not None}
            told = self.model.assess({"params": "default-2", "set": self.change, "results": results, "input": given})
            previous, pending = STATES[told["state"]], told["pending_state_runs"]
            week = self.weeks[(day - self.days[0]) // 7]
            if last not in (None, attempt) and cases.get(last, {}).get("open"):
                cases[last]["open"] = False
                week[2] += 1
            last = attempt
            case = cases.setdefault(attempt, {"open": False, "ever": False, "before": False, "in_time": False})
            over = passed or bool(row and row["taken_on"] and number(row["taken_on"]) <= day)
            called = not over and (told["state"] == "at_risk" or any(flag["severity"] >= WARNING for flag in told["flags"]))
            if called and not case["open"]:
                week[1 if case["ever"] else 0] += 1
                self.cases += not case["ever"]
                case["open"] = case["ever"] = True
            elif case["open"] and (over or (not called and told["state"] == "on_track")):
                case["open"] = False
                week[2] += 1
            self.open[i] += case["open"]
            if case["open"] and row and row["taken_on"]:
                case["before"] |= day < number(row["taken_on"])
                case["in_time"] |= day <= number(row["taken_on"]) - LEAD
        for row in attempts:
            taken = number(row["taken_on"])
            if not row["outcome"] or taken is None or not self.days[0] <= taken - LEAD or taken > self.days[-1]:
                continue
            case = cases.get(int(row["attempt"]), {"before": False, "in_time": False})
            self.outcomes["failed"] += row["outcome"] == "fail"
            self.outcomes["caught"] += row["outcome"] == "fail" and case["in_time"]
            self.outcomes["passed"] += row["outcome"] == "pass"
            self.outcomes["alarmed"] += row["outcome"] == "pass" and case["before"]


@pytest.mark.parametrize("every", [7, 10])
def test_replay_is_the_rule_written_out(cohort, model, every):
    told = replay(cohort, "--set", "floor=0.95", "--set", "ceiling=0.97", "--every", str(every), "--from", "2026-01-05", "--to", "2026-05-25")
    days = list(range(number("2026-01-05"), number("2026-05-25") + 1, every))
    students = rows(cohort / "students.csv")
    results, exams = results_of(cohort), {}
    for row in rows(cohort / "exams.csv"):
        exams.setdefault(row["student_id"], []).append(row)
    for said, change in zip(told["sets"], ({}, {"floor": "0.95", "ceiling": "0.97"})):
        rule = Rule(model, change, days)
        for student in students:
            rule.student(student, sorted(exams.get(student["student_id"], []), key=lambda row: int(row["attempt"])), results.get(student["student_id"], []))
        assert [[week["opened"], week["reopened"], week["closed"]] for week in said["weeks"]] == rule.weeks
        assert said["most_open_at_once"]["count"] == max(rule.open) and said["cases"] == rule.cases
        assert said["most_opened_in_a_week"]["count"] == max(a + b for a, b, _ in rule.weeks)
        outcomes = said["outcomes"]
        assert {"failed": outcomes["failed"], "caught": outcomes["caught"]["count"], "passed": outcomes["passed"],
                "alarmed": outcomes["false_alarms"]["count"]} == rule.outcomes  # fmt: skip
        assert outcomes["missed"]["count"] == rule.outcomes["failed"] - rule.outcomes["caught"]
    assert told["sets"][0]["outcomes"]["failed"] > 3
    assert every != 7 or sum(week["reopened"] for week in told["sets"][1]["weeks"]) > 0
    assert told["sets"][1]["cases"] > told["sets"][0]["cases"]


@pytest.mark.parametrize("options, said", [
    (["--set", "floor"], "--set takes a name and a number"),
    (["--set", "flor=0.8"], "flor: there is no such number"),
    (["--set", "floor=2"], "floor: is outside"),
    (["--from", "2027-01-01", "--to", "2026-01-01"], "--from lies after --to"),
    (["--from", "2010-01-01"], "more than 1100 days"),
    (["--school"], "Give --data DIR or --school"),
])  # fmt: skip
def test_usage(cohort, options, said):
    assert said in replay(cohort, *options, code=2)


def test_one_set_alone(cohort):
    told = replay(cohort, "--every", "28")
    assert [one["set"] for one in told["sets"]] == ["shipped"] and told["every_days"] == 28
