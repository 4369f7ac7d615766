"""States and flags: each rule on a case made for it, and on the nearest case where it must keep silent."""

import pytest
from model import DAY_MS, NOW_MS, case, result


def flags(answer):
    return {flag["code"]: flag for flag in answer["flags"]}


def checks(scores, every=7, first=2, **more):
    """Newest first."""
    return [result(i, "cbssa", score, first + every * i, **more) for i, score in enumerate(scores)]


def test_low_probability(model):
    answer = model.assess(case(checks([47, 46]), exam_in=40))
    flag = flags(answer)["low_probability"]
    assert answer["state"] == "at_risk" and flag["numbers"][:3] == [answer["p"], answer["p_low"], answer["p_high"]]
    assert flag["severity"] == 3 and "with the exam in 40 days" in flag["text"] and flag["evidence"][0] == 0
    near = flags(model.assess(case(checks([47, 46]), exam_in=9)))
    assert near["low_probability"]["severity"] == 4
    assert "exam in" not in flags(model.assess(case(checks([47, 46]))))["low_probability"]["text"]


def test_strong_student_has_no_flag(model):
    answer = model.assess(case(checks([76, 75, 74]), exam_in=20))
    assert answer["state"] == "on_track" and answer["flags"] == []


def test_borderline(model):
    answer = model.assess(case(checks([64, 63, 62]), exam_in=6))
    assert answer["state"] == "borderline" and "borderline" in flags(answer)


def test_projection_alone_clears_nobody(model):
    """Growth promises a pass, the last check does not."""
    wide = {"growth_dedicated_mean_us_md": "12", "growth_dedicated_sd_us_md": "0", "interval_coverage": "0.5"}
    answer = model.assess(case(checks([61, 58, 57]), exam_in=40, set=wide))
    assert answer["p_low"] > 0.92 and answer["state"] == "borderline"


def test_one_lucky_score_clears_nobody(model):
    before = model.assess(case(checks([56, 55, 56], first=9), exam_in=14))
    after = model.assess(case(checks([90, 56, 55, 56]), exam_in=14))
    assert before["state"] == "at_risk" and after["state"] != "on_track"
    assert after["p"] > before["p"]


@pytest.mark.parametrize("age, exam_in, raised", [(27, 50, False), (29, 50, True), (29, 71, False), (29, None, False), (29, -1, False)])
def test_no_recent_check(model, age, exam_in, raised):
    answer = model.assess(case([result(1, "cbssa", 72, age), result(2, "qbank_uworld", 70, 1)], exam_in=exam_in))
    assert ("no_recent_check" in flags(answer)) == raised
    if raised:
        assert answer["state"] == "cannot_say"
        assert flags(answer)["no_recent_check"]["text"] == "The last readiness check is 29 days old, the exam is in 50 days."


def test_banks_only_cannot_say(model):
    answer = model.assess(case([result(i, "qbank_uworld", 74, i, items=40) for i in range(20)], exam_in=30))
    assert answer["state"] == "cannot_say"
    assert flags(answer)["no_recent_check"]["text"] == "There is no readiness check, the exam is in 30 days."


def test_a_repeated_or_untimed_form_is_no_fresh_check(model):
    for more in ({"repeat": True}, {"mode": 2}, {"mode": 3}):
        assert "no_recent_check" in flags(model.assess(case([result(1, "cbssa", 75, 2, **more)], exam_in=30)))


def test_never_synced(model):
    for days, raised in ((6, False), (8, True)):
        given = {"enrolled_ms": NOW_MS - days * DAY_MS, "last_sync_ms": 0}
        assert ("never_synced" in flags(model.assess(case([], input=given)))) == raised
    assert "never_synced" not in flags(model.assess(case([], input={"enrolled_ms": 0, "last_sync_ms": 0})))
    assert "never_synced" not in flags(model.assess(case([], input={"enrolled_ms": 1, "last_sync_ms": NOW_MS})))


@pytest.mark.parametrize("exam_in, raised", [(14, True), (15, False), (0, True), (-1, False)])
def test_exam_soon_not_ready(model, exam_in, raised):
    assert ("exam_soon_not_ready" in flags(model.assess(case(checks([62, 62]), exam_in=exam_in)))) == raised


def test_exam_soon_and_ready(model):
    assert "exam_soon_not_ready" not in flags(model.assess(case(checks([76, 75, 74]), exam_in=7)))


def with_blocks(scores, block_scores, every=8):
    """Checks and, between them, question-bank blocks: both newest first."""
    blocks = [result(100 + i, "qbank_uworld", s, 1 + 1.3 * i, items=40) for i, s in enumerate(block_scores)]
    return checks(scores, every=every) + blocks


def test_plateau(model):
    still = with_blocks([57, 58, 57, 58, 57, 58], [48, 51, 49, 52, 50] * 6)
    flag = flags(model.assess(case(still, exam_in=15)))["plateau"]
    assert abs(flag["numbers"][0]) < 0.25 and flag["numbers"][1] > 0.8 and flag["numbers"][2:] == [6, 40]
    rising = with_blocks([66, 63, 60, 57, 54, 51], [60 - i * 0.5 for i in range(30)])
    assert "plateau" not in flags(model.assess(case(rising, exam_in=15)))
    assert "plateau" not in flags(model.assess(case(still[:2] + still[6:], exam_in=15)))  # two checks are too few
    high = with_blocks([80] * 6, [72] * 30)
    assert "plateau" not in flags(model.assess(case(high, exam_in=15)))  # nothing to gain


def test_three_flat_checks_alone_are_no_plateau(model):
    """Three scores with an error of four points cannot tell standing still from growing."""
    assert "plateau" not in flags(model.assess(case(checks([57, 57, 57], every=8), exam_in=15)))


def test_decline(model):
    falling = with_blocks([50, 53, 57, 61, 64], [40 + i * 0.5 for i in range(30)], every=9)
    flag = flags(model.assess(case(falling, exam_in=15)))["decline"]
    assert flag["numbers"][0] < -1 and flag["numbers"][1] > 0.8 and flag["numbers"][2] == 5
    assert "plateau" not in flags(model.assess(case(falling, exam_in=15)))
    assert "decline" not in flags(model.assess(case(checks([62, 63]), exam_in=15)))


def test_repeated_form(model):
    twice = [result(1, "cbssa", 70, 3, form="31"), result(2, "cbssa", 60, 40, form="31")]
    flag = flags(model.assess(case(twice, exam_in=30)))["repeated_form"]
    assert flag["evidence"] == [0] and flag["numbers"][:2] == [1, 3]
    twice[1]["form"] = "30"
    assert "repeated_form" not in flags(model.assess(case(twice, exam_in=30)))
    twice[1].update(form="31", instrument="cbse")
    assert "repeated_form" not in flags(model.assess(case(twice, exam_in=30)))


def test_the_student_who_met_the_rule_and_failed(model):
    """66 on Form 31 and 72 on the old Free 120, the school's rule being 65: told in a forum in 2025. Nothing is certain."""
    told = [result(1, "cbssa", 66, 12, form="31"), result(2, "free120_old", 72, 4, items=120)]
    answer = model.assess(case(told, exam_in=3))
    assert answer["p"] < 0.995 and answer["exam_sd"] > 3
    assert model.assess(case(told, exam_in=3, params="strict-1"))["p"] < 0.985


def test_hysteresis(model):
    """A state that P only just asks for waits for a second assessment; a plain one does not."""
    score = next(s / 10 for s in range(500, 800) if model.assess(case(checks([s / 10]), exam_in=5))["p"] >= 0.85)
    one = case(checks([score]), exam_in=5)
    fresh = model.assess(one)
    assert fresh["state"] == "borderline"
    held = model.assess({**one, "input": {**one["input"], "previous_state": 1}})
    assert (held["state"], held["pending_state_runs"]) == ("at_risk", 1)
    left = model.assess({**one, "input": {**one["input"], "previous_state": 1, "pending_state_runs": 1}})
    assert (left["state"], left["pending_state_runs"]) == ("borderline", 0)
    plain = case(checks([75]), exam_in=5, input={"previous_state": 1})
    assert model.assess(plain)["state"] == "on_track"


def test_every_sentence_is_complete(model):
    answer = model.assess(case(checks([40, 45, 50, 55], form="A"), exam_in=5, input={"enrolled_ms": 1, "last_sync_ms": 0}))
    assert len(answer["flags"]) >= 3
    for flag in answer["flags"]:
        assert flag["text"].endswith(".") and not set("{}") & set(flag["text"])
    for reason in answer["reasons"]:
        assert reason["text"]
