"""What is computed on the spot for a student's page agrees with what is stored, and with itself."""
import datetime as dt

import pytest

from office import Person

TODAY = dt.date.today()


@pytest.fixture(scope="module")
def school(office):
    office.roster({"student_id": "e1", "class_year": 2028, "adviser_email": "rowan@school.example"}, {"student_id": "e2", "class_year": 2028})
    office.sql("""
        with s as (select school_id, student_id from core.student where external_id = 'e1'),
             plan as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
                      select school_id, student_id, gen_random_uuid(), 2, 1, 1, current_date + 30, now() - interval '90 days' from s)
        insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted,
                                 repeat, instrument, form, items, correct, subs)
        select school_id, student_id, 1, gen_random_uuid(), now(), now() - interval '1 day' - interval '15 days' * k, 0, 5800 - 100 * k, 1, 1, false,
               false, 'cbssa', 'f' || k, 200, 116 - 2 * k, '\\x01001c000a'::bytea || '\\x020010000e'::bytea
          from s, generate_series(0, 4) k""")
    office.sql("update core.progress p set version = version + 1 from core.student s where s.student_id = p.student_id and s.external_id like 'e%'")
    office.ctl("assess-all")
    return office


@pytest.fixture(scope="module")
def adviser(school):
    with Person(school, "rowan@school.example", "Rowan Elm", "adviser").settle() as person:
        yield person


def test_it_agrees_with_the_estimate_in_force(school, adviser):
    page, now = adviser.get("/students/e1").json, adviser.get("/students/e1/estimate").json
    assert now["planned_day"] == now["exam_day"] == page["assessment"]["exam_day"] == str(TODAY + dt.timedelta(30))
    for name in ("p", "readiness_mean", "exam_mean", "exam_sd"):  # minutes have passed
        assert now[name] == pytest.approx(page["assessment"][name], abs=0.01), name
    assert now["results_used"] == 5 and now["parameters"] == page["assessment"]["parameters"]


def test_the_curve_is_of_today_and_later_and_meets_the_estimate(adviser, school):
    now = adviser.get("/students/e1/estimate").json
    by_day = {point["day"]: point["p"] for point in now["curve"]}
    assert by_day[now["exam_day"]] == pytest.approx(now["p"], abs=1e-9)
    assert min(by_day) >= str(TODAY - dt.timedelta(1)) and len(by_day) in (90, 91, 92)
    if now["earliest_day"]:
        assert by_day[now["earliest_day"]] > max(p for day, p in by_day.items() if day < now["earliest_day"])


def test_another_day_changes_the_estimate_and_nothing_that_is_stored(adviser, school):
    before = adviser.get("/students/e1").json
    day = str(TODAY + dt.timedelta(3))
    moved = adviser.get(f"/students/e1/estimate?exam_day={day}").json
    assert moved["exam_day"] == day and moved["planned_day"] == before["assessment"]["exam_day"]
    assert moved["p"] < adviser.get("/students/e1/estimate").json["p"]
    assert adviser.get("/students/e1").json == before


def test_a_day_asked_for_lies_on_the_curve(adviser, school):
    by_day = {point["day"]: point["p"] for point in adviser.get("/students/e1/estimate").json["curve"]}
    for ahead in (3, 20, 55, 80):
        day = str(TODAY + dt.timedelta(ahead))
        assert adviser.get(f"/students/e1/estimate?exam_day={day}").json["p"] == pytest.approx(by_day[day], abs=1e-4), day


def test_history_ends_today_and_areas_carry_their_numbers(adviser, school):
    now = adviser.get("/students/e1/estimate").json
    days = [point["day"] for point in now["history"]]
    assert days == sorted(set(days)) and days[0] <= str(TODAY - dt.timedelta(60))
    assert now["history"][-1]["mean"] == pytest.approx(now["readiness_mean"], abs=1e-6)
    assert {(area["items"], area["correct"], area["forms"]) for area in now["areas"]} == {(28 * 5, 10 * 5, 5), (16 * 5, 14 * 5, 5)}


def test_each_result_says_what_it_says_on_one_scale(adviser, school):
    now = adviser.get("/students/e1/estimate").json
    assert [look["epc"] for look in now["looks"]] == pytest.approx([58, 57, 56, 55, 54]), "CBSSA is the scale itself; newest first"
    assert all(look["check"] and not look["repeated"] and 0 < look["epc_sd"] < 10 for look in now["looks"])
    newest = max(adviser.get("/students/e1/results").json["items"], key=lambda result: result["taken_at"])
    assert now["looks"][0]["result_id"] == newest["result_id"]
    assert 50 < now["pass_line"] < 70 and 0.5 < now["floor"] < now["ceiling"] < 1


def test_a_student_with_nothing_has_the_base_rate(school, dean):
    now = dean.get("/students/e2/estimate").json
    assert now["p"] == pytest.approx(now["base_rate"]) and now["exam_day"] is None and now["areas"] == [] and len(now["history"]) == 1


def test_who_may_not_see_the_student_is_told_so_and_both_are_on_the_trail(school, adviser):
    adviser.get("/students/e2/estimate").refused(404, "not_found")
    adviser.get("/students/e1/estimate?exam_day=soon").refused(422, "invalid")
    assert adviser.get("/students/e1/estimate").status == 200
    rows = school.sql("""select status, cardinality(students) from audit.event where action = 'student_estimate' and staff_id = %s
                         order by event_id desc limit 2""", (adviser.staff_id,))
    assert rows == [(200, 1), (404, 0)]
