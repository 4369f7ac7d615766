#!/usr/bin/python3
"""A night of a large school beside what it cannot be faster than: PostgreSQL copying the same results out to a client.

    tests/70load/nightly.py                      100,000 students with 40 results each, five nights, against build/release
    tests/70load/nightly.py --quick              300, two nights: whether everything here works
    tests/70load/nightly.py --students 10000 --upload 1 --buffers 2GB
    tests/70load/nightly.py --builds A B         two builds in turns, for before and after; each on a night of its own
    tests/70load/nightly.py --json FILE          the figures as JSON as well

Round after round: a checkpoint (a night comes hours after the one before, so that every page it touches goes into the log whole), a copy
of the results (binary COPY to psql, which throws them away), a night (nightly_load.c: every student read, assessed, recorded with flags and
cases, kept for the night), and the same by one connection. Nights are those up to today, so each finds the one before as a school does:
days pass, words change, a few flags open and close. The first night, which opens everything, is told but not compared.

Results lie in the table as they came: a student's in uploads of --upload results (20, as in shared/performance.md), the uploads of all
students in order of time. With --upload 1 no two results of a student are neighbours, which is the worst there is.

Two figures for each: seconds by the clock, and by the processor (of the program and of its sessions with PostgreSQL). A second
school of a quarter of the students says whether memory is flat. Nothing here asserts on time; what is asserted: every student is
recorded, every night.
"""
import argparse
import contextlib
import datetime as dt
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zoneinfo

from backends import Backends

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SESSIONS = "usename = 'sg_report' or application_name = 'psql'"
ZONE = zoneinfo.ZoneInfo("America/New_York")
NIGHTS_MOST = 9  # results end twelve days ago, and after a fortnight everybody is silent
# Ten sub-scores of 16 items: five systems, five disciplines.
SUBS = b"".join(struct.pack(">BHH", area, 16, 8 + area % 6) for area in (*range(1, 6), *range(21, 26)))

# Exams from five days ago to 184 days ahead; every student has a plan that was said once.
STUDENTS = """
with made as (insert into core.student (school_id, external_id, given_name, family_name, class_year, track)
              select %(school)s, 's' || lpad(i::text, 6, '0'), 'Teal', 'Hornbeam', 2027 + i %% 4, 0 from generate_series(0, %(students)s - 1) i
              returning *),
     heard as (insert into core.progress (school_id, student_id, version, enrolled_at, last_sync_at)
               select school_id, student_id, 2, now() - interval '300 days', now() - interval '11 days' from made)
insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, dedicated_start, made_at)
select m.school_id, m.student_id, gen_random_uuid(), 1, 1, 1, d.day, d.day - 42, now() - interval '200 days'
  from made m
 cross join lateral (select current_date + (substr(m.external_id, 2)::int4 * 37 %% 190 - 5) as day) d
"""
# own: what is the student's own, 0 to 1. Every sixth result is a check; from 50 to 70 percent right, and a little better with each.
RESULTS = """
insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat,
                         instrument, form, items, correct, omitted, seconds, seconds_allowed, subs)
select s.school_id, s.student_id, 1,
       (lpad(to_hex((extract(epoch from t.at) * 1000)::int8), 12, '0') || '7' || lpad(to_hex((random() * 4095)::int4), 3, '0') || '8'
         || lpad(to_hex((random() * 4095)::int4), 3, '0') || lpad(to_hex((random() * 281474976710655)::int8), 12, '0'))::uuid,
       r.at, t.at, 0, y.correct * 250, 2, 1, false, false, case when k.n %% 6 = 0 then 'cbssa' else 'qbank_uworld' end,
       case when k.n %% 6 = 0 then (25 + k.n / 6)::text else '' end, 40, y.correct, 0, 2900, 3600, %(subs)s
  from core.student s
 cross join generate_series(0, %(results)s - 1) k(n)
 cross join lateral (select hashint8(s.student_id) / 4294967296.0 + 0.5 as own) o
 cross join lateral (select now() - interval '12 days' - (o.own * 3 + (%(results)s - 1 - k.n) * 128.0 / %(results)s) * interval '1 day' as at) t
 cross join lateral (select now() - interval '11 days' - (o.own * 3 + (%(results)s - 1 - (k.n / %(upload)s + 1) * %(upload)s) * 128.0 / %(results)s)
                              * interval '1 day' as at) r
 cross join lateral (select greatest(4, least(39, (40 * (0.50 + 0.20 * o.own + 0.003 * k.n + (random() + random() - 1) * 0.15))::int4)) as correct) y
 where s.school_id = %(school)s
 order by r.at, s.student_id, t.at
"""


# ---------------------------------------------------------------- a school


class Bench:
    def __init__(self, house, args, tell):
        self.house, self.args, self.tell = house, args, tell
        self.large = self.school("demo", args.students)
        self.small = self.school("quarter", args.students // 4) if args.memory else None
        house.sql("vacuum analyze")
        self.day = dt.date.today() - dt.timedelta(days=NIGHTS_MOST)

    def school(self, code, students):
        self.tell(f"{students} students with {self.args.results} results each")
        self.house.school = code
        self.house.write_conf()
        self.house.ctl("init")
        given = {"school": self.house.sql("select school_id from core.school where code = %s", (code,))[0][0], "students": students,
                 "results": self.args.results, "upload": self.args.upload}  # fmt: skip
        self.house.sql(STUDENTS, given)
        with_bytes = {**given, "subs": f"'\\x{SUBS.hex()}'::bytea"}  # as text: a statement of several has no parameters
        self.house.sql("set work_mem = '1GB'; select setseed(0.5);" + RESULTS % with_bytes)
        return given

    def measured(self, command, sink=subprocess.PIPE):
        """What it said; seconds by the clock, of the processor on both sides; kB of the largest session."""
        with Backends(self.house, SESSIONS) as sessions:
            begun = time.monotonic()
            process = subprocess.Popen(command, stdout=sink)
            said = process.stdout.read() if process.stdout else b""
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, command
        return said, seconds, usage.ru_utime + usage.ru_stime + sessions.cpu_s(), sessions.most_kb

    def copy_out(self):
        rows = f"copy (select * from core.result where school_id = {self.large['school']}) to stdout (format binary)"
        _, seconds, cpu_s, _ = self.measured(["psql", f"{self.house.url} user=postgres", "-XAtqc", rows], subprocess.DEVNULL)
        return {"copy_out_s": seconds, "copy_out_cpu_s": cpu_s}

    def night(self, build, code="demo", day=None, *more):
        day = day or self.next_day()
        as_of = dt.datetime.combine(day, dt.time(3), ZONE)
        command = [f"{build}/tests/nightly_load", self.house.url, code, str((day - dt.date(1970, 1, 1)).days), str(int(as_of.timestamp())), *more]
        said, _, cpu_s, most_kb = self.measured(command)
        told = json.loads(said)
        assert told["recorded"] == told["students"] == (self.small if code == "quarter" else self.large)["students"], told
        return {"nightly_s": told["seconds"], "nightly_cpu_s": cpu_s, "nightly_program_cpu_s": told["cpu_seconds"], "nightly_rss_mb": told["rss_kb"] / 1024,
                "nightly_backend_mb": most_kb / 1024}  # fmt: skip

    def next_day(self):
        self.day += dt.timedelta(days=1)
        return self.day

    def checkpoint(self):
        self.house.sql("checkpoint")


def text_of(path):
    with open(path, encoding="ascii") as file:
        return file.read()


@contextlib.contextmanager
def bench_open(folder, args, tell):
    from house import House

    house = House(folder, f"{args.builds[0]}/bin")
    try:
        os.makedirs(f"{folder}/pki", mode=0o700)
        house.cluster("start")
        house.url = house.cluster("url")
        if args.buffers:
            house.sql(f"alter system set shared_buffers = '{args.buffers}'")
            house.cluster("stop")
            house.cluster("start")
        house.write_conf()
        house.ctl("migrate", "--sql-dir", f"{ROOT}/sql")
        yield Bench(house, args, tell)
    finally:
        house.cluster("wipe")


# ---------------------------------------------------------------- measuring


def rounds_run(bench, args, tell):
    tell("first night")
    rounds = {"first": [bench.night(args.builds[0])]}
    for number in range(args.rounds):
        for build in args.builds:
            tell(f"round {number + 1} of {args.rounds}: {build}")
            bench.checkpoint()
            found = bench.copy_out()
            bench.checkpoint()
            found |= bench.night(build)
            rounds.setdefault(build, []).append(found)
    if args.alone:
        bench.checkpoint()
        rounds["alone"] = [bench.copy_out() | bench.night(args.builds[0], "demo", None, "1")]
    if bench.small:
        tell("a quarter")
        rounds["quarter"] = [bench.night(args.builds[0], "quarter", bench.day - dt.timedelta(days=n)) for n in (1, 0)]
    return rounds


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "n": len(values)}


def ratios(rows):
    """Round by round, because only what ran beside each other may be compared."""
    return {"nightly_vs_copy_out": spread([row["nightly_s"] / row["copy_out_s"] for row in rows]),
            "nightly_cpu_vs_copy_out": spread([row["nightly_cpu_s"] / row["copy_out_cpu_s"] for row in rows])}  # fmt: skip


def figures(rows):
    return {name: spread([row[name] for row in rows]) for name in rows[0]} | (ratios(rows) if "copy_out_s" in rows[0] else {})


def short(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def markdown(report):
    lines = [f"`{report['command']}`: {report['students']:,} students, {report['results']} results each, uploads of {report['upload']}, "
             f"{report['date']}, commit {report['commit']}; {report['cores']} cores, load {report['load']}.", ""]  # fmt: skip
    for name, found in report["figures"].items():
        lines += [f"| {name} | median | least | most | n |", "|---|---|---|---|---|"]
        lines += [f"| `{figure}` | {' | '.join(short(row[part]) for part in ('median', 'least', 'most', 'n'))} |" for figure, row in found.items()]
        lines.append("")
    return "\n".join(lines)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small school, two nights")
    parser.add_argument("--builds", nargs="+", default=[os.environ.get("SG_BUILD") or os.path.join(ROOT, "build/release")], help="folders of the programs")
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--results", type=int, default=40, help="of each student")
    parser.add_argument("--upload", type=int, default=20, help="results of a student that came together")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--buffers", help="shared_buffers of the database; its default unless given")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    if args.quick:
        args.students, args.rounds = 300, 2
    args.memory = args.alone = True
    if args.rounds * len(args.builds) > NIGHTS_MOST - 2:
        parser.error(f"there are {NIGHTS_MOST} nights: the first, one by one connection, and {NIGHTS_MOST - 2} to compare")
    return args


def main():
    args = options()
    sys.path[:0] = [f"{ROOT}/tests/peer"]
    tell = lambda text: print(text, file=sys.stderr, flush=True) if sys.stderr.isatty() else None
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="sgnight.") as folder:
        with bench_open(folder, args, tell) as bench:
            rounds = rounds_run(bench, args, tell)
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    report = {"command": " ".join(["tests/70load/nightly.py", *sys.argv[1:]]), "date": dt.date.today().isoformat(), "commit": commit or "?",
              "cores": os.cpu_count(), "load": round(load, 1), "students": args.students, "results": args.results, "upload": args.upload,
              "figures": {name: figures(rows) for name, rows in rounds.items()}}  # fmt: skip
    print(markdown(report))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
