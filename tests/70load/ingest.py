#!/usr/bin/python3
"""What students send, stored: the daemon beside what it cannot be faster than, and beside what a school would write instead.

    tests/70load/ingest.py                     five rounds, against build/release
    tests/70load/ingest.py --quick             three smaller rounds
    tests/70load/ingest.py --smoke             a few uploads: whether everything here works
    tests/70load/ingest.py --only ours copy    these measures
    tests/70load/ingest.py --json FILE         the figures as JSON as well

An upload is 20 results of ten sub-scores each. In each round, one after the other, beginning with another one each time:

    ours           ingest_load.c with thousands of mutual-TLS sessions, 200 uploads under way; checked, stored, assessed, flags and cases kept
    copy           the rows of `ours`, once more, by binary COPY of one connection into a table with the same columns, keys and checks
    fastapi node   peers/: HTTPS and JSON, one batched insert an upload; the same generator, as many connections
    node_grouped   node with group commit, written by hand

Every round has students of its own, so that histories stay as long as students' are (100 results at the end). The first round is not counted:
sessions with the database plan their statements, and tables are analysed as autovacuum does within a minute. Afterwards every row that was
acknowledged is looked for in the database, and must be there once, with its student and score.

Seconds by the clock are of this hour and its neighbours; what is compared ran side by side. Where others want the processor too, whoever has more
processes gets more of it: the peers have ten to twelve, the daemon and its two sessions three, COPY one. Microseconds of processor a row (the
program's and its sessions' with PostgreSQL) do not depend on that.
"""
import argparse
import contextlib
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import psycopg

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.dirname(os.path.abspath(__file__))
ROWS, ACTIVE, FIRST = 20, 200, 1_000_001
PEERS_SHARE = 4  # they get a quarter of the uploads, in the same shape: the slowest would take most of the time
TICKS = os.sysconf("SC_CLK_TCK")
DAEMON = {"student": {"uploads_per_minute": 100000, "max_connections": 15000, "handshake_deadline_s": 60, "hello_deadline_s": 60, "max_handshakes_s": 2000,
                      "idle_s": 3600},
          "log": {"level": "info"}}  # fmt: skip

# Enrolled devices without enrolling; ingest/devices.c makes their certificates. One number for student, device and serial.
DEVICES = """
with made as (insert into core.student (school_id, student_id, external_id, given_name, family_name, class_year, track) overriding system value
              select %(school)s, i, 'n' || i, 'Teal', 'Hornbeam', 2028, 0 from generate_series(%(first)s::int8, %(first)s + %(sessions)s - 1) i returning *),
     heard as (insert into core.progress (school_id, student_id, enrolled_at, last_sync_at) select school_id, student_id, now(), now() from made),
     plan as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, dedicated_start, made_at)
              select school_id, student_id, gen_random_uuid(), 1, 1, 1, current_date + 60, current_date + 18, now() - interval '200 days' from made),
     device as (insert into core.device (school_id, device_id, student_id, name) overriding system value
                select school_id, student_id, student_id, 'laptop' from made)
insert into core.certificate (school_id, serial, student_id, device_id, key_hash, state, not_before, not_after, der)
select school_id, '\\x4000000000000000'::bytea || int8send(student_id), student_id, student_id, '\\x00', 'issued', now() - interval '1 day',
       now() + interval '30 days', '\\x00'
  from made
"""
TABLES = ["copied", "fastapi", "node", "node_grouped"]
# How often each acknowledged row is there, with the student and the score it was sent with.
FOUND = """
select count(*) filter (where times = 0) as lost, count(*) filter (where times > 1 or told > 1) as doubled, count(*) as acknowledged
  from (select a.result_id, count(distinct a.ctid) as told, count(r.result_id) / count(distinct a.ctid) as times
          from acked a
          left join {table} r on r.school_id = {school} and r.result_id = a.result_id and r.student_id = a.student_id and r.score_centi = a.score_centi
         group by a.result_id) x
"""


# ---------------------------------------------------------------- clocks


def cpu_of(pid):
    """Processor seconds of one process so far; 0 when it has gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS
    except OSError:
        return 0.0


def group_of(pid):
    """The processes of a session, its leader first."""
    found = subprocess.run(["ps", "-o", "pid=", "--sid", str(pid)], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in found.split()]


def rss_kb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


# ---------------------------------------------------------------- a school with a daemon


class Bench:
    def __init__(self, house, args, folder, tell):
        self.house, self.args, self.folder, self.tell = house, args, folder, tell
        self.school = house.sql("select school_id from core.school")[0][0]
        self.next, self.ours, self.peers, self.verified, self.peers_verified = FIRST, None, {}, {"acknowledged": 0, "lost": 0, "doubled": 0}, {}
        house.sql("create schema bench")
        for table in TABLES:
            house.sql(f"create table bench.{table} (like core.result including all)")

    def students(self, n):
        first, self.next = self.next, self.next + n
        self.house.sql(DEVICES, {"school": self.school, "first": first, "sessions": n})
        return first

    def backends(self, who):
        return [row[0] for row in self.house.sql("select pid from pg_stat_activity where usename = %s and backend_type = 'client backend'", (who,))]

    def generator(self, first, sessions, *more):
        """Lets everybody in; the process, and what it said of that."""
        house = self.house
        command = [f"{self.args.build}/tests/ingest_load", "--ca", house.ca_file, "--school", house.school, "--first", str(first), "--sessions",
                   str(sessions), "--active", str(ACTIVE), "--rows", str(ROWS), "--wait", *more]  # fmt: skip
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(command)}: exit status {process.wait()}")
        return process, json.loads(line)["let_in"]

    def mutual(self):
        return ["--port", str(self.house.student_port), "--ca-key", self.house.ca_key]

    def load(self, sessions, uploads, processes, backends, *more):
        """Runs one load to its end. What the generator said, and microseconds of processor a row: of those processes, of the database."""
        acked = f"{self.folder}/acked"
        process, _ = self.generator(self.students(sessions), sessions, "--uploads", str(uploads), "--acked", acked, *more)
        databases = self.backends(backends)
        before, before_db = sum(map(cpu_of, processes)), sum(map(cpu_of, databases))
        told = go_on(process)
        rows = told["stored"] + told["identical"]
        assert told["refused"] == told["lost"] == told["other"] == 0 and told["uploads"] == uploads, told
        return told, 1e6 * (sum(map(cpu_of, processes)) - before) / rows, 1e6 * (sum(map(cpu_of, databases)) - before_db) / rows

    def verify(self, table):
        """Looks for every row that was acknowledged by the last load."""
        with psycopg.connect(f"{self.house.url} user=postgres") as db:
            db.execute("create temp table acked (result_id uuid, student_id int8, score_centi int4)")
            with open(f"{self.folder}/acked", "rb") as file, db.cursor().copy("copy acked from stdin (format binary)") as copy:
                while data := file.read(1 << 20):
                    copy.write(data)
            db.execute("analyze acked")
            lost, doubled, acknowledged = db.execute(FOUND.format(table=table, school=self.school)).fetchone()
        return {"acknowledged": acknowledged, "lost": lost, "doubled": doubled}


def go_on(process):
    process.stdin.write(b"\n")
    process.stdin.flush()
    told = json.loads(process.stdout.readline())
    process.stdin.close()
    assert process.wait() == 0
    return told


# ---------------------------------------------------------------- measures: name_… figures of one round


def told_of(name, told, cpu_us, db_us):
    return {f"{name}_rows_s": (told["stored"] + told["identical"]) / told["seconds"], f"{name}_p50_ms": told["ms"]["p50"],
            f"{name}_p99_ms": told["ms"]["p99"], f"{name}_cpu_us_row": cpu_us, f"{name}_db_us_row": db_us,
            f"{name}_both_us_row": cpu_us + db_us}  # fmt: skip


def ours(bench):
    daemon = bench.house.daemon.popen.pid
    bench.ours = bench.next, bench.next + bench.args.sessions - 1
    found = told_of("ours", *bench.load(bench.args.sessions, bench.args.uploads, [daemon], "sg_student", "--duplicates", "10", *bench.mutual()))
    for what, n in bench.verify("core.result").items():
        bench.verified[what] += n
    return found


def copy(bench):
    """The rows of the last time that `ours` ran, as they lie in the table."""
    last = "copy (select * from core.result where student_id between {} and {}) to stdout (format binary)".format(*bench.ours)
    with psycopg.connect(f"{bench.house.url} user=postgres", autocommit=True) as db:
        with db.cursor().copy(last) as out:
            blocks = list(out)
        data = b"".join(blocks)
        db.execute("truncate bench.copied")
        backend = db.info.backend_pid
        cpu, begun = cpu_of(backend), time.monotonic()
        with db.cursor().copy("copy bench.copied from stdin (format binary)") as into:
            for at in range(0, len(data), 1 << 18):
                into.write(data[at : at + (1 << 18)])
        seconds, cpu = time.monotonic() - begun, cpu_of(backend) - cpu
        rows = db.execute("select count(*) from bench.copied").fetchone()[0]
    return {"copy_rows_s": rows / seconds, "copy_db_us_row": 1e6 * cpu / rows}


def peer(name):
    def measure(bench):
        port, process = bench.peers[name]
        found = told_of(name, *bench.load(ACTIVE, bench.args.uploads // PEERS_SHARE, group_of(process.popen.pid), "postgres",
                                             "--https", "--port", str(port)))  # fmt: skip
        checked = bench.verify(f"bench.{name}")
        bench.peers_verified[name] = {what: n + bench.peers_verified.get(name, {}).get(what, 0) for what, n in checked.items()}
        return found

    return measure


MEASURES = {"ours": ours, "copy": copy, "fastapi": peer("fastapi"), "node": peer("node"), "node_grouped": peer("node_grouped")}
PEERS = ("fastapi", "node", "node_grouped")

# name: of, by, goal
RATIOS = {
    "ingest_vs_copy": ("ours_rows_s", "copy_rows_s", "at least 0.60"),
    "ingest_vs_fastapi": ("ours_rows_s", "fastapi_rows_s", "at least 9"),
    "ingest_vs_node": ("ours_rows_s", "node_rows_s", "at least 4"),
    "ingest_vs_node_grouped": ("ours_rows_s", "node_grouped_rows_s", "at least 2.5"),
    "processor_fastapi_vs_ours": ("fastapi_both_us_row", "ours_both_us_row", ""),
    "processor_node_vs_ours": ("node_both_us_row", "ours_both_us_row", ""),
    "processor_node_grouped_vs_ours": ("node_grouped_both_us_row", "ours_both_us_row", ""),
    "database_cpu_vs_copy": ("ours_db_us_row", "copy_db_us_row", ""),
}


# ---------------------------------------------------------------- peers


def free_port():
    with socket.socket() as at:
        at.bind(("127.0.0.1", 0))
        return at.getsockname()[1]


def peer_command(house, name, port, build):
    import npm

    where = dict(word.split("=", 1) for word in house.url.split())
    certificate, key = f"{house.dir}/pki/server.crt", f"{house.dir}/pki/server.key"
    if name == "fastapi":
        dsn = f"postgres://postgres@/{where['dbname']}?host={where['host']}&port={where.get('port', 5432)}"
        return ["/usr/bin/python3", "-m", "uvicorn", "app:app", "--app-dir", f"{HERE}/peers/fastapi", "--port", str(port), "--workers", "2", "--loop", "uvloop",
                "--http", "httptools", "--no-access-log", "--ssl-certfile", certificate, "--ssl-keyfile", key], {"DATABASE": dsn}  # fmt: skip
    folder = npm.installed(f"{HERE}/peers/node", os.path.join(build, "load-peer"), "server.mjs")
    options = {"port": port, "certificate": certificate, "key": key, "host": where["host"], "database": where["dbname"], "grouped": name == "node_grouped"}
    return ["node", f"{folder}/server.mjs", json.dumps(options)], {}


@contextlib.contextmanager
def peers_open(bench, names):
    from house import Process

    try:
        for name in names:
            bench.tell(name)
            port = free_port()
            command, env = peer_command(bench.house, name, port, bench.args.build)
            process = Process(command, f"{bench.folder}/{name}.log", {**os.environ, **env, "PYTHONDONTWRITEBYTECODE": "1"})
            bench.peers[name] = port, process
            for _ in range(2):  # each of its two workers
                process.wait_said(r"(Application startup complete|listening)[\s\S]*(Application startup complete|listening)")
        yield
    finally:
        for _, process in bench.peers.values():
            process.stop()


@contextlib.contextmanager
def bench_open(args, tell):
    from house import House

    with tempfile.TemporaryDirectory(prefix="sgingest.") as folder:
        os.chmod(folder, 0o755)
        house = House(folder, f"{args.build}/bin", conf=DAEMON)
        try:
            tell("database, daemon")
            house.start()
            bench = Bench(house, args, folder, tell)
            with peers_open(bench, [name for name in PEERS if name in args.only]):
                yield bench
        finally:
            house.stop()


# ---------------------------------------------------------------- measuring


def rounds_run(bench):
    rounds, names = [], [name for name in MEASURES if name in bench.args.only]
    for number in range(-1, bench.args.rounds):
        turn = names if number < 0 else names[number % len(names) :] + names[: number % len(names)]
        found = {}
        for name in turn:
            bench.tell(f"{'warm-up' if number < 0 else f'round {number + 1} of {bench.args.rounds}'}: {name}")
            bench.house.sql("checkpoint")
            found |= MEASURES[name](bench)
        if number < 0:
            bench.house.sql("vacuum analyze")
        else:
            rounds.append(found)
    return rounds


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values), "n": len(values)}


def report_make(bench, rounds, load):
    figures = {name: spread([row[name] for row in rounds]) for name in rounds[0]}
    ratios = {name: {**spread([row[of] / row[by] for row in rounds]), "goal": goal} for name, (of, by, goal) in RATIOS.items()
              if of in figures and by in figures}  # fmt: skip
    version = lambda *command: (subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines() or ["?"])[0]
    debian = lambda name: version("dpkg-query", "-W", "-f=${Version}", name)
    return {
        "command": " ".join(["tests/70load/ingest.py", *(word for word in sys.argv[1:] if word.startswith("--quick"))]), "date": time.strftime("%Y-%m-%d"),
        "commit": version("git", "-C", ROOT, "rev-parse", "--short", "HEAD"), "cores": os.cpu_count(), "machine": platform.machine(),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)], "sessions": bench.args.sessions, "uploads": bench.args.uploads,
        "versions": {"postgresql": debian("postgresql-15"), "openssl": debian("libssl3"), "fastapi": debian("python3-fastapi"),
                     "asyncpg": debian("python3-asyncpg"), "uvicorn": debian("python3-uvicorn"), "node": version("node", "--version")},
        "figures": figures, "ratios": ratios, **{f"rows_{what}": n for what, n in bench.verified.items()}, "peers": bench.peers_verified,
    }  # fmt: skip


def problems(report):
    """What would make the figures worthless, however fast."""
    for who, found in {"ours": {what: report[f"rows_{what}"] for what in ("acknowledged", "lost", "doubled")}, **report["peers"]}.items():
        for what in ("lost", "doubled"):
            if found[what]:
                yield f"{who}: {found[what]} of {found['acknowledged']} rows acknowledged are {what}"
        if not found["acknowledged"]:
            yield f"{who}: nothing was acknowledged"


def short(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def markdown(report):
    lines = [f"`{report['command']}`: {report['uploads']:,} uploads of {ROWS} rows a round, {report['sessions']:,} sessions, {ACTIVE} uploads under way, "
             f"{report['date']}, commit {report['commit']}; {report['cores']} cores {report['machine']}, load {report['load'][0]} to {report['load'][1]}; "
             + ", ".join(f"{name} {version}" for name, version in report["versions"].items()) + ".", "",
             f"Rows acknowledged {report['rows_acknowledged']:,}, lost {report['rows_lost']}, doubled {report['rows_doubled']}.", "",
             "| ratio | median | least | most | n | goal |", "|---|---|---|---|---|---|"]  # fmt: skip
    row = lambda name, found: f"| `{name}` | " + " | ".join(short(found[part]) for part in ("median", "least", "most", "n"))
    lines += [f"{row(name, found)} | {found['goal']} |" for name, found in report["ratios"].items()]
    lines += ["", "| figure | median | least | most | n |", "|---|---|---|---|---|"]
    lines += [f"{row(name, found)} |" for name, found in report["figures"].items()]
    return "\n".join(lines) + "\n"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three smaller rounds")
    parser.add_argument("--smoke", action="store_true", help="one tiny round")
    parser.add_argument("--build", default=os.environ.get("SG_BUILD") or os.path.join(ROOT, "build/release"), help="folder of the programs")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--sessions", type=int, help="of ours; new ones each round")
    parser.add_argument("--uploads", type=int, help="in each measure of a round")
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES))
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    rounds, sessions, uploads = (1, 200, 400) if args.smoke else (3, 400, 2400) if args.quick else (5, 1000, 5000)
    args.rounds, args.sessions, args.uploads = args.rounds or rounds, args.sessions or sessions, args.uploads or uploads
    return args


def main():
    args = options()
    os.environ["SG_BUILD"] = args.build
    sys.path[:0] = [f"{ROOT}/tests/peer"]
    tell = lambda text: print(text, file=sys.stderr, flush=True) if sys.stderr.isatty() or os.environ.get("SG_TELL") else None
    load = os.getloadavg()[0]
    with bench_open(args, tell) as bench:
        report = report_make(bench, rounds_run(bench), load)
    print(markdown(report))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    wrong = list(problems(report))
    for problem in wrong:
        print(problem)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
