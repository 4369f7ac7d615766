"""Rules about how somebody studies: each on a case made for it and on the nearest where it keeps silent; what ends it; and the
engine against the reference on weeks made at random."""

import random

import pytest
import reference
from model import NOW_DAY, case, result

MONDAY = NOW_DAY - (NOW_DAY - 4) % 7  # day 0 was a Thursday
RULES = ("goals_missed", "cramming", "misses_unreviewed", "over_confidence", "panic")


def week(ago, questions=0, hours=0, goal=0, **more):
    """The week that began `ago` weeks before this one, told on its Sunday (this one: today)."""
    from_day = MONDAY - 7 * ago
    return {"from_day": from_day, "said_day": min(from_day + 6, NOW_DAY), "questions": questions, "study_minutes": 60 * hours,
            "goal_questions": goal, **more}


def raised(model, weeks, results=(), exam_in=30, **more):
    answer = model.assess(case(list(results), exam_in=exam_in, weeks=weeks, **more))
    return {flag["code"]: flag for flag in answer["flags"] if flag["code"] in RULES}


def checks(score, n=3, every=7, first=2):
    return [result(i, "cbssa", score, first + every * i) for i in range(n)]


def test_nothing_said_is_nothing_raised(model):
    for exam_in in (None, -3, 0, 10, 60):
        assert not raised(model, [], checks(50), exam_in=exam_in)
    told_nothing = [week(ago, hours=10) for ago in range(1, 6)]  # hours alone: no goal, no confidence, no review
    assert not raised(model, told_nothing, checks(50))


# ------------------------------------------------------------------ goals


def goals(*done, goal=200, first=1):
    return [week(first + i, questions, goal=goal) for i, questions in enumerate(done)]


@pytest.mark.parametrize(
    "weeks, missed",
    [
        (goals(100, 100, 100, 100), 4),
        (goals(100, 100, 100), 3),
        (goals(100, 100), None),  # two say little
        (goals(200, 100, 100, 100), 3),  # one good week does not end it
        (goals(200, 200, 100, 100), None),  # two do
        (goals(100, 200, 200, 200), None),  # nor does one bad one begin it
        (goals(149, 149, 149), 3),
        (goals(150, 150, 150), None),  # three quarters of the goal are enough
        (goals(100, 100, 100, goal=0), None),  # no goal, nothing missed
        (goals(100, 100, first=1) + goals(100, 100, first=4), 3),  # a gap is no week; the one after it ended 31 days ago: too long
        (goals(0, 0, 0, first=5), None),
    ],
)
def test_goals_missed(model, weeks, missed):
    flag = raised(model, weeks).get("goals_missed")
    assert (flag["numbers"][0] if flag else None) == missed


def test_goals_missed_says_so(model):
    flag = raised(model, goals(100, 120, 80, 200))["goals_missed"]
    assert flag["text"] == "In 3 of the last 4 weeks reported, fewer questions than planned: 125 a week, the goal being 200."
    assert flag["severity"] == 2 and flag["evidence"] == []


def test_this_week_is_not_over(model):
    assert not raised(model, [week(0, 10, goal=200)] + goals(100, 100))


def test_what_was_synced_counts_as_done(model):
    """Blocks of 40 on days of the three weeks: 160 a week, whatever the check-in rounds to."""
    blocks = [result(7 * w + d, "qbank_uworld", 55, NOW_DAY + 0.5 - (MONDAY - 7 * w + d + 0.4), items=40) for w in (1, 2, 3) for d in range(4)]
    assert "goals_missed" in raised(model, goals(100, 100, 100))
    assert "goals_missed" not in raised(model, goals(100, 100, 100), blocks)
    assert "goals_missed" in raised(model, goals(100, 100, 100), [{**block, "retracted": True} for block in blocks])


def test_who_is_on_track_is_left_alone(model):
    weeks = [{**one, "reviewed_percent": 10} for one in goals(100, 100, 100, goal=400)]  # a check of 200 is work, too
    assert set(raised(model, weeks, checks(60))) == {"goals_missed", "misses_unreviewed"}
    assert not raised(model, weeks, checks(76), exam_in=20)
    assert not raised(model, weeks, checks(60), exam_in=-1)  # over


# ------------------------------------------------------------------ cramming


@pytest.mark.parametrize(
    "hours, exam_in, found",
    [
        ((60, 20, 22), 10, True),
        ((60, 31, 31), 10, False),  # not twice as long
        ((12, 4, 4), 10, False),  # twice, but eight hours more
        ((60, 20), 10, False),  # nothing to compare with
        ((60, 20, 22), 18, False),  # began 22 days before the exam
        ((60, 20, 22), None, False),
        ((60, 20, 22), -1, False),
        ((30, 60, 20, 22), 6, False),  # the newest week ends it
    ],
)
def test_cramming(model, hours, exam_in, found):
    exam_in = exam_in if exam_in != 18 else 21 - (NOW_DAY - (MONDAY - 7)) + 1
    assert ("cramming" in raised(model, [week(i + 1, hours=h) for i, h in enumerate(hours)], exam_in=exam_in)) == found


def test_cramming_looks_at_the_dedicated_period(model):
    """Twenty hours beside a course and sixty in the weeks meant for it are as they should be."""
    weeks = [week(1, hours=60), week(2, hours=20), week(3, hours=20)]
    assert "cramming" in raised(model, weeks, exam_in=10)
    assert "cramming" not in raised(model, weeks, exam_in=10, input={"dedicated_day": MONDAY - 7})
    flag = raised(model, weeks, exam_in=10)["cramming"]
    assert flag["text"] == "60 hours of study in the last week reported, 20 a week in the 2 weeks before; the exam is in 10 days."


# ------------------------------------------------------------------ review


@pytest.mark.parametrize(
    "weeks, found",
    [
        ([week(i, 100, reviewed_percent=30) for i in (1, 2, 3)], True),
        ([week(i, 100, reviewed_percent=50) for i in (1, 2, 3)], False),
        ([week(i, 100, reviewed_percent=30) for i in (1, 2)], False),
        ([week(i, 39, reviewed_percent=30) for i in (1, 2, 3)], False),  # 117 questions
        ([week(1, 300, reviewed_percent=20), week(2, 100, reviewed_percent=90), week(3, 100, reviewed_percent=90)], True),  # by questions
        ([week(i, 100) for i in (1, 2, 3)], False),  # not said is not zero
        ([week(i, 0, reviewed_percent=0) for i in (1, 2, 3)], False),  # nothing to review
    ],
)
def test_misses_unreviewed(model, weeks, found):
    assert ("misses_unreviewed" in raised(model, weeks)) == found


def test_misses_unreviewed_ends(model):
    weeks = [week(i, 100, reviewed_percent=30) for i in (2, 3, 4)]
    text = "Of what was missed in the last 3 weeks reported 30 % was gone over again, at 100 questions a week; the exam is in 30 days."
    assert raised(model, weeks)["misses_unreviewed"]["text"] == text
    assert "misses_unreviewed" in raised(model, [week(1, 100, reviewed_percent=90)] + weeks)
    assert "misses_unreviewed" not in raised(model, [week(1, 300, reviewed_percent=90)] + weeks)


# ------------------------------------------------------------------ confidence


def says(*percents, first=0):
    return [week(first + i, confidence_percent=percent) for i, percent in enumerate(percents)]


@pytest.mark.parametrize(
    "score, percents, found",
    [
        (52, (90, 85), {"over_confidence"}),
        (52, (90,), set()),  # once is a mood
        (52, (20, 90), set()),  # came round
        (52, (90, 20), set()),
        (60, (90, 90), set()),  # P is lower, but by no more than what is not known
        (74, (20, 30), {"panic"}),
        (74, (20, 90), set()),
        (74, (60, 65), set()),  # modest
        (74, (99, 99), set()),
        (52, (10, 10), set()),  # knows it
    ],
)
def test_confidence(model, score, percents, found):
    assert set(raised(model, says(*percents), checks(score), exam_in=10)) == found


def test_confidence_needs_something_to_be_held_against(model):
    over, low = says(95, 95), says(5, 5)
    assert raised(model, over, checks(50), exam_in=10) and raised(model, low, checks(74), exam_in=10)
    assert not raised(model, low, exam_in=10)  # the pass rate of the group is no evidence about this student
    assert not raised(model, over, checks(50), exam_in=None) and not raised(model, over, checks(50), exam_in=-1)
    assert not raised(model, says(95, 95, first=4), checks(50), exam_in=10)  # said a month ago


def test_confidence_says_so(model):
    answer = model.assess(case(checks(52), exam_in=10, weeks=says(90, 85)))
    flag = {flag["code"]: flag for flag in answer["flags"]}["over_confidence"]
    assert flag["numbers"][:2] == [0.9, answer["p"]] and 0.8 < flag["numbers"][2] < 1 and flag["numbers"][3] == 10
    assert flag["text"].startswith("Stated confidence is 90 %, the estimate ") and flag["text"].endswith("the exam is in 10 days.")


def test_surer_estimates_find_it_earlier(model):
    """It is a test on the posterior: the same P and the same statement, and more known."""
    assert "over_confidence" in raised(model, says(90, 90), checks(55.5, n=6, every=2), exam_in=10)
    assert "over_confidence" not in raised(model, says(90, 90), checks(55.5, n=1), exam_in=10)


# ------------------------------------------------------------------ what is known when


def test_what_is_said_later_is_not_known_yet(model):
    weeks = goals(100, 100, 100)
    assert raised(model, weeks)
    assert not raised(model, [{**weeks[0], "said_day": NOW_DAY + 1}] + weeks[1:])


def test_an_estimate_does_not_look_at_it(model):
    plain = model.assess(case(checks(60), exam_in=20))
    told = model.assess(case(checks(60), exam_in=20, weeks=[week(i, 10, 5, 200, confidence_percent=99, reviewed_percent=0) for i in range(9)]))
    assert len(told["flags"]) > len(plain["flags"])
    assert {k: v for k, v in told.items() if k != "flags"} == {k: v for k, v in plain.items() if k != "flags"}


def random_weeks(rng):
    weeks, mood, last = [], rng.choice((5, 50, 95)), rng.choice((1, 2, 3))
    for ago in range(rng.choice((0, 1, 3, 5, 10))):
        if rng.random() < 0.15:
            continue
        more = {"reviewed_percent": rng.randrange(101), "confidence_percent": mood + rng.randrange(-5, 6)}
        more = {key: value for key, value in more.items() if rng.random() < 0.8}
        one = week(ago, rng.randrange(300), rng.randrange(10, 25) * (last if ago < 2 else 1), rng.choice((0, 200, 400)), **more)
        weeks.append({**one, "said_day": one["from_day"] + rng.randrange(12)})
    return weeks


def test_random_weeks(model):
    """Every rule, its numbers and its silence, from the reference's own equations."""
    rng, seen = random.Random(20260102), dict.fromkeys(RULES, 0)
    for _ in range(600):
        level, codes = rng.uniform(45, 78), ("cbssa", "cbssa", "qbank_uworld")
        results = [result(i, rng.choice(codes), level + rng.uniform(-4, 4), rng.uniform(0, 40), items=rng.choice((0, 40, 200)))
                   for i in range(rng.choice((0, 2, 5, 12)))]
        given = {"dedicated_day": NOW_DAY - rng.randrange(60)} if rng.random() < 0.5 else {}
        one = case(results, exam_in=rng.choice((None, rng.randrange(-5, 40), rng.randrange(0, 20))), weeks=random_weeks(rng), input=given)
        if rng.random() < 0.4:
            one["set"] = {"recalibration_intercept_first": repr(rng.uniform(-1, 1)), "recalibration_slope_first": repr(rng.uniform(0.4, 2))}
        answer = model.assess(one)
        got = {flag["code"]: flag["numbers"] for flag in answer["flags"] if flag["code"] in RULES}
        want = reference.study_flags(one, answer["state"])
        assert got.keys() == want.keys(), one
        for code, numbers in want.items():
            assert got[code] == pytest.approx(numbers, abs=1e-9), code
            seen[code] += 1
    assert all(n >= 10 for n in seen.values()), seen
