#!/usr/bin/python3
"""What it costs to hold many students, and what happens when all of them come back at once.

    tests/70load/sessions.py             10,000 idle sessions, a storm of 5,000, against build/release
    tests/70load/sessions.py --quick     1,000 and 1,000
    tests/70load/sessions.py --smoke     50 and 200: whether everything here works
    tests/70load/sessions.py --json FILE

Idle: mutual-TLS sessions that said Hello and nothing since. Bytes a session are what the daemon's resident set grew by. Some clients send uploads
meanwhile at a fixed rate (open loop: latency from the instant they were due), before and while the idle ones are there.

Storm: that many clients knock in the same instant, as after a restart. How long until the last one is welcomed, and what those who were connected
all the time feel of it. The cores' limit is measured beside it: the same number let in, 32 at a time, with nobody else there. Client and server
share the cores, so that what counts is the ratio.
"""
import argparse
import json
import os
import sys
import threading
import time

from ingest import ROOT, bench_open, cpu_of, go_on, rss_kb, short

RATE, CONNECTED = 50, 100


class Steady:
    """Clients that send at a fixed rate, on a thread of its own: what they saw."""

    def __init__(self, bench, seconds):
        self.process, _ = bench.generator(bench.students(CONNECTED), CONNECTED, "--rate", str(RATE), "--seconds", str(seconds), *bench.mutual())
        self.told, self.thread = None, threading.Thread(target=self.run)

    def run(self):
        self.told = go_on(self.process)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join()


def crowd(bench, n, knocking):
    """So many are let in: the generator that holds them, what it said, the daemon's processor seconds."""
    daemon = bench.house.daemon.popen.pid
    cpu = cpu_of(daemon)
    process, door = bench.generator(bench.students(n), n, "--knocking", str(knocking), *bench.mutual())
    return process, door, cpu_of(daemon) - cpu


def steady(bench):
    with Steady(bench, bench.args.seconds) as clients:
        pass
    return clients.told["ms"]


def idle(bench, n):
    daemon = bench.house.daemon.popen.pid
    go_on(crowd(bench, CONNECTED, 8)[0])  # statements are planned, buffers stand
    before = steady(bench)
    began = rss_kb(daemon)
    process, door, cpu_s = crowd(bench, n, 32)
    holding = rss_kb(daemon)
    meanwhile = steady(bench)
    go_on(process)
    return {"bytes_per_idle_session": 1024 * (holding - began) / n, "active_p50_ms": before["p50"], "active_p50_beside_idle_ms": meanwhile["p50"],
            "active_p99_ms": before["p99"], "active_p99_beside_idle_ms": meanwhile["p99"], "handshakes_s": n / door["seconds"],
            "handshake_cpu_ms": 1000 * cpu_s / n}  # fmt: skip


def storm(bench, n):
    process, calm, _ = crowd(bench, n, 32)
    go_on(process)
    before = steady(bench)
    with Steady(bench, bench.args.seconds + int(2 * calm["seconds"])) as clients:
        time.sleep(bench.args.seconds / 4)
        process, door, _ = crowd(bench, n, n)
    go_on(process)
    return {"storm_s": door["seconds"], "storm_calm_s": calm["seconds"], "storm_p50_ms": door["ms"]["p50"], "storm_p99_ms": door["ms"]["p99"],
            "storm_again": door["again"], "connected_p50_ms": before["p50"], "connected_p50_in_storm_ms": clients.told["ms"]["p50"],
            "connected_p99_ms": before["p99"], "connected_p99_in_storm_ms": clients.told["ms"]["p99"]}  # fmt: skip


RATIOS = {
    "active_p50_beside_idle_vs_alone": ("active_p50_beside_idle_ms", "active_p50_ms", "no effect: 1"),
    "storm_vs_calm": ("storm_s", "storm_calm_s", "at most 1.3"),
    "connected_p99_in_storm_vs_calm": ("connected_p99_in_storm_ms", "connected_p99_ms", "below 5"),
}


def markdown(report):
    lines = [f"`{report['command']}`: {report['idle']:,} idle, a storm of {report['storm']:,}, {report['date']}; {report['cores']} cores, "
             f"load {report['load']}.", "", "| figure | |", "|---|---|"]  # fmt: skip
    lines += [f"| `{name}` | {short(value)} |" for name, value in report["figures"].items()]
    lines += ["", "| ratio | | goal |", "|---|---|---|"]
    return "\n".join(lines + [f"| `{name}` | {short(row['median'])} | {row['goal']} |" for name, row in report["ratios"].items()]) + "\n"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 and 1,000")
    parser.add_argument("--smoke", action="store_true", help="50 and 200")
    parser.add_argument("--build", default=os.environ.get("SG_BUILD") or os.path.join(ROOT, "build/release"), help="folder of the programs")
    parser.add_argument("--idle", type=int)
    parser.add_argument("--storm", type=int)
    parser.add_argument("--json", metavar="FILE")
    args = parser.parse_args()
    idle_n, storm_n = (50, 200) if args.smoke else (1000, 1000) if args.quick else (10_000, 5000)
    args.idle, args.storm, args.only, args.seconds = args.idle or idle_n, args.storm or storm_n, [], 2 if args.smoke else 8
    return args


def main():
    args = options()
    os.environ["SG_BUILD"] = args.build
    sys.path[:0] = [f"{ROOT}/tests/peer"]
    tell = lambda text: print(text, file=sys.stderr, flush=True) if sys.stderr.isatty() or os.environ.get("SG_TELL") else None
    load = round(os.getloadavg()[0], 1)
    with bench_open(args, tell) as bench:
        tell("idle sessions")
        figures = idle(bench, args.idle)
        tell("storm")
        figures |= storm(bench, args.storm)
    ratios = {name: {"median": figures[of] / figures[by], "goal": goal} for name, (of, by, goal) in RATIOS.items()}
    report = {"command": " ".join(["tests/70load/sessions.py", *sys.argv[1:]]), "date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), "load": load,
              "idle": args.idle, "storm": args.storm, "figures": figures, "ratios": ratios}  # fmt: skip
    print(markdown(report))
    if args.json:
        with open(args.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    if figures["storm_again"]:
        sys.exit(f"{figures['storm_again']} knocked and were turned away")


if __name__ == "__main__":
    main()
