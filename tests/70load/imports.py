#!/usr/bin/python3
"""Files of rows through stepguardctl into the database: rows a second, and whether memory stays flat.

    tests/70load/imports.py                   200,000 students, 1,000,000 scores, against build/release
    tests/70load/imports.py --quick           a small school: whether everything here works
    tests/70load/imports.py --large 1000      besides, one file of scores of so many megabytes, looked at with --dry-run
    tests/70load/imports.py --json FILE       the figures as JSON as well

Each file is brought four times over: all of it new, the same again, a tenth of it changed, and as a dry run of that. Seconds are by the clock, from
the start of the program to its end; beside them the processor's, of the program and of its session with PostgreSQL, and the largest resident set of
both. Nothing here asserts on time; what is asserted: the counts.
"""
import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time

from backends import Backends

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROSTER = "student_id,given_name,family_name,email,class_year,track,adviser_email,dedicated_start,status\n"
SCORES = "student_id,instrument,form,taken_on,score,scale\n"


def brought(house, kind, path, *options):
    """One import: its counts, and its figures."""
    command = [f"{house.bin}/stepguardctl", "--config", house.conf_path, "--json", kind, "import", path, *options]
    house.sql("checkpoint")
    with Backends(house, "usename = 'sg_operator'") as sessions:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (command, said[:2000])
    answer = json.loads(said)
    return answer["counts"], {"file": os.path.basename(path), "options": " ".join(options), "megabytes": os.path.getsize(path) / 1e6,
                              "rows": answer["read"], "seconds": seconds, "rows_a_second": answer["read"] / seconds,
                              "program_cpu_s": usage.ru_utime + usage.ru_stime, "session_cpu_s": sessions.cpu_s(),
                              "program_mb": usage.ru_maxrss / 1024, "session_mb": sessions.most_kb / 1024}  # fmt: skip


def roster_write(path, students, changed=0):
    """`changed` of them have another adviser than in the file without."""
    with open(path, "w", encoding="utf-8") as out:
        out.write(ROSTER)
        for i in range(students):
            adviser = "other" if i < changed else f"adviser{i % 40}"
            out.write(f"s{i:07d},Viridian,Hackberry {i},s{i:07d}@school.example,{2027 + i % 4},us_md,{adviser}@school.example,2027-02-01,active\n")


def scores_write(path, students, each, changed=0):
    day = dt.date(2026, 9, 1)
    days = [(day - dt.timedelta(days=7 * n)).isoformat() for n in range(each)]
    with open(path, "w", encoding="utf-8") as out:
        out.write(SCORES)
        for i in range(students):
            for n in range(each):
                out.write(f"s{i:07d},cbse,{n + 20},{days[n]},{55 + (i + n) % 30 + (0.5 if i < changed else 0)},epc\n")


def figures_of(house, args, tell):
    rows = []

    def bring(kind, name, expected, *options):
        tell(f"{kind}: {name} {' '.join(options)}")
        counts, found = brought(house, kind, f"{house.dir}/{name}", *options)
        assert {key: counts.get(key) for key in expected} == expected, (name, counts)
        tell(f"{found['rows_a_second']:,.0f} rows a second, {found['program_cpu_s']:.2f} and {found['session_cpu_s']:.2f} s of processor")
        rows.append(found)

    students, scores = args.students, args.students * args.each
    roster_write(f"{house.dir}/roster.csv", students)
    roster_write(f"{house.dir}/roster-changed.csv", students, students // 10)
    scores_write(f"{house.dir}/scores.csv", students, args.each)
    scores_write(f"{house.dir}/scores-changed.csv", students, args.each, students // 10)
    bring("roster", "roster.csv", {"new": students})
    house.sql("vacuum analyze")
    bring("roster", "roster.csv", {"new": 0, "unchanged": students})
    bring("roster", "roster-changed.csv", {"changed": students // 10}, "--dry-run")
    bring("roster", "roster-changed.csv", {"changed": students // 10})
    bring("scores", "scores.csv", {"new": scores})
    house.sql("vacuum analyze")
    bring("scores", "scores.csv", {"new": 0, "unchanged": scores})
    bring("scores", "scores-changed.csv", {"changed": scores // 10}, "--dry-run", "--past-brake", "measured")
    bring("scores", "scores-changed.csv", {"changed": scores // 10}, "--past-brake", "measured")
    if args.large:
        each = int(args.large * 1e6 / students / 35)
        scores_write(f"{house.dir}/scores-large.csv", students, each)
        bring("scores", "scores-large.csv", {}, "--dry-run")
    return rows


def markdown(report):
    lines = [f"`{report['command']}`: {report['date']}, commit {report['commit']}; {report['cores']} cores, load {report['load']}.", "",
             "| file | | MB | rows | s | rows a second | s of processor: program | session | MB of memory: program | session |",
             "|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in report["figures"]:
        lines.append(f"| {row['file']} | {row['options']} | {row['megabytes']:.0f} | {row['rows']:,} | {row['seconds']:.2f} | {row['rows_a_second']:,.0f} | "
                     f"{row['program_cpu_s']:.2f} | {row['session_cpu_s']:.2f} | {row['program_mb']:.0f} | {row['session_mb']:.0f} |")
    return "\n".join(lines)


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small school")
    parser.add_argument("--build", default=os.environ.get("SG_BUILD") or os.path.join(ROOT, "build/release"), help="folder of the programs")
    parser.add_argument("--students", type=int, default=200_000)
    parser.add_argument("--each", type=int, default=5, help="scores of each student")
    parser.add_argument("--large", type=float, default=0, metavar="MB", help="size of one more file of scores; nothing of it is kept")
    parser.add_argument("--tell", action="store_true", help="say each figure as it comes, also where nobody sits at a terminal")
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    if args.quick:
        args.students = 500
    return args


def main():
    args = options()
    sys.path[:0] = [f"{ROOT}/tests/peer"]
    from house import House

    tell = lambda text: print(text, file=sys.stderr, flush=True) if sys.stderr.isatty() or args.tell else None
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="sgimports.") as folder:
        os.chmod(folder, 0o755)
        house = House(folder, f"{args.build}/bin")
        try:
            os.makedirs(f"{folder}/pki", mode=0o700)
            house.cluster("start")
            house.url = house.cluster("url")
            house.write_conf()
            house.ctl("migrate", "--sql-dir", f"{ROOT}/sql")
            house.ctl("init")
            rows = figures_of(house, args, tell)
        finally:
            house.cluster("wipe")
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    report = {"command": " ".join(["tests/70load/imports.py", *sys.argv[1:]]), "date": dt.date.today().isoformat(), "commit": commit or "?",
              "cores": os.cpu_count(), "load": round(load, 1), "figures": rows}  # fmt: skip
    print(markdown(report))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
