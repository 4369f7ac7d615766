"""The engine against the reference: the published table, cases by hand, and many made at random, each number to 1e-9."""

import random

import pytest
import reference
from model import NOW_DAY, case, result

NUMBERS = ("base_rate", "exam_mean", "exam_sd", "readiness_mean", "readiness_sd", "growth_per_week", "p", "p_low", "p_high")
FLAT = {"prior_sd_us_md": "1000", "base_rate_first_us_md": "0.5"}
CLOSE = 1e-9


def compare(model, one):
    one = {**one, "history": [NOW_DAY - ago for ago in (0, 1, 5, 30, 111)]}
    got, want = model.assess({**one, "curve": True}), reference.assess(one)
    assert got["results_used"] == want["results_used"]
    for name in NUMBERS:
        assert got[name] == pytest.approx(want[name], abs=CLOSE), name
    points = {}
    for reason in got["reasons"]:
        key = reason["result"] if reason["code"].startswith("result:") else reason["code"]
        points[key] = reason["points"]
    assert points.pop("base_rate") == got["base_rate"]
    for key, value in points.items():
        assert value == pytest.approx(want["points"][key], abs=CLOSE), key
    for mine, theirs in zip(got["history"], want["history"]):
        assert mine == pytest.approx(theirs, abs=CLOSE)
    for mine, theirs in zip(got["curve"], want["curve"]):
        assert (mine is None) == (theirs is None) and (mine is None or mine == pytest.approx(theirs, abs=CLOSE))
    return got


@pytest.mark.parametrize(
    "params, table",
    [
        ("default-2", {55: 0.14, 60: 0.50, 62: 0.67, 65: 0.86, 68: 0.96, 70: 0.98, 73: 0.997}),
        ("strict-2", {55: 0.069, 58: 0.199, 60: 0.336, 62: 0.5, 65: 0.737, 68: 0.898, 70: 0.955, 73: 0.990}),
    ],
)
def test_published_table(model, params, table):
    """One CBSSA this week, nothing known beforehand: the table of the risk model, section 1."""
    for epc, p in table.items():
        got = model.assess(case([result(1, "cbssa", epc, 2)], exam_in=4, params=params, set=FLAT))
        assert got["p"] == pytest.approx(p, abs=0.01), epc


def test_no_result_gives_the_base_rate(model):
    for track, first, again in ((0, 0.93, 0.71), (1, 0.89, 0.79), (2, 0.75, 0.54)):
        for exam_in in (None, -30, 0, 50, 4000):
            got = compare(model, case([], exam_in=exam_in, input={"track": track}))
            assert got["p"] == pytest.approx(first, abs=1e-12) and got["state"] == "cannot_say"
        assert compare(model, case([], input={"track": track, "attempt": 2, "failures": 1}))["p"] == pytest.approx(again, abs=1e-12)


GOLDEN = {
    "one check": case([result(1, "cbssa", 58, 10)], exam_in=40),
    "steady growth": case([result(i, "cbssa", 66 - 2 * i, 7 * i + 1, form=f"Form {i}") for i in range(6)], exam_in=21),
    "blocks of one bank": case([result(i, "qbank_uworld", 60 + i % 7, i, items=40) for i in range(30)], exam_in=35),
    "one wild score": case([result(i, "cbssa", s, 4 + 7 * i) for i, s in enumerate((85, 55, 56, 54))], exam_in=10),
    "seen before": case([result(1, "cbssa", 70, 3, form="Form 31"), result(2, "cbssa", 60, 30, form="form-31")], exam_in=20),
    "untimed": case([result(1, "cbssa", 70, 3, mode=2), result(2, "free120", 71, 8, mode=3)], exam_in=20),
    "other scales": case(
        [result(1, "cbssa", 205, 9, scale=3), result(2, "cbssa", 430, 40, scale=4), result(3, "cbse", 71, 60, scale=5)], exam_in=30
    ),
    "not linked": case([result(1, "school_exam", 81, 9), result(2, "uwsa2", 221, 5)], exam_in=30),
    "early highs": case([result(i, "cbssa", s, 3 + 9 * i) for i, s in enumerate((60, 61, 60, 71, 74))], exam_in=12),
    "no exam": case([result(1, "cbssa", 61, 9), result(2, "cbssa", 57, 100)]),
    "exam today": case([result(1, "cbssa", 61, 9), result(2, "cbssa", 57, 100)], exam_in=0),
    "exam over": case([result(1, "cbssa", 61, 9), result(2, "cbssa", 57, 100)], exam_in=-12),
    "dedicated known": case([result(1, "cbssa", 55, 12), result(2, "uwsa1", 200, 3)], exam_in=30, input={"dedicated_day": 19990}),
    "years ago": case([result(1, "cbssa", 55, 8000), result(2, "qbank_other", 50, 1)], exam_in=90, input={"track": 2}),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(model, name):
    compare(model, GOLDEN[name])


def test_some_weights_would_be_negative(model):
    """The condition that weights are not negative is at work, not decoration."""
    weights = reference.assess(GOLDEN["early highs"])["weights"]
    assert min(weights.values()) == 0 and max(weights.values()) > 0.1


INSTRUMENTS = [("cbssa", 30, 90), ("cbse", 30, 85), ("uwsa1", 150, 280), ("uwsa2", 150, 280), ("free120", 30, 95), ("amboss_sa", 150, 270)]
BANKS = [("qbank_uworld", 20, 95), ("qbank_amboss", 20, 95), ("qbank_kaplan", 20, 95), ("school_exam", 40, 99)]


def random_case(rng):
    results = []
    for number in range(rng.choice((1, 2, 3, 5, 8, 20, 40))):
        code, low, high = rng.choice(INSTRUMENTS if rng.random() < 0.5 else BANKS)
        more = {"mode": rng.choice((0, 1, 1, 1, 2, 3)), "repeat": rng.random() < 0.1}
        if rng.random() < 0.5:
            more["form"] = f"form {rng.randrange(6)}"
        if code.startswith("qbank"):
            more["items"] = rng.choice((10, 40, 80))
        results.append(result(number, code, rng.uniform(low, high), rng.choice((rng.uniform(0, 20), rng.uniform(0, 200))), **more))
    rng.shuffle(results)
    given = {"track": rng.randrange(3), "attempt": rng.choice((1, 1, 2)), "failures": 0}
    if rng.random() < 0.3:
        given["dedicated_day"] = 20000 + rng.randrange(-40, 60)
    ret = case(results, exam_in=rng.choice((None, rng.randrange(-20, 120), rng.randrange(0, 60))), input=given)
    if rng.random() < 0.4:
        names = ("intercept_first", "slope_first", "intercept_repeat", "slope_repeat")
        ret["set"] = {f"recalibration_{name}": repr(rng.uniform(-1.5, 1.5) if "intercept" in name else rng.uniform(0.3, 3)) for name in names}
    return ret


def test_random_cases(model):
    rng = random.Random(20260101)
    for _ in range(300):
        compare(model, random_case(rng))
