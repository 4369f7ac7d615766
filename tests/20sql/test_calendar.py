"""The calendar through the years, and against a plain model: leap days, month ends, changes of the clock, three zones at one instant."""

import calendar
import datetime
import itertools
import json
import os
import subprocess
import uuid
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

URL, SQL = os.environ["SG_SQL_URL"], os.environ["SG_SQL_DIR"]
MIGRATE = os.path.join(os.environ["SG_SQL_BUILD"], "tests", "sql_migrate")
ZONES = {"east": "America/New_York", "mid": "Europe/Berlin", "far": "Asia/Kolkata"}
UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def sql():
    """One session as the owner, on a database with three schools, each with one student of the class of 2028 and one person."""
    name = "calendar_" + uuid.uuid4().hex[:8]
    with psycopg.connect(f"{URL} user=postgres", autocommit=True) as admin:
        admin.execute(f"create database {name}")
        url = URL.replace("dbname=stepguard", f"dbname={name}")
        done = subprocess.run([MIGRATE, url, SQL], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        with psycopg.connect(f"{url} user=postgres") as session:
            session.execute("set role sg_owner")
            session.execute("select set_config('sg.scope', '*|*', false)")
            for code, zone in ZONES.items():
                session.execute("with s as (insert into core.school (code, name, zone) values (%s, %s, %s) returning school_id), "
                                "t as (insert into core.staff (school_id, email, name, roles) select school_id, 'd@x', 'D', '{dean}' from s) "
                                "insert into core.student (school_id, external_id, class_year) select school_id, '1', 2028 from s", (code, code, zone))
            session.commit()
            yield session
        admin.execute(f"drop database {name} with (force)")


class School:
    """What one example writes, undone afterwards; and the calendar of the one student."""

    def __init__(self, sql, code):
        self.sql = sql
        self.school, self.student, self.staff = sql.execute(
            "select s.school_id, t.student_id, p.staff_id from core.school s join core.student t using (school_id) "
            "join core.staff p using (school_id) where s.code = %s",
            [code]).fetchone()
        self.said = itertools.count()

    def say(self, action, attempt, day=None, outcome=None, known=None, permit=(None, None)):
        made = datetime.datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=next(self.said))
        self.sql.execute("insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, permit_from, permit_to, outcome, "
                         "outcome_known_on, made_at) values (%s, %s, %s, 2, %s, %s, %s, %s, %s, %s, %s, %s)",
                         (self.school, self.student, uuid.uuid4(), action, attempt, day, *permit, outcome, known, made))

    def rule(self, code, value, since=date(2000, 1, 1), item="", year=None, revision=1):
        day, number = (value, None) if isinstance(value, date) else (None, value)
        self.sql.execute("insert into core.calendar_rule (school_id, code, class_year, item, revision, day, number, valid_from, set_by, set_at) "
                         "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, now())",
                         (self.school, code, year, item, revision, day, number, since, self.staff))

    def at(self, as_of):
        row = self.sql.execute("select core.calendar_of(%s, %s, %s)", (self.school, self.student, as_of)).fetchone()[0]
        return {key: date.fromisoformat(value) if key.endswith(("_on", "_from", "_to", "_by")) or key == "today" and value else value
                for key, value in row.items() if value is not None}


@pytest.fixture
def school(sql):
    yield lambda code="east": School(sql, code)
    sql.rollback()
    sql.execute("set role sg_owner")
    sql.execute("select set_config('sg.scope', '*|*', false)")


def noon(day, zone="America/New_York"):
    return datetime.datetime.combine(day, datetime.time(12), ZoneInfo(zone))


# ---------------------------------------------------------------- the model: days one by one, months by hand


def plus_months(day, months):
    """The same day so many months on, or the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def result_day(exam, weeks):
    day = exam + timedelta(weeks=weeks)
    while day.strftime("%a") != "Wed":
        day += timedelta(days=1)
    return day


def exam_for(by, weeks):
    day = by
    while result_day(day, weeks) > by:
        day -= timedelta(days=1)
    return day


def lawful(day, sat):
    """Whether an exam on this day is allowed after those: at most three in twelve months; the fourth a year after the first and half a year after the last."""
    if sum(plus_months(before, 12) > day for before in sat) >= 3:
        return False
    return len(sat) < 3 or (day >= plus_months(min(sat), 12) and day >= plus_months(max(sat), 6))


def first_lawful(sat):
    """Walks from the last attempt to the first day that is allowed; None where the rules between attempts say nothing."""
    if len(sat) < 3:
        return None
    day = max(sat)
    while not lawful(day, sat):
        day += timedelta(days=1)
    return day


def model(today, world):
    """The calendar by the words of sql/core/calendar_rows.sql. world: sat [(day, known)], all failed but perhaps the last, which may wait; planned; permit;
    rules."""
    rules = world["rules"]
    weeks, limit = rules.get("result_weeks", 8), min(rules.get("attempt_limit", 4), 4)
    sat = [day for day, _ in world["sat"]]
    waits = world["waits"]
    exam = sat[-1] if waits else world["planned"]
    permit = world["permit"] if exam and not waits else (None, None)
    is_open = not waits and len(sat) < limit
    out = {"today": today, "attempts_used": len(sat), "attempts_left": max(limit - len(sat), 0), "exam_on": exam}
    if exam:
        out["result_typical_on"] = result_day(exam, min(4, weeks))
        out["result_plan_on"] = result_day(exam, weeks)
    passed_latest = exam_for(rules["passed_by"], weeks) if "passed_by" in rules else None
    block_latest = None
    for _, start in sorted(rules.get("blocks", {}).items(), key=lambda item: (item[1], item[0])):
        latest = exam_for(start - timedelta(days=rules.get("lockout_days", 0)), weeks)
        if latest >= (exam if waits else today):
            block_latest = latest
            break
    failures = world["sat"][:-1] if waits else world["sat"]
    known = max((k for _, k in failures), default=None)
    spaced = first_lawful(sat) if is_open else None
    studied = known + timedelta(weeks=rules["study_weeks"]) if is_open and known and rules.get("study_weeks") else None
    if is_open:
        out["earliest_on"] = max(filter(None, (permit[0], spaced, studied)), default=None)
        out["latest_on"] = min(filter(None, (permit[1], rules.get("taken_by"), passed_latest, block_latest)), default=None)
        anchor = min(filter(None, (exam, out["latest_on"])), default=None)
        if anchor and not (out["earliest_on"] and out["latest_on"] and out["earliest_on"] > out["latest_on"]):
            out["last_safe_on"] = anchor - timedelta(days=rules.get("notice_days", 6))
    after = sat if waits else sat + [exam]
    if exam and len(after) < limit:
        back = out["result_typical_on"] + timedelta(weeks=rules.get("study_weeks", 0))
        out["retake_on"] = max(filter(None, (first_lawful(after), back)))
    return {key: value for key, value in out.items() if value is not None}


def write(school, world):
    for n, (day, known) in enumerate(world["sat"], 1):
        school.say(3, n, day)
        if not (world["waits"] and n == len(world["sat"])):
            school.say(4, n, outcome=2, known=known)
    if world["planned"] and not world["waits"]:
        school.say(1, len(world["sat"]) + 1, world["planned"], permit=world["permit"])
    for code, value in world["rules"].items():
        if code == "blocks":
            for name, start in value.items():
                school.rule("block_start", start, item=name)
        else:
            school.rule(code, value)


DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))
# Days where months and years end weigh more than chance would give them.
EDGES = st.sampled_from([date(y, m, d) for y in (2026, 2027, 2028) for m, d in ((1, 31), (2, 28), (3, 1), (8, 31), (12, 31), (1, 1), (5, 31))]
                        + [date(2028, 2, 29)])


@st.composite
def worlds(draw):
    first = draw(st.one_of(st.dates(date(2024, 1, 1), date(2027, 12, 31)), EDGES, st.just(date(2024, 2, 29))))
    sat = []
    for gap in draw(st.lists(st.one_of(st.integers(30, 500), st.sampled_from((181, 184, 365, 366))), max_size=3)):
        known = result_day(first, 3)
        sat.append((first, known))
        first = known + timedelta(days=gap - 30)
    rules = draw(st.fixed_dictionaries({}, optional={
        "taken_by": DAYS, "passed_by": DAYS, "attempt_limit": st.integers(1, 6), "lockout_days": st.integers(0, 60), "study_weeks": st.integers(0, 30),
        "result_weeks": st.integers(1, 20), "notice_days": st.integers(0, 40),
        "blocks": st.dictionaries(st.sampled_from(("A", "B", "C")), DAYS, min_size=1)}))
    permit_from = draw(DAYS)
    permit = draw(st.sampled_from([(None, None), (permit_from, plus_months(permit_from, 3)), (None, permit_from), (permit_from, None)]))
    return {"sat": sat, "waits": bool(sat) and draw(st.booleans()), "planned": draw(st.none() | DAYS | EDGES), "permit": permit, "rules": rules}


INSTANTS = st.builds(lambda day, minute: datetime.datetime.combine(day, datetime.time(), UTC) + timedelta(minutes=minute), DAYS | EDGES, st.integers(0, 1439))
PROPERTY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@PROPERTY
@given(worlds(), INSTANTS, st.sampled_from(sorted(ZONES)))
def test_every_day_is_the_models(sql, world, as_of, code):
    try:
        school = School(sql, code)
        write(school, world)
        row = school.at(as_of)
        want = model(as_of.astimezone(ZoneInfo(ZONES[code])).date(), world)
        names = {"today", "attempts_used", "attempts_left", "exam_on", "result_typical_on", "result_plan_on", "earliest_on", "latest_on", "last_safe_on",
            "retake_on"}
        assert {key: value for key, value in row.items() if key in names} == want
        assert school.at(as_of) == row  # and again
        assert ("limit_reached" in row["breaks"]) == (not world["waits"] and want["attempts_left"] == 0)
        if "earliest_on" in want and "exam_on" in want:
            bounds = [day for day in (first_lawful([d for d, _ in world["sat"]]),) if day]
            assert all(want["earliest_on"] >= day for day in bounds)
        # Each day that is there says by which rules, and the first of them made it.
        for key in ("earliest_on", "latest_on", "retake_on"):
            reasons = row["rules"].get(key)
            assert (reasons is not None) == (key in row)
            if reasons:
                days = [date.fromisoformat(reason["day"]) for reason in reasons]
                assert days[0] == row[key] == (min(days) if key == "latest_on" else max(days))
    finally:
        sql.rollback()
        sql.execute("set role sg_owner")
        sql.execute("select set_config('sg.scope', '*|*', false)")


@PROPERTY
@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 25))
def test_a_longer_wait_for_results_never_gives_more_time(sql, day, weeks):
    sooner, later, back, further = sql.execute(
        "select core.result_day(%(d)s, %(w)s, 3), core.result_day(%(d)s, %(w)s + 1, 3), "
        "core.exam_day_for(%(d)s, %(w)s, 3), core.exam_day_for(%(d)s, %(w)s + 1, 3)",
        {"d": day, "w": weeks}).fetchone()
    assert sooner == result_day(day, weeks) < later and back == exam_for(day, weeks) > further


@PROPERTY
@given(st.lists(st.dates(date(2023, 12, 1), date(2027, 12, 31)) | EDGES, min_size=1, max_size=6, unique=True))
def test_the_first_day_that_is_allowed_is_allowed_and_the_day_before_is_not(sql, sat):
    sat = sorted(sat, reverse=True)
    day = sql.execute("select core.next_attempt_day(%s::date[], 3, 12, 4, 12, 6)", [sat]).fetchone()[0]
    assert day == first_lawful(sat)
    if day:
        assert lawful(day, sat) and not lawful(day - timedelta(days=1), sat)


# ---------------------------------------------------------------- days that calendars trip over


@pytest.mark.parametrize("sat, want, rule", [
    ((date(2028, 2, 29), date(2028, 5, 1), date(2028, 8, 15)), date(2029, 2, 28), "window_attempts"),  # 29 February and a year
    ((date(2027, 2, 28), date(2027, 5, 1), date(2027, 8, 15)), date(2028, 2, 28), "window_attempts"),  # into a leap year: the same day
    ((date(2026, 1, 10), date(2026, 4, 10), date(2026, 8, 31)), date(2027, 2, 28), "after_last_months"),  # 31 August and half a year
    ((date(2027, 1, 10), date(2027, 4, 10), date(2027, 8, 31)), date(2028, 2, 29), "after_last_months"),  # the same before a leap year
    ((date(2026, 1, 10), date(2026, 4, 10), date(2026, 12, 31)), date(2027, 6, 30), "after_last_months"),
    ((date(2026, 12, 31), date(2027, 1, 31), date(2027, 3, 1)), date(2027, 12, 31), "window_attempts")])
def test_months_end(school, sat, want, rule):
    east = school()
    for n, day in enumerate(sat, 1):
        east.say(3, n, day)
        east.say(4, n, outcome=2, known=day + timedelta(days=25))
    row = east.at(noon(sat[-1] + timedelta(days=30)))
    assert row["earliest_on"] == want and row["rules"]["earliest_on"][0]["rule"] == rule
    assert row["attempts_left"] == 1


def test_one_instant_is_two_days(school):
    """New York still has the old year when Berlin and Kolkata have the new one."""
    at = datetime.datetime(2027, 1, 1, 4, 30, tzinfo=UTC)
    days = {}
    for code in ZONES:
        one = school(code)
        one.rule("notice_days", 20, since=date(2027, 1, 1))
        one.say(1, 1, date(2027, 3, 1))
        row = one.at(at)
        days[code] = row["today"], row["last_safe_on"]
    assert days == {"east": (date(2026, 12, 31), date(2027, 2, 23)), "mid": (date(2027, 1, 1), date(2027, 2, 9)), "far": (date(2027, 1, 1), date(2027, 2, 9))}


@pytest.mark.parametrize("code, instant, today", [
    ("east", "2027-03-14T06:59:59Z", date(2027, 3, 14)),  # 01:59:59; the next second is 03:00
    ("east", "2027-03-14T07:30:00Z", date(2027, 3, 14)),  # what a clock that missed the change calls 02:30
    ("east", "2027-03-14T04:59:59Z", date(2027, 3, 13)), ("east", "2027-03-15T03:59:59Z", date(2027, 3, 14)),
    ("east", "2027-03-15T04:00:00Z", date(2027, 3, 15)),
    ("east", "2027-11-07T05:30:00Z", date(2027, 11, 7)), ("east", "2027-11-07T06:30:00Z", date(2027, 11, 7)),  # 01:30, twice
    ("east", "2027-11-08T04:59:59Z", date(2027, 11, 7)), ("east", "2027-11-08T05:00:00Z", date(2027, 11, 8)),
    ("mid", "2027-03-28T00:30:00Z", date(2027, 3, 28)), ("mid", "2027-03-27T22:59:59Z", date(2027, 3, 27)), ("mid", "2027-03-28T22:00:00Z", date(2027, 3, 29)),
    ("mid", "2027-10-31T00:30:00Z", date(2027, 10, 31)), ("mid", "2027-10-31T01:30:00Z", date(2027, 10, 31)),
    ("mid", "2027-10-31T23:00:00Z", date(2027, 11, 1)),
    ("far", "2028-02-28T18:29:59Z", date(2028, 2, 28)), ("far", "2028-02-28T18:30:00Z", date(2028, 2, 29)), ("far", "2028-02-29T18:30:00Z", date(2028, 3, 1))])
def test_the_schools_day_when_the_clock_changes(school, code, instant, today):
    assert school(code).at(instant)["today"] == today


def test_a_rule_begins_at_the_schools_midnight_on_the_day_the_clock_changes(school):
    east = school()
    east.say(1, 1, date(2027, 6, 1))
    east.rule("notice_days", 10, since=date(2027, 3, 15))
    assert east.at("2027-03-15T03:59:59Z")["last_safe_on"] == date(2027, 5, 26)
    assert east.at("2027-03-15T04:00:00Z")["last_safe_on"] == date(2027, 5, 22)


def test_the_usmles_own_limit_changed_in_2021(school):
    east = school()
    for n in range(1, 5):
        east.say(4, n, outcome=2, known=date(2015 + n, 6, 1))
    assert [east.at(noon(day))["attempts_left"] for day in (date(2021, 6, 30), date(2021, 7, 1))] == [2, 0]


def test_the_last_of_two_versions_of_one_day_counts_and_a_class_goes_before_all(school):
    east = school()
    east.rule("taken_by", date(2027, 5, 1))
    east.rule("taken_by", date(2027, 6, 1), revision=2)
    at = noon(date(2027, 1, 4))
    assert east.at(at)["latest_on"] == date(2027, 6, 1)
    east.rule("taken_by", date(2027, 4, 1), year=2028)
    assert east.at(at)["latest_on"] == date(2027, 4, 1)
    assert east.at(at)["rules"]["latest_on"][0] == {"rule": "taken_by", "by": "school", "version": 1, "valid_from": "2000-01-01", "value": "2027-04-01",
                                                    "day": "2027-04-01"}
    east.rule("taken_by", None, year=2028, revision=2)  # withdrawn: this class has none, not that of all
    assert "latest_on" not in east.at(at)
    east.rule("taken_by", date(2027, 7, 1), year=2029)
    assert "latest_on" not in east.at(at)


def test_the_year_ends_between_exam_and_result(school):
    east = school()
    east.say(1, 1, date(2027, 12, 15))
    row = east.at(noon(date(2027, 12, 1)))
    assert (row["result_typical_on"], row["result_plan_on"]) == (date(2028, 1, 12), date(2028, 2, 9))
    east.rule("passed_by", date(2028, 2, 8))  # a Tuesday: the result of Wednesday would be a day late
    assert east.at(noon(date(2027, 12, 1)))["latest_on"] == date(2027, 12, 8)
    assert "result_after_deadline" in east.at(noon(date(2027, 12, 1)))["breaks"]


def test_a_block_is_the_path_until_its_last_exam_day_is_over(school):
    east = school()
    east.rule("block_start", date(2027, 5, 3), item="A")
    east.rule("block_start", date(2027, 8, 2), item="B")
    last = date(2027, 3, 3)  # its result is to be planned with for 28 April
    rows = [east.at(noon(day)) for day in (last, last + timedelta(days=1))]
    assert [(row["block"], row["latest_on"]) for row in rows] == [("A", last), ("B", date(2027, 6, 2))]
    east.say(3, 1, last)
    assert east.at(noon(date(2027, 4, 1)))["block"] == "A" and "result_after_block" not in east.at(noon(date(2027, 4, 1)))["breaks"]


def test_one_row_of_many_is_that_of_one(sql, school):
    """The set-based form and the form for one student are the same statement; with and without a list of students too."""
    east = school()
    ids = [r[0] for r in sql.execute("insert into core.student (school_id, external_id, class_year) select %s, 'n' || n, 2026 + n %% 4 "
                                     "from generate_series(1, 40) n returning student_id", [east.school])]
    for n, student in enumerate(ids):
        east.student = student
        if n % 3:
            east.say(1, 1, date(2027, 1, 1) + timedelta(days=n))
        if n % 5 == 0:
            east.say(3, 1, date(2026, 12, 1))
            east.say(4, 1, outcome=1 + n % 2)
    east.rule("passed_by", date(2027, 4, 1), year=2027)
    at = noon(date(2027, 1, 5))
    whole = {r[0]: r[1] for r in sql.execute("select student_id, to_jsonb(r) - 'student_id' from core.calendar_rows(%s, %s) r", (east.school, at))}
    assert set(ids) < set(whole)
    for student in ids:
        assert json.loads(json.dumps(whole[student])) == sql.execute("select core.calendar_of(%s, %s, %s)", (east.school, student, at)).fetchone()[0]
