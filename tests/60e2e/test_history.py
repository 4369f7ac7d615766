"""What each night said of every student is kept: by its own run, late, and for nights before the first report."""
import datetime
import json

import pytest

from test_report_night import DAY, NIGHT, UTC, ZONE, small_class  # noqa: F401  (fixture)

COLUMNS = "s.external_id, e.state, e.p, e.readiness_mean, e.exam_mean, e.results_used, e.exam_day, e.last_check_at"


def estimates(office, night=NIGHT):
    rows = office.sql(f"""select {COLUMNS} from core.estimate_night e join core.student s using (school_id, student_id)
                           where e.night = %s order by 1""", (night,))
    return {row[0]: row[1:] for row in rows}


def nights(office):
    return office.sql("select night, source, students from ops.night order by 1")


def at(night, hour=12):
    return datetime.datetime.combine(night, datetime.time(hour), ZONE)


def test_a_night_keeps_what_it_said(small_class, tmp_path):
    office = small_class
    office.report("--out", str(tmp_path))
    assert nights(office) == [(NIGHT, "run", 3)]
    kept = estimates(office)
    assert set(kept) == {"a1", "a2", "a3"} and kept["a1"][1] < kept["a2"][1] and kept["a1"][4] == 3
    for student, p in office.sql("select s.external_id, a.p from core.assessment a join core.student s using (school_id, student_id)"):
        assert kept[student][1] == p

    office.result("a1", at(NIGHT, 1), 90)  # before the night, but nobody knew
    office.report("--out", str(tmp_path), "--force")
    assert estimates(office) == kept and len(nights(office)) == 1


def test_a_night_that_comes_late_says_what_was_so_then(small_class, tmp_path):
    office = small_class
    office.result("a2", at(NIGHT, 3) + datetime.timedelta(milliseconds=1), 30)  # taken after the night, and before now
    office.ctl("assess-all")
    late = office.report("--out", str(tmp_path))
    assert "is done" in late.stdout
    kept = estimates(office)
    assert set(kept) == {"a1", "a2", "a3"} and kept["a2"][4] == 3
    now = office.sql("""select a.results_used, a.p from core.assessment a join core.student s using (school_id, student_id)
                         where s.external_id = 'a2'""")
    assert now[0][0] == 4 and now[0][1] != kept["a2"][1] and nights(office) == [(NIGHT, "run", 3)]


def test_past_nights_are_filled_in_once(small_class, tmp_path):
    office = small_class
    first = NIGHT - 35 * DAY
    said = json.loads(office.ctl("--json", "history", "--from", first.isoformat(), "--every", "7").stdout)
    assert said == {"nights": 6, "kept_before": 0, "students": 3, "estimates": 18, "skipped": 0}
    assert [row[0] for row in nights(office)] == [first + n * 7 * DAY for n in range(6)]
    used = [estimates(office, first + n * 7 * DAY)["a1"][4] for n in range(6)]
    assert used == [0, 1, 2, 2, 3, 3]  # taken at noon 30, 22 and 14 days before the last night
    # The plan was said today; of an attempt nobody had spoken of, what is known today counts.
    assert {row[5] for row in estimates(office, first).values()} == {NIGHT + 20 * DAY, None}

    before = [estimates(office, row[0]) for row in nights(office)]
    office.result("a1", at(first) - 5 * DAY, 99)
    again = json.loads(office.ctl("--json", "history", "--from", first.isoformat(), "--every", "7").stdout)
    assert (again["nights"], again["kept_before"]) == (0, 6)
    assert [estimates(office, row[0]) for row in nights(office)] == before
    # Its own night is kept already, so the report adds nothing to it.
    office.report("--out", str(tmp_path))
    assert nights(office)[-1] == (NIGHT, "history", 3) and estimates(office) == before[-1]


def test_an_interrupted_fill_goes_on(small_class):
    office = small_class
    first = NIGHT - 7 * DAY
    whole = json.loads(office.ctl("--json", "history", "--from", first.isoformat()).stdout)
    rows = [estimates(office, first + n * DAY) for n in range(8)]
    # As if it had been killed after some students, before any night was said to be whole.
    office.sql("set session_replication_role = replica; delete from core.estimate_night where student_id in (select max(student_id) from core.student);"
               "delete from ops.night")
    again = json.loads(office.ctl("--json", "history", "--from", first.isoformat()).stdout)
    assert (whole["estimates"], again["estimates"]) == (24, 8)
    assert [estimates(office, first + n * DAY) for n in range(8)] == rows


def test_an_outcome_counts_from_the_day_it_was_out(office):
    """A school that brings last year's attempts in one file: nobody is a repeater before the failure was known."""
    office.students("b1")
    exam, known, second = NIGHT - 60 * DAY, NIGHT - 40 * DAY, NIGHT + 30 * DAY
    office.ctl("plans", "import", office.csv("exams.csv", ["student_id", "attempt", "planned_on", "taken_on", "outcome", "outcome_known_on"], [
        {"student_id": "b1", "attempt": 1, "planned_on": exam, "taken_on": exam, "outcome": "fail", "outcome_known_on": known},
        {"student_id": "b1", "attempt": 2, "planned_on": second}]))
    office.result("b1", at(exam) - 20 * DAY, 61)
    office.ctl("history", "--from", (exam - 5 * DAY).isoformat())
    days = {night: estimates(office, night)["b1"][5] for night, _, _ in nights(office)}
    assert all(day == (exam if night <= known else second) for night, day in days.items())
    assert days[known] == exam and days[known + DAY] == second


@pytest.mark.parametrize("words, said", [
    ([], "Give --from"),
    (["--from", "2027-02-30"], "--from"),
    (["--from", (NIGHT + 3 * DAY).isoformat(), "--to", (NIGHT + 5 * DAY).isoformat()], "the last night that is over"),
    (["--from", NIGHT.isoformat(), "--to", (NIGHT - DAY).isoformat()], "lies after"),
    (["--from", "2019-01-01"], "more than 1100 nights"),
    (["--from", "2026-01-01", "--every", "0"], "a whole number from 1 to 28"),
])
def test_usage(office, words, said):
    done = office.ctl("history", *words, check=False)
    assert done.returncode == 2 and said in done.stderr
