"""Section 6 of the risk model, and what must hold for any input that passes the door."""

import copy
import math

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from model import DAY_MS, NOW_DAY, NOW_MS, case, result

settings.register_profile("model", max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
settings.load_profile("model")

# instrument, lowest and highest score of its scale
CODES = {
    "cbssa": (0, 100), "cbse": (0, 100), "uwsa1": (1, 300), "uwsa2": (1, 300), "free120": (0, 100), "amboss_sa": (1, 300),
    "qbank_uworld": (0, 100), "qbank_amboss": (0, 100), "school_exam": (0, 100),
}  # fmt: skip
LOST = ("unknown_code",)


@st.composite
def rows(draw, least=0, most=14):
    ret = []
    for number in range(draw(st.integers(least, most))):
        code = draw(st.sampled_from(sorted(CODES)))
        low, high = CODES[code]
        score = draw(st.one_of(st.floats(low, high), st.floats(low + 0.55 * (high - low), low + 0.75 * (high - low))))
        days_ago = draw(st.one_of(st.floats(0, 60), st.integers(0, 3), st.floats(0, 14600)))
        ret.append(
            result(
                number, code, score, days_ago, mode=draw(st.sampled_from((0, 1, 1, 2, 3))), repeat=draw(st.booleans()) and draw(st.booleans()),
                form=draw(st.sampled_from(("", "", "A", "B", "form 3"))), items=draw(st.sampled_from((-1, 1, 40, 200, 1000))),
            )
        )  # fmt: skip
    return ret


plans = st.one_of(st.none(), st.integers(-400, 400), st.integers(0, 60))
inputs = st.fixed_dictionaries({"track": st.integers(0, 2), "attempt": st.integers(1, 4), "previous_state": st.integers(0, 4)})

recalibrations = st.one_of(
    st.just({}),
    st.builds(
        lambda first, second: {f"recalibration_{name}": repr(value) for name, value in zip(RECALIBRATION, first + second)},
        *(st.tuples(st.floats(-3, 3), st.floats(0.2, 5)) for _ in range(2)),
    ),
)
RECALIBRATION = ("intercept_first", "slope_first", "intercept_repeat", "slope_repeat")


def numbers(answer):
    for key, value in answer.items():
        if isinstance(value, float):
            yield key, value
    for entry in answer["reasons"]:
        yield entry["code"], entry["points"]
    for flag in answer["flags"]:
        for value in flag["numbers"]:
            yield flag["code"], value


def same(answer):
    """What may not depend on the order of the input (indices do)."""
    ret = {key: value for key, value in answer.items() if key not in ("reasons", "flags")}
    ret["reasons"] = [(r["code"], r["points"], r["text"]) for r in answer["reasons"]]
    ret["flags"] = [(f["code"], f["numbers"], f["text"]) for f in answer["flags"]]
    return ret


@given(rows(), plans, inputs, st.randoms(use_true_random=False))
def test_order_changes_nothing(model, results, exam_in, more, rng):
    first = model.assess(case(results, exam_in, input=more))
    shuffled = copy.deepcopy(results)
    rng.shuffle(shuffled)
    assert same(model.assess(case(shuffled, exam_in, input=more))) == same(first)


@given(rows(least=1), plans, inputs, recalibrations, st.data())
def test_a_higher_score_never_lowers_p(model, results, exam_in, more, recalibration, data):
    which = data.draw(st.integers(0, len(results) - 1))
    low, high = CODES[results[which]["instrument"]]
    better = copy.deepcopy(results)
    better[which]["score_centi"] = data.draw(st.integers(results[which]["score_centi"], high * 100))
    before, after = (model.assess(case(r, exam_in, input=more, set=recalibration)) for r in (results, better))
    assert after["p"] >= before["p"] - 1e-12
    assert after["p_low"] >= before["p_low"] - 1e-12 and after["p_high"] >= before["p_high"] - 1e-12
    assert after["exam_sd"] == pytest.approx(before["exam_sd"], abs=1e-12)


@given(rows(least=1), plans, inputs, st.data())
def test_more_noise_never_narrows_the_interval(model, results, exam_in, more, data):
    which = data.draw(st.integers(0, len(results) - 1))
    results[which]["mode"] = 1
    noisier = copy.deepcopy(results)
    how = data.draw(st.sampled_from(("tutor", "repeat", "items")))
    if how == "items":
        assume(results[which]["items"] > 1)
        noisier[which]["items"] = data.draw(st.integers(1, results[which]["items"]))
    elif how == "repeat":
        noisier[which]["repeat"] = True
    else:
        noisier[which]["mode"] = 3
    before, after = (model.assess(case(r, exam_in, input=more)) for r in (results, noisier))
    assert after["exam_sd"] >= before["exam_sd"] - 1e-12


@given(rows(least=1), plans, inputs)
def test_one_result_more_never_widens_the_interval(model, results, exam_in, more):
    assume(not results[-1]["form"])  # it could make another one a repeated form
    before, after = (model.assess(case(r, exam_in, input=more)) for r in (results[:-1], results))
    assert after["exam_sd"] <= before["exam_sd"] + 1e-12


@given(rows(), rows(least=1, most=3), plans, inputs)
def test_results_after_the_as_of_time_change_nothing(model, results, later, exam_in, more):
    for number, row in enumerate(later):
        row["id"] = f"{1000 + number:032x}"
        row["taken_at_ms"] = NOW_MS + 1 + row["taken_at_ms"] % (9 * DAY_MS)
    before, after = (model.assess(case(r, exam_in, input=more)) for r in (results, later + results))
    assert after.pop("results_after") == before.pop("results_after") + len(later)
    assert same(before) == same(after)


@given(rows(), rows(least=1, most=3), plans, inputs, st.booleans())
def test_a_retraction_equals_never_having_had_it(model, results, gone, exam_in, more, by_revision):
    extra = []
    for number, row in enumerate(gone):
        row["id"] = f"{1000 + number:032x}"
        if by_revision:
            extra.append(dict(row))
        extra.append({**row, "revision": 3, "retracted": True})
    before, after = (model.assess(case(r, exam_in, input=more)) for r in (results, extra + results))
    assert after.pop("results_retracted") == before.pop("results_retracted") + len(gone)
    assert same(before) == same(after)


@given(rows(least=1), plans, inputs, st.data())
def test_of_revisions_the_highest_counts(model, results, exam_in, more, data):
    which = data.draw(st.integers(0, len(results) - 1))
    old = {**results[which], "score_centi": 100, "revision": 1, "taken_at_ms": NOW_MS}
    new = [{**row, "revision": 2} if i == which else row for i, row in enumerate(results)]
    before, after = (model.assess(case(r, exam_in, input=more)) for r in (results, [old] + new))
    assert same(before) == same(after)


@given(rows(), plans, inputs, recalibrations)
def test_everything_is_finite_and_in_range(model, results, exam_in, more, recalibration):
    answer = model.assess(case(results, exam_in, input=more, curve=True, set=recalibration))
    for key, value in numbers(answer):
        assert math.isfinite(value), key
    assert 0 <= answer["p_low"] <= answer["p_high"] <= 1 and 0 <= answer["p"] <= 1
    assert answer["exam_sd"] > 0 and answer["readiness_sd"] > 0
    assert all(p is None or 0 <= p <= 1 for p in answer["curve"])
    if exam_in is None or exam_in >= 0:
        planned = answer["curve"][60]
        assert planned == pytest.approx(answer["p"], abs=1e-12)


@given(rows(), plans, inputs, recalibrations)
def test_reasons_add_up(model, results, exam_in, more, recalibration):
    answer = model.assess(case(results, exam_in, input=more, set=recalibration))
    assert math.fsum(reason["points"] for reason in answer["reasons"]) == pytest.approx(answer["p"], abs=1e-9)
    assert answer["reasons"][0]["code"] == "base_rate"
    weights = [abs(reason["points"]) for reason in answer["reasons"][1:]]
    assert weights == sorted(weights, reverse=True)
    named = sorted(reason["result"] for reason in answer["reasons"] if reason["code"].startswith("result:"))
    assert len(named) == len(set(named)) == answer["results_used"]


@given(rows(), plans, inputs, recalibrations)
def test_recalibration_bends_p_and_nothing_else(model, results, exam_in, more, recalibration):
    """P keeps its order, its interval goes along, and 0 and 1 said aloud are the same bits as nothing said."""
    plain, bent = (model.assess(case(results, exam_in, input=more, set=extra)) for extra in ({}, recalibration))
    neutral = dict(zip((f"recalibration_{name}" for name in RECALIBRATION), ("0", "1", "0", "1")))
    assert model.assess(case(results, exam_in, input=more, set=neutral)) == plain
    for name in ("exam_mean", "exam_sd", "readiness_mean", "readiness_sd", "growth_per_week"):
        assert bent[name] == plain[name]
    kind = "first" if more["attempt"] <= 1 else "repeat"
    intercept, slope = (float(recalibration.get(f"recalibration_{name}_{kind}", value)) for name, value in (("intercept", 0), ("slope", 1)))
    for name in ("p", "p_low", "p_high", "base_rate"):
        p = plain[name]
        want = p**slope / (p**slope + math.exp(-intercept) * (1 - p) ** slope)
        assert bent[name] == pytest.approx(want, abs=1e-9)


@given(rows(least=1), plans, inputs)
def test_unknown_instruments_are_left_out(model, results, exam_in, more):
    strange = [{**row, "id": f"{2000 + i:032x}", "instrument": LOST[0]} for i, row in enumerate(results)]
    before, after = (model.assess(case(r, exam_in, input=more)) for r in (results, results + strange))
    assert same(before) == same(after)


@given(st.floats(35, 85), st.integers(0, 40), plans)
def test_units_survive_the_round_trip(model, epc, days_ago, exam_in):
    """The same readiness on the instrument's own scale and said in EPC: one mean, and converting only adds doubt."""
    own = model.assess(case([result(1, "cbssa", round(epc, 1), days_ago)], exam_in))
    par = {"three_digit_sd_epc": "0", "nbme800_sd_epc": "0"}
    for scale, at_cut, per_epc in ((3, 196, 2.1), (4, 390, 9.0)):
        score = at_cut + (round(epc, 1) - 60) * per_epc
        there = model.assess(case([result(1, "cbssa", score, days_ago, scale=scale)], exam_in, set=par))
        assert there["exam_mean"] == pytest.approx(own["exam_mean"], abs=0.01)
        assert there["exam_sd"] == pytest.approx(own["exam_sd"], abs=1e-9)


@pytest.mark.parametrize("thousand", ["same day", "same instant", "same form"])
def test_a_thousand_results(model, thousand):
    results = []
    for i in range(1000):
        form = "A" if thousand == "same form" else ""
        days_ago = 1 if thousand == "same instant" else 1 + i / 2000
        results.append(result(i, "qbank_uworld" if i % 2 else "cbssa", 40 + i % 50, days_ago, form=form))
    answer = model.assess(case(results, exam_in=12))
    assert answer["results_used"] == 1000
    assert all(math.isfinite(value) for _, value in numbers(answer))
    assert math.fsum(reason["points"] for reason in answer["reasons"]) == pytest.approx(answer["p"], abs=1e-9)


def test_more_than_the_estimate_takes(model):
    """The newest 4096 enter; the older ones are not looked at."""
    results = [result(i, "cbssa", 60 + i % 9, i / 10) for i in range(5000)]
    answer = model.assess(case(results, exam_in=12))
    assert answer["results_used"] == 4096


EXTREME = {
    "no spread anywhere": {
        "growth_before_sd_us_md": "0", "growth_dedicated_sd_us_md": "0", "wander_sd_epc": "0", "maker_offset_sd_epc": "0",
        "least_error_sd_epc": "0.1", "exam_sd_epc": "0.1", "prior_sd_us_md": "1",
    },
    "nothing known": {"prior_sd_us_md": "1000", "growth_dedicated_sd_us_md": "20", "wander_sd_epc": "10", "maker_offset_sd_epc": "50"},
}  # fmt: skip


@pytest.mark.parametrize("name", EXTREME)
@given(rows(), plans)
def test_extreme_parameters(model, name, results, exam_in):
    instruments = "code,maker,scale,offset,slope,error_sd\ncbssa,NBME,epc,0,1,0\n"
    answer = model.assess(case(results, exam_in, set=EXTREME[name], instruments=instruments))
    assert all(math.isfinite(value) for _, value in numbers(answer))
    assert math.fsum(reason["points"] for reason in answer["reasons"]) == pytest.approx(answer["p"], abs=1e-9)


def test_days_at_the_ends_of_time(model):
    for day in (-(2**31) + 1, 2**31 - 1):
        for name in ("exam_day", "dedicated_day"):
            answer = model.assess(case([result(1, "cbssa", 60, 3)], input={name: day}, curve=True))
            assert all(math.isfinite(value) for _, value in numbers(answer))
    assert NOW_DAY == 20000
