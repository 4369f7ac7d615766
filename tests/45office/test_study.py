"""What a student reports of studying, as the office sees it: week by week with the goals that stood, on the same grounds as the record; and
the reasons that follow from it, which come, go, and keep quiet while somebody is on leave."""
import datetime as dt

import pytest

from office import Person

TODAY = dt.date.today()
MONDAY = TODAY - dt.timedelta(TODAY.weekday())
STUDY = {"goals_missed", "cramming", "misses_unreviewed", "over_confidence", "panic"}


def monday(ago):
    return str(MONDAY - dt.timedelta(7 * ago))


@pytest.fixture(scope="module")
def school(office):
    """w1 means to do 200 questions a week and tells of less, is sure, and fails every form; w2 tells nothing; w3 has goals alone."""
    office.roster(*({"student_id": f"w{n}", "class_year": 2028, "adviser_email": "alder@school.example"} for n in (1, 2, 3)),
                  {"student_id": "w4", "class_year": 2028})
    office.sql("""
        with s as (select school_id, student_id from core.student where external_id in ('w1', 'w2')),
             plan as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
                      select school_id, student_id, gen_random_uuid(), 2, 1, 1, current_date + 20, now() - interval '90 days' from s)
        insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted,
                                 repeat, instrument, form, items, correct)
        select school_id, student_id, 1, gen_random_uuid(), now(), now() - interval '1 day' - interval '60 days' * k, 0, 5000, 1, 1, false,
               false, 'cbssa', 'f' || k, 200, 100
          from s, generate_series(0, 1) k""")
    say(office, "w1", *((n, 60, 40) for n in (4, 3, 2)))
    goal(office, "w1", monday(5), 200)
    goal(office, "w3", monday(-1), 150)
    return office


def goal(office, who, from_day, questions):
    office.sql("""insert into core.study_goal (school_id, student_id, goal_id, set_at, from_day, questions_a_week, checks_a_week, device_id)
                  select school_id, student_id, gen_random_uuid(), now(), %s::date, %s, 1, 1 from core.student where external_id = %s""",
               [from_day, questions, who])


def say(office, who, *weeks, hour=12):
    """(weeks ago, questions, share of misses gone over); sure as can be. Told on the week's Sunday; of two words the one of the later hour counts."""
    for ago, questions, reviewed in weeks:
        office.sql("""insert into core.study_checkin (school_id, student_id, checkin_id, week_from, made_at, study_minutes, questions, reviewed_percent,
                                                      confidence_percent, device_id)
                      select school_id, student_id, gen_random_uuid(), %s::date, %s::date + 6 + make_time(%s, 0, 0), 1500, %s, %s, 97, 1
                        from core.student where external_id = %s""", [monday(ago), monday(ago), hour, questions, reviewed, who])


@pytest.fixture(scope="module")
def adviser(school):
    with Person(school, "alder@school.example", "Alder Elm", "adviser").settle() as person:
        yield person


def reasons(school, person, who="w1"):
    """The open flags about studying, once everybody is assessed."""
    school.ctl("assess-all")
    return {flag["code"]: flag for flag in person.get(f"/students/{who}").json["flags"] if flag["code"] in STUDY and flag["closed_at"] is None}


def test_weeks_come_newest_first_with_the_goal_of_their_monday(school, adviser):
    study = adviser.get("/students/w1").json["study"]
    assert [week["week_from"] for week in study["weeks"]] == [monday(2), monday(3), monday(4)]
    newest = study["weeks"][0]
    assert (newest["questions"], newest["study_minutes"], newest["reviewed_percent"], newest["confidence_percent"]) == (60, 1500, 40, 97)
    assert [week["questions_goal"] for week in study["weeks"]] == [200, 200, 200]
    assert (study["goal"]["questions_a_week"], study["goal"]["checks_a_week"], study["goal"]["review_minutes_a_week"]) == (200, 1, None)


def test_who_tells_nothing_has_an_empty_list_and_no_reason(school, adviser):
    assert adviser.get("/students/w2").json["study"] == {"goal": None, "weeks": []}
    assert reasons(school, adviser, "w2") == {}
    assert adviser.get("/students/w3").json["study"]["goal"] is None, "it begins next week"


def test_the_reasons_come_and_go_and_keep_quiet_on_leave(school, adviser, dean):
    found = reasons(school, adviser)
    assert set(found) == {"goals_missed", "misses_unreviewed", "over_confidence"}
    assert found["goals_missed"]["text"] == "In 3 of the last 3 weeks reported, fewer questions than planned: 60 a week, the goal being 200."
    assert all(flag["severity"] == "watch" for flag in found.values()), "none of them opens a case"

    leave = dean.post("/students/w1/life-events", {"kind": "leave", "category": "family", "starts_on": str(TODAY)})
    quiet = {mute if isinstance(mute, str) else mute["code"] for mute in dean.get("/students/w1/life-events").json["items"][0]["mutes"]}
    assert {"goals_missed", "misses_unreviewed", "cramming"} <= quiet and not {"over_confidence", "panic"} & quiet, leave.json

    say(school, "w1", (1, 900, 100))  # one good week: the misses were gone over, the goals are still three of four
    assert set(reasons(school, adviser)) == {"goals_missed", "over_confidence"}
    say(school, "w1", (2, 210, 100), hour=13)  # said anew of the week before: two of four
    assert set(reasons(school, adviser)) == {"over_confidence"}
    closed = [flag for flag in adviser.get("/students/w1").json["flags"] if flag["code"] == "goals_missed"]
    assert len(closed) == 1 and closed[0]["closed_at"]


def test_who_may_not_see_the_record_does_not_see_this(school, adviser):
    adviser.get("/students/w4").refused(404, "not_found")
    with Person(school, "aster@school.example", "Aster Elm", "auditor").settle() as auditor:
        auditor.get("/students/w1").refused(403, "no_right")
