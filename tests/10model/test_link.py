"""`stepguardctl link` on made-up columns of instruments whose lines are known: what it predicts for scores it has not seen."""

import csv
import datetime as dt
import json
import os
import subprocess

import numpy as np
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CTL = os.path.join(os.environ.get("SG_BUILD", os.path.join(ROOT, "build/dev")), "bin/stepguardctl")
DAY0 = dt.date(2026, 1, 5)
RESULT_COLUMNS = "student_id result_id instrument taken_at scale score".split()
INSTRUMENT_COLUMNS = "code maker name scale items offset slope error_sd familiarity source grade".split()


def write(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, columns, lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def uuid(number):
    return f"00000000-0000-7000-8000-{number:012x}"


class School:
    """Students with one number each, instruments with a line each, and a table of which cells are filled."""

    def __init__(self, seed, students=300, instruments=50, filled=0.15, growth=0.0, wild=0.0, unequal=False):
        rng = self.rng = np.random.default_rng(seed)
        self.level = rng.normal(62, 8, students)
        self.codes = [f"test_{i:02d}" for i in range(instruments)]
        self.makers = [f"maker {i % 8}" for i in range(instruments)]
        harsh = rng.normal(0, 3, 8)
        self.slope = np.exp(rng.uniform(np.log(0.2), np.log(12), instruments))
        self.offset = rng.uniform(-200, 500, instruments) + self.slope * np.array([harsh[i % 8] for i in range(instruments)])
        self.sd = self.slope * rng.uniform(3, 7, instruments)
        self.day = rng.integers(0, 70, (students, instruments))
        if growth:  # each instrument has its season, as a school's calendar has; the first one is taken all year
            season = np.linspace(5, 65, instruments)
            self.day = np.clip(season + rng.normal(0, 12, (students, instruments)), 0, 70).astype(int)
            self.day[:, 0] = rng.integers(0, 70, students)
        theta = self.level[:, None] + growth * self.day / 7
        if unequal:  # who starts high gains less, and each gains for reasons of their own
            theta += (rng.normal(0, 0.4, students) - 0.25 * (self.level - 62) / 8)[:, None] * self.day / 7
        self.clean = self.offset + self.slope * theta
        self.score = self.clean + rng.normal(0, 1, (students, instruments)) * self.sd
        odd = rng.random(self.score.shape) < wild
        self.score = np.where(odd, self.score + 6 * self.sd * rng.choice([-1, 1], self.score.shape), self.score)
        self.seen = rng.random(self.score.shape) < filled
        self.held = (rng.random(self.score.shape) < 0.1) & ~self.seen

    def save(self, folder, change=lambda code, score: score):
        rows = [
            {"student_id": f"s{s}", "result_id": uuid(s * 1000 + i), "instrument": self.codes[i], "scale": f"points {i}",
             "taken_at": (DAY0 + dt.timedelta(int(self.day[s, i]))).isoformat(), "score": f"{change(self.codes[i], self.score[s, i]):.2f}"}
            for s, i in zip(*np.nonzero(self.seen))
        ]  # fmt: skip
        write(folder / "results.csv", RESULT_COLUMNS, rows)
        write(folder / "instruments.csv", INSTRUMENT_COLUMNS,
              [{"code": code, "maker": maker, "scale": f"points {i}"} for i, (code, maker) in enumerate(zip(self.codes, self.makers))])  # fmt: skip

    def predict(self, offset, slope, sd, mean, spread):
        """Of every cell, from the student's other scores read through the lines."""
        z, precision = (self.score - offset) / slope, (slope / sd) ** 2
        precision = np.where(self.seen & np.isfinite(z), precision, 0)
        theta = (mean / spread**2 + np.nansum(np.where(precision > 0, z, 0) * precision, 1)) / (1 / spread**2 + precision.sum(1))
        return offset + slope * theta[:, None]

    def predict_linked(self, offset, slope, sd):
        """The same with what students are like taken from the data."""
        z, precision = (self.score - offset) / slope, np.where(self.seen, (slope / sd) ** 2, 0)
        own = (z * precision).sum(1)[precision.sum(1) > 0] / precision.sum(1)[precision.sum(1) > 0]
        noise = np.median(1 / precision.sum(1)[precision.sum(1) > 0])
        return self.predict(offset, slope, sd, np.median(own), np.sqrt(max(own.var() - noise, noise)))

    def loss(self, predicted):
        """Root mean square over the cells held out, in sd of each instrument's own error."""
        away = ((predicted - self.score) / self.sd)[self.held]
        return float(np.sqrt(np.mean(np.clip(away, -6, 6) ** 2)))

    def column_mean(self):
        return np.broadcast_to(np.array([self.score[self.seen[:, i], i].mean() for i in range(len(self.codes))]), self.score.shape)

    def z_equated(self):
        """Every column to mean 0 and sd 1, students by the mean of theirs."""
        mean = self.column_mean()[0]
        sd = np.array([self.score[self.seen[:, i], i].std() for i in range(len(self.codes))])
        z = np.where(self.seen, (self.score - mean) / sd, np.nan)
        own = np.nan_to_num(np.nansum(z, 1) / np.maximum(self.seen.sum(1), 1))
        return mean + sd * own[:, None]


def link(folder, reference, *more, code=0):
    out = folder / "linked.csv"
    run = subprocess.run(
        [CTL, "--json", "link", "--data", str(folder), "--reference", reference, "--out", str(out), *more],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == code, run.stderr
    if code:
        return run.stderr
    with open(out, newline="", encoding="utf-8") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    return rows, json.loads(run.stdout)


def lines(rows, codes):
    number = lambda row, key: float(row[key]) if row[key] else np.nan
    return (np.array([number(rows[code], key) for code in codes]) for key in ("offset", "slope", "error_sd"))


@pytest.mark.parametrize("seed,filled", [(1, 0.10), (2, 0.15), (3, 0.20)])
def test_scores_not_seen_are_predicted_nearly_as_by_someone_who_knows_the_lines(tmp_path, seed, filled):
    school = School(seed, filled=filled)
    school.save(tmp_path)
    rows, report = link(tmp_path, "test_00")
    assert report["settled"] and report["results"] == school.seen.sum()
    offset, slope, sd = lines(rows, school.codes)
    assert rows["test_00"]["offset"] == "0" and rows["test_00"]["slope"] == "1"
    loss = school.loss(school.predict_linked(offset, slope, sd))
    oracle = school.loss(school.predict(school.offset, school.slope, school.sd, 62, 8))
    baseline, equated = school.loss(school.column_mean()), school.loss(school.z_equated())
    print(f"seed {seed} filled {filled}: link {loss:.3f} oracle {oracle:.3f} column mean {baseline:.3f} z-scores {equated:.3f}")
    assert loss - oracle < 0.6 * (equated - oracle)
    assert loss - oracle < 0.1 * (baseline - oracle)


def test_the_scale_of_an_instrument_is_of_no_account(tmp_path):
    school = School(4)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    school.save(tmp_path / "a")
    school.score[:] = np.round(school.score, 2)
    school.save(tmp_path / "b", lambda code, score: 7 * round(score, 2) - 1000 if code == "test_07" else score)
    rows, _ = link(tmp_path / "a", "test_00")
    other, _ = link(tmp_path / "b", "test_00")
    offset, slope, sd = lines(rows, school.codes)
    offset_b, slope_b, sd_b = lines(other, school.codes)
    factor = np.where(np.array(school.codes) == "test_07", 7, 1)
    np.testing.assert_allclose(slope_b, slope * factor, rtol=1e-6)
    np.testing.assert_allclose(sd_b, sd * factor, rtol=1e-6)
    np.testing.assert_allclose(offset_b, np.where(factor == 7, 7 * offset - 1000, offset), rtol=1e-6, atol=1e-4)


def bias_over_time(school, rows):
    """How much easier than they are the later half of the instruments is called, in points of readiness."""
    offset, slope, _ = lines(rows, school.codes)
    scale = school.offset[0] + school.slope[0] * 62  # what the reference shows at 62
    wrong = (offset + slope * scale - (school.offset + school.slope * 62)) / school.slope
    half = len(wrong) // 2
    return float(np.median(wrong[half:]) - np.median(wrong[1:half]))


def test_what_comes_late_in_the_year_is_not_called_easy(tmp_path):
    school = School(5, growth=1.5)
    school.save(tmp_path)
    rows, report = link(tmp_path, "test_00")
    assert abs(bias_over_time(school, rows)) < 2.0  # who takes no account of time is wrong by 6
    assert report["growth_per_week"] / school.slope[0] == pytest.approx(1.5, abs=0.4)


def test_wild_scores_do_little(tmp_path):
    clean, wild = School(6, wild=0.0), School(6, wild=0.03)
    loss = []
    for name, school in (("clean", clean), ("wild", wild)):
        (tmp_path / name).mkdir()
        school.save(tmp_path / name)
        rows, _ = link(tmp_path / name, "test_00")
        offset, slope, sd = lines(rows, school.codes)
        loss.append(clean.loss(clean.predict_linked(offset, slope, sd)))
    assert loss[1] < 1.05 * loss[0]


def test_who_shares_nobody_is_named_and_left_alone(tmp_path):
    rows = []
    for s in range(40):
        level = 55 + s % 13
        pair = ("cbssa", "uwsa1") if s < 30 else ("island", "qbank_kaplan")
        for k, code in enumerate(pair):
            score = 70 + 2.1 * level + (s * 7) % 5 if code == "uwsa1" else level + (s * 5 + 3 * k) % 4
            rows.append({"student_id": f"s{s}", "instrument": code, "taken_at": str(DAY0 + dt.timedelta(k)), "score": f"{score:.1f}"})
    write(tmp_path / "results.csv", [c for c in RESULT_COLUMNS if c not in ("result_id", "scale")], rows)
    linked, report = link(tmp_path, "cbssa")
    state = {row["code"]: row["state"] for row in report["instruments"]}
    assert state == {"cbssa": "learned", "uwsa1": "learned", "island": "unlinked", "qbank_kaplan": "catalogue"}
    assert linked["island"]["slope"] == "" and linked["qbank_kaplan"]["offset"] == "-8"
    assert linked["uwsa1"]["grade"] == "C" and "30 students, 30 results" in linked["uwsa1"]["source"]
    assert float(linked["uwsa1"]["slope"]) == pytest.approx(2.1, rel=0.1)
    people = subprocess.run(
        [CTL, "link", "--data", str(tmp_path), "--reference", "cbssa", "--out", str(tmp_path / "x.csv")], capture_output=True, text=True
    )
    assert "island: nobody took it together with what leads to cbssa" in people.stdout
    assert "no result" in link(tmp_path, "uwsa3", code=3)


def test_the_catalogue_is_moved_by_many_and_not_by_few(tmp_path):
    """qbank_uworld shows -8 by the catalogue and -14 at this school."""
    for students, low, high in ((2, -12, -6), (400, -14.7, -12.8)):
        rng, rows = np.random.default_rng(students), []
        for s in range(students):
            level = rng.normal(62, 8)
            for k in range(3):
                block = min(max(level - 14 + rng.normal(0, 8), 1), 99)
                for code, day, score in (("cbssa", 7 * k, level + rng.normal(0, 4)), ("qbank_uworld", 7 * k + 1, block)):
                    taken_at = str(DAY0 + dt.timedelta(day))
                    rows.append({"student_id": f"s{s}", "instrument": code, "taken_at": taken_at, "score": f"{score:.1f}"})
        folder = tmp_path / str(students)
        folder.mkdir()
        write(folder / "results.csv", [c for c in RESULT_COLUMNS if c not in ("result_id", "scale")], rows)
        linked, _ = link(folder, "cbssa")
        shown = float(linked["qbank_uworld"]["offset"]) + (float(linked["qbank_uworld"]["slope"]) - 1) * 60
        assert low < shown < high


def test_what_is_taken_early_or_late_has_its_own_slope(tmp_path):
    """Slopes of the earlier and of the later half against those known: instruments of one half must not all be flat or steep."""
    apart = []
    for seed in range(6):
        school = School(seed, students=500, growth=1.2, unequal=True)
        folder = tmp_path / str(seed)
        folder.mkdir()
        school.save(folder)
        _, slope, _ = lines(link(folder, "test_00")[0], school.codes)
        wrong = np.log(slope / (school.slope / school.slope[0]))[1:]
        apart.append(wrong[: len(wrong) // 2].mean() - wrong[len(wrong) // 2 :].mean())
    mean, error = np.mean(apart), np.std(apart) / np.sqrt(len(apart) - 1)
    print(f"slopes of the earlier half are {100 * mean:.1f} % steeper than of the later, give or take {100 * error:.1f}")
    assert abs(mean) < 0.07  # 8.1 % when expectations of growth count as twenty students; halves of one class tell it to about 2 %


def small(tmp_path, columns, reference, code=0, shift=3):
    """columns: code -> (maker, scale, scores by student; None: not taken)."""
    rows = []
    for k, (name, (_, scale, scores)) in enumerate(columns.items()):
        for s, score in enumerate(scores):
            if score is not None:
                taken_at = (DAY0 + dt.timedelta(shift * k + s % 3)).isoformat()
                rows.append({"student_id": f"s{s}", "instrument": name, "taken_at": taken_at, "scale": scale, "score": f"{score:.2f}"})
    write(tmp_path / "results.csv", [c for c in RESULT_COLUMNS if c != "result_id"], rows)
    write(tmp_path / "instruments.csv", INSTRUMENT_COLUMNS, [{"code": c, "maker": m, "scale": s} for c, (m, s, _) in columns.items()])
    return link(tmp_path, reference, code=code)


def finite(rows, report):
    for row in report["instruments"]:
        if row["state"] == "learned":
            for key in ("offset", "slope", "error_sd", "offset_se", "slope_se", "data_share"):
                assert np.isfinite(row[key]), row
            assert row["slope"] > 0 and row["error_sd"] > 0 and 0 <= row["data_share"] <= 1
            assert np.isfinite(float(rows[row["code"]]["offset"]))


def test_any_scale_and_an_exam_s_own_score_as_the_reference(tmp_path):
    """0 to 10, 0 to 5000, and the score of the exam itself, which each takes once and last."""
    rng = np.random.default_rng(3)
    level = rng.normal(0, 1, 400)
    columns = {"ten": ("a", "points of ten", 5 + 1.2 * level + rng.normal(0, 0.6, 400)),
               "large": ("a", "thousands", 2500 + 700 * level + rng.normal(0, 400, 400)),
               "exam": ("board", "three digits", 210 + 18 * level + rng.normal(0, 8, 400))}  # fmt: skip
    rows, report = small(tmp_path, columns, "exam")
    offset, slope, sd = lines(rows, columns)
    np.testing.assert_allclose(slope, [1.2 / 18, 700 / 18, 1], rtol=0.12)
    np.testing.assert_allclose(offset + slope * 210, [5, 2500, 210], atol=0, rtol=0.03)
    np.testing.assert_allclose(sd, [0.6, 400, 8], rtol=0.3)  # three columns say little about drift, and it takes from the errors
    finite(rows, report)


def test_what_is_written_can_be_read_again_however_small_a_slope(tmp_path):
    """A scale from 0 to 1 on the scale of one that goes to 5000: other tools of ours read the file next."""
    level = np.random.default_rng(5).normal(0, 1, 200)
    columns = {"unit": ("a", "share", np.clip(0.5 + 0.15 * level, 0, 1)), "large": ("b", "thousands", 2500 + 700 * level)}
    rows, _ = small(tmp_path, columns, "large")
    assert 1e-5 < float(rows["unit"]["slope"]) < 1e-3
    (tmp_path / "linked.csv").rename(tmp_path / "instruments.csv")
    link(tmp_path, "large")


@pytest.mark.parametrize(
    "columns",
    [
        {"one": ("a", "x", [5.0]), "two": ("b", "y", [700.0])},  # one student
        {"one": ("a", "x", [5.0] * 9), "two": ("b", "y", [700.0 + s for s in range(9)])},  # a constant column
        {"one": ("a", "x", [5.0 + s for s in range(9)]), "two": ("b", "y", [0.0] * 9)},
        {"one": ("a", "x", [7.0] * 9), "two": ("b", "y", [0.0] * 9)},  # nothing varies
        {"one": ("a", "x", [5.0 + s for s in range(9)]), "two": ("b", "y", [9.0] + [None] * 8), "three": ("b", "z", [None] * 9 + [4.0])},
        {"one": ("a", "x", [1.0, 9000.0] * 5), "two": ("b", "y", [9000.0, 1.0] * 5)},  # one turns the other round
        {"cbssa": ("NBME", "epc", [0.0, 100.0] * 5), "two": ("b", "y", [0.0, 100.0] * 5)},
        {"cbssa": ("NBME", "epc", [60.0] * 12), "free120": ("USMLE", "percent", [100.0] * 12), "uwsa1": ("UWorld", "three_digit", [300.0] * 12)},
    ],
)
def test_thin_and_odd_columns_stay_finite(tmp_path, columns):
    for reference in columns:
        rows, report = small(tmp_path, columns, reference)
        finite(rows, report)


def test_a_thousand_results_of_one_student(tmp_path):
    rng, rows = np.random.default_rng(8), []
    for s in range(30):
        for k in range(1000 if s == 0 else 6):
            code, unit = (("blocks", 1), ("paper", 20))[k % 2]
            taken_at = (dt.datetime(2026, 1, 5, tzinfo=dt.timezone.utc) + dt.timedelta(minutes=97 * k)).isoformat()
            rows.append({"student_id": f"s{s}", "instrument": code, "taken_at": taken_at, "scale": code, "score": f"{unit * (60 + s + rng.normal(0, 4)):.2f}"})
    write(tmp_path / "results.csv", [c for c in RESULT_COLUMNS if c != "result_id"], rows)
    linked, report = link(tmp_path, "paper")
    finite(linked, report)
    assert report["results"] == len(rows)
    assert float(linked["blocks"]["slope"]) == pytest.approx(1 / 20, rel=0.1)
