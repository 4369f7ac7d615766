#!/usr/bin/python3
"""How long the office waits: every GET of the API through TLS, in a school of some size, beside the floor that /api/v1/health is.

    tests/70load/office.py                            2,000 students with 100 results each, 30 rounds, against build/release
    tests/70load/office.py --quick                    100 with 20, 2 rounds: whether everything here works
    tests/70load/office.py --only clearance           the routes whose path has the word
    tests/70load/office.py --students 20000 --results 20 --only queue --only calendar
    tests/70load/office.py --json FILE                {"routes": {path: {"p50_ms", "p95_ms", "p99_ms", "db_ms", "bytes", "n"}}, …} as well

The routes are the rows of server/db/office_routes.def, so that a new one is measured by being there; VARIANTS are the questions among
them that are known to be dear. They take turns, round after round, each asked by the first of DESKS that may. Two figures for each: the
time until the answer is there, which a neighbour on the machine lengthens, and the processor time of the database's sessions
(/proc/PID/schedstat), which it does not.

Nothing here asserts on time. What is asserted: every answer is 200.
"""
import argparse
import contextlib
import csv
import datetime as dt
import json
import os
import platform
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLOOR = "/health"
DESKS = ("dean", "audrey", "aspen", "ida")
LEFT_OUT = {
    "/events": "stays open",
    "/reports/accreditation/{form}": "made on a lane, after a fresh proof",
    "/reports/class/{form}": "likewise",
    "/reports/nights/{night}/{form}": "likewise",
    "/students/{student}/packet/{form}": "likewise",
    "/oidc": "no provider here",
    "/oidc/callback": "no provider here",
    "/oidc/start": "no provider here",
}
VARIANTS = [
    "/calendar?from={first_day}&to={last_day}", "/cases?state=any", "/clearance?overdue=true", "/clearance?proposal=meets", "/clearance?state=cleared",
    "/cohort?class_year=2028", "/cohort/classes?by=dedicated", "/cohort/classes?track=us_md", "/cohort/exams?by=day", "/devices?limit=200",
    "/enrolment?limit=200", "/queue?limit=200", "/students?q=ash", "/students?funnel=contacted",
    "/students?stage=to_sit&readiness_min=58&readiness_max=60", "/students?weak_area=system.cardiovascular", "/students?sort=-p",
    "/trail?action=policy_activate", "/trail?student={student}", "/trail?status=refused",
]  # fmt: skip
NIGHTS = 8
# Sub-scores of a check: of each system and each discipline 16 items, 8 to 13 of them right.
SUBS = b"".join(struct.pack(">BHH", area, 16, 8 + area % 6) for area in (*range(1, 12), *range(21, 31)))

# x: instrument, scale, what a readiness of 60 is on it and what a point of readiness, whether the office loaded it. A result's number
# chooses: seven checks, then blocks of a question bank.
RESULTS = """
insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat,
                         instrument, form, items, correct, subs)
select s.school_id, s.student_id, case when x.official then 0 else 1 end, gen_random_uuid(), t.at + interval '1 hour', t.at, 0,
       (x.base + x.slope * (y.level - 60)) * 100, x.scale, 1, false, false, x.instrument, case when k.n <= 7 then (24 + k.n)::text else '' end, 40, 25,
       case when k.n <= 7 then %(subs)s::bytea end
  from core.student s
 cross join lateral (select substr(s.external_id, 2)::int4 as i) i
 cross join generate_series(1, %(results)s) k(n)
 cross join lateral (select now() + least((i.i * 37) %% 190 - 40, 0) * interval '1 day' - k.n * 130.0 / %(results)s * interval '1 day' as at) t
 cross join lateral (select 42 + i.i * 11 %% 23 + (%(results)s - k.n) * 8.0 / %(results)s + (i.i * 7 + k.n * 13) %% 7 - 3 as level) y
  join (values (0, 'cbssa', 1, 60, 1.0, false), (1, 'cbse', 1, 60, 1.0, true), (2, 'uwsa2', 3, 200, 2.0, false), (3, 'free120', 2, 60, 1.0, false),
               (9, 'qbank_uworld', 2, 52, 1.0, false)) x(place, instrument, scale, base, slope, official)
    on x.place = case when k.n <= 7 then k.n %% 4 else 9 end
 where s.school_id = %(school)s
"""
HEARD = """
update core.progress set version = version + 1, enrolled_at = now() - interval '140 days', last_sync_at = now() - student_id %% 9 * interval '1 day'
 where school_id = %(school)s
"""
# A device of each student, its certificate in force but for one in eleven; of one in seven a code besides.
DEVICES = """
with made as (insert into core.device (school_id, student_id, name, created_at, revoked_at)
              select school_id, student_id, 'laptop', now() - interval '140 days', case when student_id %% 11 = 0 then now() end
                from core.student where school_id = %(school)s returning *),
     codes as (insert into core.enrol_code (school_id, code_hash, student_id, expires_at)
               select school_id, sha256(student_id::text::bytea), student_id, now() + (student_id %% 3 - 1) * interval '9 days'
                 from core.student where school_id = %(school)s and student_id %% 7 = 0)
insert into core.certificate (school_id, serial, student_id, device_id, key_hash, state, not_before, not_after, der)
select school_id, uuid_send(gen_random_uuid()), student_id, device_id, sha256(device_id::text::bytea), 'issued', created_at,
       now() + interval '90 days', '\\x00'
  from made
"""
TRAIL = """
insert into audit.event (school_id, at, actor, action, students, detail, staff_id, ground, address, request_id, status)
select %(school)s, now() - (%(lines)s - n) * interval '20 s', 'staff/1', a.action,
       s.ids[1 + n %% cardinality(s.ids):n %% cardinality(s.ids) + a.many],
       '{}', 1, 'dean of the school', '127.0.0.1', 'r' || n, case when n %% 997 = 7 then 403 else 200 end
  from generate_series(1, %(lines)s) n
 cross join (select array_agg(student_id order by student_id) as ids from core.student where school_id = %(school)s) s
 cross join lateral (select case when n %% 20000 = 9 then 'policy_activate' when n %% 10 < 7 then 'student' when n %% 10 < 9 then 'case_act'
                                 else 'queue_show' end as action, case when n %% 10 = 9 then 12 else 1 end as many) a
"""
SEEN = """
insert into audit.seen (school_id, student_id, event_id)
select %(school)s, s.id, min(e.event_id) from audit.event e cross join unnest(e.students) s(id)
 where e.school_id = %(school)s and not exists (select from audit.seen n where n.school_id = %(school)s and n.student_id = s.id
                                                   and n.event_id / 4096 = e.event_id / 4096)
 group by s.id, e.event_id / 4096
"""
DECISIONS = """
insert into core.clearance (school_id, student_id, attempt, revision, state, policy_id, proposal, findings, evidence, exam_on, reviewed, reason, staff_id,
                            role, decided_at)
select %(school)s, r.student_id, r.attempt, 1, case x.proposal when 'meets' then 'cleared' else 'not_cleared' end, r.policy_id, x.proposal, x.findings,
       x.evidence, r.exam_on, '{results,plan}', 'Forms and plan', %(dean)s, 'dean', now()
  from core.clearance_rows(%(school)s, now()) r
  join core.clearance_proposals(%(school)s, now()) x on x.student_id = r.student_id
 where r.student_id %% 3 = 0 and not r.passed and not r.taken
"""


# ---------------------------------------------------------------- a school


def names(number):
    trees, colours = "Ash Beech Cedar Elm Fir Larch Oak Pine Rowan Yew".split(), "Azure Beige Coral Ecru Khaki Lilac Ochre Plum Sepia Teal".split()
    return colours[number % 10], f"{trees[number // 10 % 10]}-{number:05d}"


def roster_write(folder, students):
    """A class a year; of each student the plan that RESULTS reckons with: exams from 40 days ago to 149 days ahead."""
    today = dt.date.today()
    day = lambda n: (today + dt.timedelta(days=n)).isoformat()
    with open(f"{folder}/roster.csv", "w", newline="") as roster, open(f"{folder}/exams.csv", "w", newline="") as exams:
        roster, exams = csv.writer(roster), csv.writer(exams)
        roster.writerow("student_id given_name family_name email class_year track adviser_email dedicated_start status".split())
        exams.writerow("student_id attempt planned_on permit_from permit_to taken_on outcome outcome_known_on".split())
        for i in range(students):
            student, exam, adviser = f"s{i:05d}", i * 37 % 190 - 40, "ben" if i % 2 else "ida"
            roster.writerow([student, *names(i), f"{student}@demo.example", 2027 + i % 4, "us_md", f"{adviser}@demo.example", day(exam - 42), "active"])
            known = [day(exam), "fail" if i % 10 == 0 else "pass", day(exam + 21)] if exam < -21 else [day(exam) if exam < 0 else "", "", ""]
            exams.writerow([student, 1, day(exam), day(exam - 60), day(exam + 30), *known])
            if known[1] == "fail":
                exams.writerow([student, 2, day(exam + 120), day(exam + 60), day(exam + 180), "", "", ""])


@contextlib.contextmanager
def school_open(folder, students, results, trail, tell):
    from house import BIN, QUICK, House  # SG_BUILD is read when it is imported
    from office_school import ROLES, School

    house = House(folder, BIN, conf={**QUICK, "log": {"level": "info"}})
    try:
        tell("database, daemon, people")
        house.start()
        school = School(house)
        for tag, role in ROLES.items():
            school.person(tag, role)
        tell(f"{students} students with {results} results each")
        school_fill(school, folder, students, results, trail)
        yield school
    finally:
        house.stop()


def school_fill(school, folder, students, results, trail):
    house, given = school.house, {"school": school.school_id, "results": results, "lines": trail, "subs": SUBS}
    roster_write(folder, students)
    house.ctl("roster", "import", f"{folder}/roster.csv")
    house.ctl("plans", "import", f"{folder}/exams.csv")
    for statement in (RESULTS, HEARD, DEVICES, TRAIL, SEEN):
        house.sql(statement, given)
    house.sql("vacuum analyze")  # as autovacuum leaves a school that has been there for a while
    house.run("stepguardctl", "assess-all", timeout=1800)
    house.run("stepguardctl", "history", "--from", (dt.date.today() - dt.timedelta(days=7 * NIGHTS)).isoformat(), "--every", "7", timeout=3600)
    house.run("stepguard-report", "--out", f"{folder}/nights", timeout=1800)
    school.make_things()
    rule = next(item["rule"] for item in school.dean.get("/policies/examples").json["items"] if item["name"] == "several-ways")
    policy = school.dean.post("/policies", {"rule": rule, "reason": "As decided"}).json
    for verb in ("preview", "activate"):
        policy = school.dean.get(f"/policies/{policy['policy_id']}").json
        answer = school.dean.post(f"/policies/{policy['policy_id']}/{verb}", {"revision": policy["revision"]})
        assert answer.status == 200, answer
    house.sql(DECISIONS, {**given, "dean": school.dean.staff_id})
    idle = "select (select count(*) from ops.job where state in ('queued', 'running')) + (select count(*) from core.progress where assessed_version < version)"
    while house.sql(idle) != [(0,)]:
        time.sleep(0.5)
    house.sql("select api.clearance_sweep(%s)", (house.school,))  # what a night keeps for reading
    house.sql("vacuum analyze")


# ---------------------------------------------------------------- asking


def routes(only):
    with open(f"{ROOT}/server/db/office_routes.def", encoding="utf-8") as file:
        paths = re.findall(r'^ROUTE\(GET, "([^"]*)"', file.read(), re.M)
    return [FLOOR] + [path for path in paths + VARIANTS if path not in LEFT_OUT and (not only or any(word in path for word in only))]


def numbers_of(school):
    """What stands in the place of {student}, {case}, …: another one in each round where there are many."""
    today = dt.date.today()
    return {**{name: school.numbers(name)[:200] for name in ("student", "case", "job", "night")},
            "import": [row[0] for row in school.house.sql("select import_id from ops.import where kind = 'roster'")],
            "policy": [row[0] for row in school.house.sql("select policy_id from core.policy where state = 'active'")],
            "first_day": [(today - dt.timedelta(days=100)).isoformat()], "last_day": [(today + dt.timedelta(days=300)).isoformat()]}  # fmt: skip


class DatabaseTime:
    """Processor time that the daemon's sessions with the database have had, in seconds."""

    def __init__(self, school):
        self.school, self.begun = school, 0.0
        self.look_around()

    def look_around(self):
        self.pids = [row[0] for row in self.school.house.sql("select pid from pg_stat_activity where usename = 'sg_office'")]

    def now(self):
        total = 0
        for pid in self.pids:
            with contextlib.suppress(OSError), open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e9


def ask(person, path, clock):
    cpu, begun = clock.now(), time.perf_counter()
    answer = person.raw("GET", "/api/v1" + path)
    return answer, (time.perf_counter() - begun) * 1000, (clock.now() - cpu) * 1000


def asker(school, path, clock):
    """Who may ask it; their first answer is not measured."""
    refusals = []
    for tag in DESKS:
        person = getattr(school, tag)
        answer, *_ = ask(person, path, clock)
        if answer.status == 200:
            return person
        refusals.append(answer)
    raise AssertionError(f"{path}: {refusals}")


def measure(school, only, rounds, warm, tell):
    numbers, clock = numbers_of(school), DatabaseTime(school)
    fill = lambda path, turn: re.sub(r"\{(\w+)\}", lambda name: str(numbers[name[1]][turn % len(numbers[name[1]])]), path)
    people = {path: asker(school, fill(path, 0), clock) for path in routes(only)}
    taken = {path: {"wall": [], "db": [], "bytes": []} for path in people}
    for turn in range(-warm, rounds):
        tell(f"round {turn + 1} of {rounds}")
        clock.look_around()
        for path, person in people.items():
            answer, wall, db = ask(person, fill(path, turn + warm), clock)
            assert answer.status == 200, (path, answer)
            if turn >= 0:
                for name, value in (("wall", wall), ("db", db), ("bytes", len(answer.body))):
                    taken[path][name].append(value)
    return {path: figures(**row) for path, row in taken.items()}


def figures(wall, db, bytes):
    wall = sorted(wall)
    at = lambda share: wall[min(len(wall) - 1, int(share * len(wall)))]
    return {"p50_ms": statistics.median(wall), "p95_ms": at(0.95), "p99_ms": at(0.99), "db_ms": statistics.median(db), "bytes": statistics.median(bytes),
            "n": len(wall)}  # fmt: skip


# ---------------------------------------------------------------- telling


def markdown(report):
    lines = [f"`{report['command']}`, {report['students']:,} students, {report['results']:,} results, {report['trail']:,} lines of trail, {report['cases']:,} "
             f"cases, {report['date']}, commit {report['commit']}; {report['cores']} cores {report['machine']}, load {report['load']}.",
             "", "| GET | median ms | p95 | p99 | of it the database, processor | kB | n |", "|---|---|---|---|---|---|---|"]  # fmt: skip
    for path, row in sorted(report["routes"].items(), key=lambda item: -item[1]["p50_ms"]):
        times = " | ".join(f"{row[name]:.1f}" for name in ("p50_ms", "p95_ms", "p99_ms", "db_ms"))
        lines.append(f"| `{path}` | {times} | {row['bytes'] / 1000:.1f} | {row['n']} |")
    return "\n".join(lines) + "\n"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small school, two rounds")
    parser.add_argument("--build", default=os.environ.get("SG_BUILD") or os.path.join(ROOT, "build/release"), help="folder of the programs")
    parser.add_argument("--students", type=int, default=2000)
    parser.add_argument("--results", type=int, default=100, help="of each student")
    parser.add_argument("--trail", type=int, default=500_000, help="lines of it: a term in which 2,000 records are looked at twice a day")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", metavar="WORD", action="append", default=[])
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    if args.quick:
        args.students, args.results, args.trail, args.rounds = 100, 20, 25_000, 2
    args.warm = 0 if args.quick else 6  # a session of PostgreSQL plans a statement of a function anew five times
    return args


def main():
    args = options()
    os.environ["SG_BUILD"] = args.build
    sys.path[:0] = [f"{ROOT}/tests/peer", f"{ROOT}/tests/60e2e"]
    tell = lambda text: print(text, file=sys.stderr, flush=True) if sys.stderr.isatty() else None
    with tempfile.TemporaryDirectory(prefix="sgoffice.") as folder:
        with school_open(folder, args.students, args.results, args.trail, tell) as school:
            found = measure(school, args.only, args.rounds, args.warm, tell)
            count = lambda table: school.house.sql(f"select count(*) from {table}")[0][0]
            counts = {"results": count("core.result"), "trail": count("audit.event"), "cases": count("core.case_file")}
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    report = {"command": " ".join(["tests/70load/office.py", *sys.argv[1:]]), "date": dt.date.today().isoformat(), "commit": commit or "?",
              "cores": os.cpu_count(), "machine": platform.machine(), "load": round(os.getloadavg()[0], 1), "students": args.students, **counts,
              "routes": found}  # fmt: skip
    print(markdown(report))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
