"""What the brief says: held to a page of known facts, line by line, and made for a school of thousands."""
import datetime
import json
import os
import time

from test_report_night import DAY, NIGHT, ZONE, files, lines, night

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
