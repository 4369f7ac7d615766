"""`stepguardctl backtest` on made-up classes: every prediction against the engine fed by hand, every figure against numpy."""

import csv
import datetime as dt
import html.parser
import json
import math
import os
import random
import re
import subprocess
import sys

import numpy as np
import pytest
from model import BUILD, DAY_MS
from study import auc, log_loss, logistic, phi, trained_regression

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
EPOCH = dt.date(1970, 1, 1)
COLUMNS = "student_id attempt as_of days_to_exam n_results readiness_mean readiness_sd exam_day_mean exam_day_sd p_pass p_low p_high state flags"
SCALES = {"epc": 1, "percent": 2, "three_digit": 3, "nbme800": 4, "cbse_old": 5}
TRACKS = {"us_md": 0, "us_do": 1, "non_us": 2}
MODES = {"": 0, "timed": 1, "untimed": 2, "tutor": 3}


def backtest(data, out, *options, code=0):
    command = [os.path.join(BUILD, "bin/stepguardctl"), "--json", "backtest", "--data", str(data), "--out", str(out), *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == code, run.stderr
    return (json.loads(run.stdout) if run.stdout else None), run.stderr


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, table):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0].keys())
        writer.writeheader()
        writer.writerows(table)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    subprocess.run([sys.executable, os.path.join(ROOT, "tests/cohort/make"), "--students", "150", "--seed", "9", "--today", "2026-06-01",
                    "--exams-from", "-160", "--exams-to", "-30", "--no-own-files", "--out", str(folder)], check=True)  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def scored(cohort, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "predictions.csv"
    told, _ = backtest(cohort, out)
    return told, rows(out)


def day(text):
    return (dt.date.fromisoformat(text) - EPOCH).days


def moment(text):
    return int(dt.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def test_the_file_is_what_the_format_says(cohort, scored):
    told, predictions = scored
    exams = rows(cohort / "exams.csv")
    assert list(predictions[0]) == COLUMNS.split()
    assert len(predictions) == 4 * len(exams) == told["predictions"]
    assert {(p["student_id"], p["attempt"], p["days_to_exam"]) for p in predictions} == {
        (e["student_id"], e["attempt"], str(h)) for e in exams for h in (7, 14, 28, 42)
    }
    on = {(e["student_id"], e["attempt"]): e["taken_on"] or e["planned_on"] for e in exams}
    for p in predictions:
        assert p["as_of"][10:] == "T12:00:00Z"
        assert day(on[p["student_id"], p["attempt"]]) - day(p["as_of"][:10]) == int(p["days_to_exam"])
        assert p["state"] in ("at_risk", "borderline", "on_track", "cannot_say")
        low, mid, high = (float(p[name]) for name in ("p_low", "p_pass", "p_high"))
        assert 0 <= low <= mid <= high <= 1


def known_then(student, exam, exams, results, at_ms):
    """What the test thinks was known: written from the format's sentence, not from the program."""
    latest = {}
    for row in results:
        if row["result_id"] not in latest or int(row["revision"]) > int(latest[row["result_id"]]["revision"]):
            latest[row["result_id"]] = row
    out = []
    for row in latest.values():
        if moment(row["taken_at"]) < at_ms:
            fields = {name: int(row[name]) for name in ("items", "correct", "omitted", "seconds", "seconds_allowed") if row[name]}
            out.append({"id": row["result_id"].replace("-", ""), "instrument": row["instrument"], "form": row["form"],
                        "taken_at_ms": moment(row["taken_at"]), "scale": SCALES[row["scale"]], "mode": MODES[row["mode"]],
                        "score_centi": round(float(row["score"]) * 100), "repeat": int(row["repeat"]),
                        "retracted": int(row["retracted"]), "revision": int(row["revision"]), **fields})  # fmt: skip
    earlier = [e for e in exams if int(e["attempt"]) < int(exam["attempt"])]
    known = [e for e in earlier if e["outcome_known_on"] and (day(e["outcome_known_on"]) + 0.5) * DAY_MS < at_ms]
    on, dedicated = day(exam["taken_on"] or exam["planned_on"]), day(student["dedicated_start"])
    given = {"as_of_ms": at_ms, "as_of_day": at_ms // DAY_MS, "exam_day": on, "track": TRACKS[student["track"]],
             "attempt": int(exam["attempt"]) - len(earlier) + len(known), "failures": sum(e["outcome"] == "fail" for e in known)}  # fmt: skip
    if dedicated <= on and not any(dedicated <= day(e["taken_on"] or e["planned_on"]) < on for e in exams):
        given["dedicated_day"] = dedicated
    return {"input": given, "results": out}


def test_predictions_are_the_engine_s(cohort, scored, model):
    students = {row["student_id"]: row for row in rows(cohort / "students.csv")}
    exams, results = {}, {}
    for row in rows(cohort / "exams.csv"):
        exams.setdefault(row["student_id"], []).append(row)
    for row in rows(cohort / "results.csv"):
        results.setdefault(row["student_id"], []).append(row)
    second = 0
    for p in scored[1]:
        own = exams[p["student_id"]]
        exam = next(e for e in own if e["attempt"] == p["attempt"])
        second += p["attempt"] == "2"
        told = model.assess(known_then(students[p["student_id"]], exam, own, results.get(p["student_id"], []), moment(p["as_of"])))
        assert float(p["p_pass"]) == pytest.approx(told["p"], rel=1e-8)
        assert float(p["exam_day_mean"]) == pytest.approx(told["exam_mean"], abs=6e-5)
        assert float(p["readiness_sd"]) == pytest.approx(told["readiness_sd"], abs=6e-5)
        assert p["state"] == told["state"]
    assert second >= 4


def outcomes(cohort):
    return {(e["student_id"], e["attempt"]): e["outcome"] for e in rows(cohort / "exams.csv") if e["outcome"]}


def test_figures_are_numpy_s(cohort, scored):
    told, predictions = scored
    ended = outcomes(cohort)
    for horizon in told["horizons"]:
        mine = [p for p in predictions if int(p["days_to_exam"]) == horizon["days_to_exam"] and (p["student_id"], p["attempt"]) in ended]
        p = np.array([float(row["p_pass"]) for row in mine])
        y = np.array([ended[row["student_id"], row["attempt"]] == "pass" for row in mine], float)
        estimate = horizon["estimate"]
        assert horizon["n"] == len(y) and horizon["base_rate"] == pytest.approx(y.mean())
        assert estimate["auc"] == pytest.approx(auc(p, y), abs=1e-7)
        assert estimate["brier"] == pytest.approx(np.mean((p - y) ** 2), abs=1e-8)
        assert estimate["log_loss"] == pytest.approx(log_loss(p, y), abs=1e-7)
        clipped = np.clip(p, 1e-6, 1 - 1e-6)
        intercept, slope = logistic(np.log(clipped / (1 - clipped))[:, None], y, 1e-6)
        assert estimate["calibration_slope"] == pytest.approx(slope, abs=1e-5)
        assert estimate["calibration_intercept"] == pytest.approx(intercept, abs=1e-5)
        capacity, caught = 0.1 * len(y), 0.0
        for value in np.unique(p):
            same = p == value
            caught += (1 - y[same]).sum() * min(max((capacity - (p < value).sum()) / same.sum(), 0), 1)
        assert estimate["recall_at_capacity"] == pytest.approx(caught / (1 - y).sum(), abs=1e-9)
        base = horizon["by_base_rate"]
        assert base["auc"] == 0.5 and base["recall_at_capacity"] == pytest.approx(0.1) and base["calibration_slope"] is None
        assert base["log_loss"] == pytest.approx(log_loss(np.full(len(y), y.mean()), y))
        assert estimate["log_loss"] < horizon["last_score"]["log_loss"] and estimate["log_loss"] < base["log_loss"]


CHECKS = "cbssa cbse uwsa1 uwsa2 uwsa3 free120 free120_old amboss_sa".split()
THREE_DIGIT, BLOCKS = ("uwsa1", "uwsa2", "uwsa3", "amboss_sa"), ("qbank_uworld", "qbank_amboss", "qbank_kaplan", "qbank_other")


def epc(row):
    """By the catalogue and the shipped parameters: mode 2 is untimed, 3 tutor."""
    score = row["score_centi"] / 100
    score = (score - 70) / 2.1 if row["instrument"] in THREE_DIGIT else score + 8 * (row["instrument"] in BLOCKS)
    return score - 5 * row["repeat"] - {2: 2, 3: 3}.get(row["mode"], 0)


def checks_and_cases(cohort, horizon):
    """Of each attempt with an outcome: the row, its day, what was known then, and of that the checks taken by the clock and for the first time."""
    results = {}
    for row in rows(cohort / "results.csv"):
        results.setdefault(row["student_id"], []).append(row)
    students = {row["student_id"]: row for row in rows(cohort / "students.csv")}
    for exam in sorted(rows(cohort / "exams.csv"), key=lambda row: (row["student_id"], row["attempt"])):
        if exam["outcome"]:
            on = day(exam["taken_on"])
            case = known_then(students[exam["student_id"]], exam, [exam], results.get(exam["student_id"], []), int((on - horizon + 0.5) * DAY_MS))
            seen = sorted((row for row in case["results"] if not row["retracted"]), key=lambda row: row["taken_at_ms"])
            checks = [row for row in seen if row["instrument"] in CHECKS and not row["repeat"] and row["mode"] in (0, 1)]
            yield exam, on, seen, checks


def test_the_published_projection_is_the_formula_s(cohort, scored):
    for horizon in scored[0]["horizons"]:
        p, y = [], []
        for exam, on, _, checks in checks_and_cases(cohort, horizon["days_to_exam"]):
            left = 0.987527 ** (on + 0.5 - checks[-1]["taken_at_ms"] / DAY_MS) if checks else None
            projected = checks and 292 - (292 - (196 + 2.1 * (epc(checks[-1]) - 60))) * left
            p.append(phi((projected - 196) / 10.2) if checks else horizon["base_rate"])
            y.append(exam["outcome"] == "pass")
        p, y = np.array(p), np.array(y, float)
        assert horizon["projection"]["log_loss"] == pytest.approx(log_loss(p, y), rel=1e-6)
        assert horizon["projection"]["auc"] == pytest.approx(auc(p, y), abs=1e-6)
        assert "regression" not in horizon  # there is nobody else to train it on


def seven(on, horizon, seen, checks):
    """Written from the list in rival.h."""
    read = [epc(row) for row in checks] or [60.0]
    blocks = [epc(row) for row in seen if row not in checks][-15:] or [60.0]
    since = on - horizon + 0.5 - checks[-1]["taken_at_ms"] / DAY_MS if checks else 60
    return [read[-1], np.mean(read[-3:]), max(read), read[-1] - read[0], min(since, 60), np.mean(blocks), len(checks)]


def test_the_regression_is_trained_on_the_others(cohort, tmp_path):
    told, _ = backtest(cohort, tmp_path / "p.csv", "--kfold", "2", "--horizons", "14")
    fold = {student: number % 2 for number, student in enumerate(sorted(row["student_id"] for row in rows(cohort / "students.csv")))}
    x, y, own = [], [], []
    for exam, on, seen, checks in checks_and_cases(cohort, 14):
        x.append(seven(on, 14, seen, checks))
        y.append(exam["outcome"] == "pass")
        own.append(fold[exam["student_id"]])
    x, y, own = np.array(x), np.array(y, float), np.array(own)
    p = np.empty(len(y))
    for k in (0, 1):
        p[own == k] = trained_regression(x[own != k], y[own != k], x[own == k])
    regression = told["horizons"][0]["regression"]
    assert regression["log_loss"] == pytest.approx(log_loss(p, y), abs=1e-6)
    assert regression["auc"] == pytest.approx(auc(p, y), abs=1e-6)


def test_the_future_and_the_order_of_rows_change_nothing(cohort, scored, tmp_path):
    data = tmp_path / "class"
    data.mkdir()
    for name in ("students.csv", "exams.csv"):
        (data / name).write_bytes((cohort / name).read_bytes())
    results = rows(cohort / "results.csv")
    exam = {row["student_id"]: row["taken_on"] for row in rows(cohort / "exams.csv")}
    for number, student in enumerate(sorted(exam)):
        taken = dt.date.fromisoformat(exam[student]) - dt.timedelta(days=6 - number % 3)
        results.append(dict(dict.fromkeys(results[0], ""), student_id=student, instrument="cbssa", taken_at=taken.isoformat(), score="12"))
    random.Random(3).shuffle(results)
    write(data / "results.csv", results)
    for row in rows(cohort / "subscores.csv")[:1]:
        write(data / "subscores.csv", [row])
    backtest(data, tmp_path / "p.csv")
    plain = lambda table: [{name: value for name, value in row.items() if name != "flags"} for row in table]  # flags look at sub-scores
    assert plain(rows(tmp_path / "p.csv")) == plain(scored[1])


def test_the_same_files_give_the_same_bytes(cohort, tmp_path):
    for name in ("a.csv", "b.csv"):
        backtest(cohort, tmp_path / name, "--horizons", "3,90")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_readiness_on_the_scale_of_an_instrument(cohort, scored, tmp_path):
    backtest(cohort, tmp_path / "p.csv", "--reference-scale", "uwsa1")
    for epc, own in zip(scored[1], rows(tmp_path / "p.csv")):
        assert float(own["exam_day_mean"]) == pytest.approx(70 + 2.1 * float(epc["exam_day_mean"]), abs=3e-4)
        assert float(own["readiness_sd"]) == pytest.approx(2.1 * float(epc["readiness_sd"]), abs=3e-4)
        assert own["p_pass"] == epc["p_pass"]
    _, said = backtest(cohort, tmp_path / "q.csv", "--reference-scale", "school_exam_9", code=1)
    assert "school_exam_9" in said


def test_bad_rows_are_named_and_left_out(cohort, scored, tmp_path):
    data = tmp_path / "class"
    data.mkdir()
    for name in ("students.csv", "exams.csv", "subscores.csv", "results.csv"):
        (data / name).write_bytes((cohort / name).read_bytes())
    with open(data / "results.csv", "a", encoding="utf-8") as file:
        file.write("1000,,cbssa,,2026-01-05,epc,101,,,,,,,,,,\n")
    with open(data / "exams.csv", "a", encoding="utf-8") as file:
        file.write("1000,7,2026-02-31,,,,,\n")
    told, said = backtest(data, tmp_path / "p.csv", code=1)
    assert told["refused"] == 2 and [f["column"] for f in told["findings"]] == ["planned_on", "score"]
    assert f"results.csv:{told['findings'][1]['line']}: score: \"101\"" in said
    assert rows(tmp_path / "p.csv") == scored[1]


def test_a_class_without_outcomes_is_predicted_all_the_same(tmp_path):
    write(tmp_path / "results.csv", [{"student_id": "=1+1", "instrument": "cbssa", "taken_at": "2026-01-05", "score": "64"}])
    write(tmp_path / "exams.csv", [{"student_id": "=1+1", "attempt": "1", "planned_on": "2026-03-01"}])
    told, _ = backtest(tmp_path, tmp_path / "p.csv", "--horizons", "14,0", "--zone", "America/Chicago")
    predictions = rows(tmp_path / "p.csv")
    assert [p["student_id"] for p in predictions] == ["'=1+1"] * 2  # no spreadsheet takes it for a formula
    assert [p["as_of"] for p in predictions] == ["2026-02-15T18:00:00Z", "2026-03-01T18:00:00Z"]
    assert told["horizons"][0]["n"] == 0 and told["horizons"][0]["estimate"]["auc"] is None
    assert not math.isnan(float(predictions[0]["p_pass"]))


@pytest.mark.parametrize(
    "options, code, words",
    [
        (["--horizons", "7,x"], 2, "--horizons"),
        (["--horizons", "7,7"], 2, "twice"),
        (["--horizons", "-1"], 2, "--horizons"),
        (["--zone", "Mars/Olympus"], 2, "Mars/Olympus"),
        (["--fit", "/nonexistent.ini"], 3, "/nonexistent.ini"),
        (["--instruments", "/dev/null"], 1, "/dev/null"),
    ],
)
def test_what_cannot_be_is_said(cohort, tmp_path, options, code, words):
    told, said = backtest(cohort, tmp_path / "p.csv", *options, code=code)
    assert told is None and words in said and not os.path.exists(tmp_path / "p.csv")


def test_a_class_without_exams_has_no_horizons(tmp_path):
    write(tmp_path / "results.csv", [{"student_id": "1", "instrument": "cbssa", "taken_at": "2026-01-05", "score": "64"}])
    _, said = backtest(tmp_path, tmp_path / "p.csv", code=1)
    assert "exams.csv" in said


class Page(html.parser.HTMLParser):
    """Tables as lists of rows, words of the charts, and everything that could ask for something."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.charts, self.reaches, self.cell = [], [], [], None
        self.feed(text)
        self.tables = [[row for row in table if row] for table in self.tables]  # heads of tables have no <td>

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.reaches += [tag] * (tag in ("script", "link", "img", "iframe", "object", "use", "image", "base"))
        self.reaches += [value for name, value in attributes if name in ("src", "href", "xlink:href", "data", "action") or name.startswith("on")]
        if tag == "svg" and given.get("role") == "img":
            self.charts.append(given["aria-label"])
        if tag == "tbody":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag == "td":
            self.tables[-1][-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        if tag == "td":
            self.cell = None

    def handle_data(self, data):
        if self.cell:
            self.tables[-1][-1][-1] += data


def test_the_report_needs_nothing_else_and_says_what_the_json_says(cohort, tmp_path):
    told, _ = backtest(cohort, tmp_path / "p.csv", "--report", str(tmp_path / "r.html"), "--capacity", "20")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.reaches == [] and not re.search(r"url\(|@import|https?:", text)
    assert "prefers-color-scheme:dark" in text and len(page.charts) == 16 and all(len(words) > 30 for words in page.charts)
    figures, reliability, roc, coverage, alerts = page.tables
    for horizon, row in zip(told["horizons"], figures[::4], strict=True):
        estimate = horizon["estimate"]
        assert row[:2] == [str(horizon["days_to_exam"]), str(horizon["n"])] and row[3] == "estimate"
        names = ["auc", "brier", "log_loss", "calibration_slope", "calibration_intercept", "expected_calibration_error", "recall_at_capacity"]
        assert [float(cell) for cell in row[4:]] == pytest.approx([estimate[name] for name in names], abs=0.006)
    for horizon, row in zip(told["horizons"], coverage, strict=True):
        assert int(row[1]) == horizon["coverage"]["checks"] > 20
        assert [float(cell) for cell in row[2:]] == pytest.approx([i["inside"] for i in horizon["coverage"]["intervals"]], abs=6e-4)
    assert sum(int(row[2]) for row in reliability) == sum(horizon["n"] for horizon in told["horizons"])
    assert len(roc) == 4 and len(alerts) == 36
    assert [row[3] for row in figures[:4]] == ["estimate", "projection", "last score", "base rate"] and len(roc[0]) == 6
    for student in {row["student_id"] for row in rows(cohort / "students.csv")}:
        assert f">{student}<" not in text


def test_the_report_of_hostile_names_is_still_html(tmp_path):
    data = tmp_path / "<b>&\"class\""
    data.mkdir()
    write(data / "results.csv", [{"student_id": "1", "instrument": "cbssa", "taken_at": "2026-01-05", "score": "64"}])
    write(data / "exams.csv", [{"student_id": "1", "attempt": "1", "planned_on": "2026-03-01"}])
    backtest(data, tmp_path / "p.csv", "--report", str(tmp_path / "r.html"))
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<b>" not in text and "&lt;b&gt;&amp;" in text and "No attempt has an outcome" in text


def test_a_fold_is_scored_without_its_own_outcomes(cohort, scored, tmp_path):
    """Turning one outcome round changes what the other fold is told, and nothing in the fold of that student."""
    data = tmp_path / "class"
    data.mkdir()
    for name in ("students.csv", "results.csv", "exams.csv"):
        (data / name).write_bytes((cohort / name).read_bytes())
    told, _ = backtest(data, tmp_path / "before.csv", "--kfold", "2", "--horizons", "14")
    exams = rows(data / "exams.csv")
    turned = next(row for row in exams if row["outcome"] == "pass" and row["attempt"] == "1")
    turned["outcome"] = "fail"
    write(data / "exams.csv", exams)
    backtest(data, tmp_path / "after.csv", "--kfold", "2", "--horizons", "14")
    before, after = rows(tmp_path / "before.csv"), rows(tmp_path / "after.csv")
    fold = {student: number % 2 for number, student in enumerate(sorted(row["student_id"] for row in rows(data / "students.csv")))}
    own = [i for i, row in enumerate(before) if fold[row["student_id"]] == fold[turned["student_id"]]]
    assert len(before) / 3 < len(own) < len(before) * 2 / 3
    assert [before[i] for i in own] == [after[i] for i in own]
    assert told["parameters"] == "default-2, fitted in 2 folds"
    plain = [row for row in scored[1] if row["days_to_exam"] == "14"]
    assert [row["p_pass"] for row in plain] != [row["p_pass"] for row in before]  # the fit did something


def test_a_parameter_file_and_a_catalogue_are_used(tmp_path):
    """The directory's own catalogue first, --instruments before it; --fit instead of the shipped parameters."""
    days = [{"student_id": "1", "instrument": "block_exam", "taken_at": f"2026-02-{day:02}", "scale": "points", "score": "700"} for day in (1, 8)]
    write(tmp_path / "results.csv", days)
    write(tmp_path / "exams.csv", [{"student_id": "1", "attempt": "1", "planned_on": "2026-03-01"}])
    _, said = backtest(tmp_path, tmp_path / "p.csv", "--horizons", "7", code=1)
    assert "results.csv:2: instrument: \"block_exam\"" in said
    own = {"code": "block_exam", "maker": "school", "scale": "points", "items": "", "offset": "100", "slope": "10", "error_sd": "40"}
    write(tmp_path / "instruments.csv", [own])
    write(tmp_path / "other.csv", [dict(own, offset="-100")])
    found = {}
    with open(os.path.join(ROOT, "server/risk/params/default-2.ini"), encoding="utf-8") as file:
        (tmp_path / "fit.ini").write_text(re.sub(r"(?m)^cut_epc = 60 ", "cut_epc = 64 ", file.read()), encoding="utf-8")
    for name, options in {"own": [], "other": ["--instruments", str(tmp_path / "other.csv")], "fit": ["--fit", str(tmp_path / "fit.ini")]}.items():
        backtest(tmp_path, tmp_path / "p.csv", "--horizons", "7", *options)
        found[name] = float(rows(tmp_path / "p.csv")[0]["p_pass"])
    assert found["other"] > found["own"] > found["fit"]  # 80 and 60 EPC; and a higher cut
    (tmp_path / "bad.ini").write_text("cut_epc = high\n", encoding="utf-8")
    _, said = backtest(tmp_path, tmp_path / "p.csv", "--fit", str(tmp_path / "bad.ini"), code=1)
    assert "bad.ini" in said and "line 1" in said
