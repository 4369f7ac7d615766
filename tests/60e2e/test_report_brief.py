"""What the brief says: held to a page of known facts, line by line, and made for a school of thousands."""
import datetime
import json
import os
import pathlib
import time

import pytest

from test_report_night import DAY, NIGHT, ZONE, files, lines, night

GOLDEN = pathlib.Path(__file__).parent / "golden"

# A class of made-up people on fixed days, one of each list. They are on the roster since January, and four nights pass: of two there
# is a run. Whatever a person does is put down as the office would.
PEOPLE = {
    "g01": "falls: new", "g02": "climbs: recovered", "g03": "at risk, and falls further: worsened", "g04": "was resolved, falls: regressed",
    "g05": "the case's day is over, and that of a task", "g06": "silent", "g07": "never in contact", "g08": "silent on leave: not listed",
    "g09": "clearance is due", "g10": "somebody acted, nothing follows", "g11": "sits soon, and nothing is known", "g12": "tutoring ended",
}
BEFORE, GOLDEN_NIGHT = datetime.date(2026, 2, 27), datetime.date(2026, 3, 2)
SCORES = {"g01": [66, 68, 67], "g02": [60, 60, 60], "g03": [42, 43, 42], "g04": [42, 41, 42], "g05": [41, 42, 42], "g06": [68, 69, 70],
          "g08": [70, 71, 70], "g09": [70, 71, 72], "g10": [42, 40, 41], "g12": [40, 42, 41]}
SINCE = {"g01": 50, "g02": 68, "g03": 30, "g04": 28}
EXAMS = {"g01": 12, "g02": 40, "g03": 35, "g04": 36, "g05": 34, "g06": 25, "g08": 50, "g09": 10, "g10": 37, "g11": 6, "g12": 38}

# While the first night is over and the second has not come.
MEANWHILE = """
insert into core.staff (school_id, email, name, roles, status) select school_id, 'dean@school.example', 'Quill Rowan', '{dean}', 'active' from core.school;
create temp table c as select c.*, s.external_id from core.case_file c join core.student s using (school_id, student_id);
update core.case_file f set state = 'resolved', resolution = 'met', acted_at = '2026-02-27 15:00Z', revision = 2, mark_p = 0.5, mark_delta = 0.1
  from c where c.external_id = 'g04' and f.case_id = c.case_id;
insert into core.case_event (school_id, case_id, student_id, at, staff_id, verb, from_state, to_state, revision)
  select school_id, case_id, student_id, '2026-02-27 15:00Z', 1, 'resolve', 'new', 'resolved', 2 from c where external_id = 'g04';
update core.case_reason r set closed_at = '2026-02-27 15:00Z' from c where c.external_id = 'g04' and r.case_id = c.case_id;
update core.case_file f set due_on = '2026-02-28' from c where c.external_id = 'g05' and f.case_id = c.case_id;
insert into core.case_task (school_id, case_id, student_id, title, owner_id, due_on, created_by, created_at)
  select school_id, case_id, student_id, 'Call at home', 1, '2026-03-01', 1, '2026-02-27 15:00Z' from c where external_id = 'g05';
update core.case_file f set state = 'in_progress', acted_at = '2026-02-26 15:00Z', due_on = '2026-03-20', revision = 2
  from c where c.external_id in ('g10', 'g12') and f.case_id = c.case_id;
insert into core.case_event (school_id, case_id, student_id, at, staff_id, verb, from_state, to_state, revision)
  select school_id, case_id, student_id, '2026-02-27 15:00Z', 1, 'contact', 'new', 'in_progress', 2 from c where external_id in ('g10', 'g12');
insert into core.case_plan_item (school_id, case_id, student_id, kind, starts_on, ends_on, state, created_by, created_at, changed_at)
  select school_id, case_id, student_id, 'tutoring', '2026-02-20', '2026-02-28', 'agreed', 1, '2026-02-20 15:00Z', '2026-02-20 15:00Z'
    from c where external_id = 'g12';
insert into core.policy (school_id, version, state, rule, reason, created_by, created_at, changed_by, changed_at, activated_by, activated_at)
  select s.school_id, 1, 'active', p.rule, 'Ours', 1, '2026-02-01', 1, '2026-02-01', 1, '2026-02-01'
    from core.school s, core.policy_examples() p where p.name = 'shared-form';
insert into ops.job (school_id, kind, args, state, why, asked_at, finished_at)
  select school_id, 'replay', '{}', 'failed', 'The set of parameters cannot be read.', '2026-02-28 15:00Z', '2026-02-28 15:05Z' from core.school;
update ops.import set imported_at = '2026-01-15 15:00Z', applied_at = '2026-01-15 15:00Z';
update ops.import set applied_at = '2026-02-28 15:00Z' where kind = 'plans';
"""


@pytest.fixture
def golden_class(office):
    """The class as the second night finds it; the office's clock stands in that morning."""
    office.sql(f"alter database stepguard set sg.now = '{BEFORE} 09:00Z'")
    try:
        office.students(*PEOPLE)
        office.ctl("plans", "import", office.csv("exams.csv", ["student_id", "attempt", "planned_on"], [
            {"student_id": s, "attempt": 1, "planned_on": (GOLDEN_NIGHT + days * DAY).isoformat()} for s, days in EXAMS.items()]))
        office.sql("update core.plan_change set made_at = '2026-01-15 15:00Z'")
        office.sql("""update core.progress p set enrolled_at = '2026-01-20 15:00Z', last_sync_at = x.at::timestamptz
                        from core.student s
                        left join (values ('g06', '2026-02-10 15:00Z'), ('g08', '2026-02-01 15:00Z'), ('g07', null)) x(id, at) on x.id = s.external_id
                       where s.student_id = p.student_id""")
        office.sql("""update core.progress p set last_sync_at = '2026-03-01 23:00Z' from core.student s
                       where s.student_id = p.student_id and s.external_id not in ('g06', 'g07', 'g08')""")
        for student, scores in SCORES.items():
            for i, score in enumerate(scores):
                office.result(student, datetime.datetime.combine(BEFORE - (22 - 7 * i) * DAY, datetime.time(12), ZONE), score, form=str(28 + i))
        office.report("--date", BEFORE.isoformat(), "--out", f"{office.dir}/golden")
        office.sql(MEANWHILE)
        office.sql("""insert into core.life_event (school_id, student_id, kind, category, starts_on, noted_by, noted_at)
                      select school_id, student_id, 'leave', 'family', '2026-02-01', 1, '2026-02-01' from core.student where external_id = 'g08'""")
        for student, score in SINCE.items():
            office.result(student, datetime.datetime.combine(BEFORE + DAY, datetime.time(12), ZONE), score, form="33")
        office.sql(f"alter database stepguard set sg.now = '{GOLDEN_NIGHT} 09:00Z'")
        yield office
    finally:
        office.sql("alter database stepguard reset sg.now")


def test_every_line_of_a_made_up_class(golden_class, tmp_path):
    """SG_GOLDEN=write takes what comes out for what shall."""
    golden_class.report("--date", GOLDEN_NIGHT.isoformat(), "--out", str(tmp_path))
    text = (tmp_path / GOLDEN_NIGHT.isoformat() / "brief.json").read_text()
    if os.environ.get("SG_GOLDEN") == "write":
        (GOLDEN / "brief.json").write_text(text)
    assert json.loads(text) == json.loads((GOLDEN / "brief.json").read_text())
    assert text == (GOLDEN / "brief.json").read_text()
    who = {of["code"]: " ".join(line["student_id"] for line in of["lines"]) for of in json.loads(text)["lists"]}
    assert {code: who[code] for code in ("new", "worsened", "regressed", "recovered", "silent", "never_synced", "clearance_due")} == {
        "new": "g01", "worsened": "g03", "regressed": "g04", "recovered": "g02", "silent": "g06", "never_synced": "g07",
        "clearance_due": "g11 g09 g01 g06"}
    assert (who["overdue"], who["no_follow_up"]) == ("g11 g05", "g10 g12") and who["exams"].startswith("g01") and "g11" in who["exams"]


CROWD = 20000 if os.environ.get("SG_LONG") else 1000

# A school in SQL: exams over half a year, four results each around the pass line, half of them enrolled, some silent.
CROWD_SQL = """
set client_min_messages = warning;
select api.roster_import('demo', 'crowd.csv', (select jsonb_agg(jsonb_build_object('student_id', 'c' || lpad(i::text, 5, '0'), 'given_name', 'Sage',
  'family_name', 'Alder', 'class_year', 2027 + i % 3, 'track', 'us_md')) from generate_series(1, {n}) i));
select api.plans_import('demo', 'crowd-exams.csv', (select jsonb_agg(jsonb_build_object('student_id', 'c' || lpad(i::text, 5, '0'), 'attempt', 1,
  'planned_on', date '{night}' + 5 + i % 180)) from generate_series(1, {n}) i));
insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat,
                         instrument, form)
select s.school_id, s.student_id, 1, gen_random_uuid(), t.at, t.at, 0, 5200 + (s.student_id * 37 % 2000) + k * 50, 1, 1, false, false, 'cbssa', (28 + k)::text
  from core.student s, generate_series(0, 3) k
 cross join lateral (select (date '{night}' - 30 + 7 * k + time '12:00') at time zone 'America/New_York' as at) t;
update core.progress p set version = version + 1,
       enrolled_at = (date '{night}' - 60)::timestamptz,
       last_sync_at = case p.student_id % 20 when 0 then null when 1 then now() else (date '{night}' - (p.student_id % 20)::int)::timestamptz end
 where p.student_id % 4 <> 3;
analyze;
"""


def crowd(office, n):
    office.sql(CROWD_SQL.format(n=n, night=NIGHT))


def test_a_school_of_thousands(office, tmp_path):
    """Lists are cut, their numbers are whole; SG_LONG: 20,000 students."""
    crowd(office, CROWD)
    office.report("--date", (NIGHT - DAY).isoformat(), "--out", str(tmp_path))
    office.sql("""insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted,
                                           repeat, instrument, form)
                  select s.school_id, s.student_id, 1, gen_random_uuid(), t.at, t.at, 0, 5000 + s.student_id * 41 %% 2500, 1, 1, false, false, 'cbssa', '33'
                    from core.student s, (select %s::timestamptz as at) t where s.student_id %% 3 = 0""",
               (datetime.datetime.combine(NIGHT - DAY, datetime.time(12), ZONE),))
    office.sql("update core.progress set version = version + 1 where student_id % 3 = 0")
    begun = time.monotonic()
    done = night(office.report("--out", str(tmp_path), "--json"))
    whole_s = time.monotonic() - begun
    assert (done["students"], done["assessed"], done["skipped"]) == (CROWD, CROWD, 0)
    found = files(tmp_path / NIGHT.isoformat())
    brief = json.loads(found["brief.json"])
    for of in brief["lists"]:
        assert len(of["lines"]) == min(of["n"], 10 if of["code"] == "queue" else 200), of["code"]
    missing = {"new", "worsened", "recovered", "silent", "never_synced", "exams", "queue"} - {of["code"] for of in brief["lists"] if of["lines"]}
    assert not missing, brief["counts"]
    run_id = office.sql("select run_id from ops.run order by night desc limit 1")[0][0]
    begun = time.monotonic()
    office.sql("select core.brief_document(s, r) from core.school s join ops.run r using (school_id) where r.run_id = %s", (run_id,))
    print(f"\n{CROWD} students: the night {whole_s:.1f} s, its document {time.monotonic() - begun:.2f} s,",
          {name: len(data) for name, data in found.items()}, {of["code"]: of["n"] for of in brief["lists"]})
