"""What a campaign says: a line for each round that found something, a table, JSON, and for tests/run the line that it counts."""
import datetime
import glob
import json
import os
import platform
import re
import statistics
import sys
import time

from kinds import KINDS

FIELDS = "rounds", "acknowledged", "lost", "doubled", "unrecovered"


class Report:
    def __init__(self, args):
        self.args, self.kinds, self.skipped, self.begun = args, {}, {}, time.monotonic()
        self.complained = 0

    def begin(self, kind):
        self.kinds[kind] = {**dict.fromkeys(FIELDS, 0), "bad_rounds": 0, "back": [], "begun": time.monotonic(), "seconds": 0}

    def add(self, kind, number, found, back_s):
        row = self.kinds[kind]
        row["rounds"] += 1
        for field in FIELDS[1:]:
            row[field] += getattr(found, field)
        if back_s is not None:
            row["back"].append(back_s)
        row["seconds"] = time.monotonic() - row["begun"]
        if not found.good:
            row["bad_rounds"] += 1
            for sentence in found.sentences:
                print(f"{kind} {number}: {sentence}")
            print(f"again: tests/80faults/run --kinds {kind} --seed {self.args.seed} --first {number} --rounds 1", flush=True)
        if sys.stderr.isatty():
            print(f"\r{kind} {row['rounds']}, {row['acknowledged']} acknowledged\033[K", end="", file=sys.stderr, flush=True)

    def complaints(self, directory):
        """What the sanitizers wrote into the programs' logs, the last ones at the very end."""
        for path in glob.glob(f"{directory}/*/*.log"):
            with open(path, encoding="utf-8", errors="replace") as log:
                found = re.search(r"(ERROR: \w*Sanitizer|runtime error:).*(\n.*){0,12}", log.read())
            if found:
                self.complained += 1
                print(f"{path}: {found.group()}")

    def skip(self, kind, reason):
        self.skipped[kind] = reason
        print(f"{kind} is left out: {reason}")

    def table(self):
        lines = [f"| kind | what is done | {' | '.join(FIELDS)} | over after, s: median, most | s |", "|---" * (len(FIELDS) + 4) + "|"]
        for kind, row in self.kinds.items():
            back = f"{statistics.median(row['back']):.2f}, {max(row['back']):.2f}" if row["back"] else ""
            figures = " | ".join(f"{row[field]:,}" for field in FIELDS)
            lines.append(f"| `{kind}` | {KINDS[kind].__doc__.strip()} | {figures} | {back} | {row['seconds']:.0f} |")
        return "\n".join(lines) + "\n"

    def json(self):
        kinds = {kind: {**{field: row[field] for field in FIELDS}, "seconds": round(row["seconds"], 1),
                        "back_s": {"median": statistics.median(row["back"]), "most": max(row["back"])} if row["back"] else None}
                 for kind, row in self.kinds.items()}
        return {"seed": self.args.seed, "first": self.args.first, "date": datetime.date.today().isoformat(), "cores": os.cpu_count(),
                "machine": platform.machine(), "programs": os.environ.get("SG_BUILD", "build/dev"), "kinds": kinds, "left_out": self.skipped}

    def finish(self):
        """The exit status."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        print(self.table())
        print(f"seed {self.args.seed}, {time.monotonic() - self.begun:.0f} s")
        for path, text in ((self.args.json, json.dumps(self.json(), indent=1) + "\n"), (self.args.markdown, self.table())):
            if path:
                with open(path, "w", encoding="utf-8") as out:
                    out.write(text)
        failed = self.complained + sum(row["bad_rounds"] for row in self.kinds.values())
        rounds = sum(row["rounds"] for row in self.kinds.values())
        print(f"{max(0, rounds - failed)} passed, {failed} failed" + (f", {len(self.skipped)} skipped" if self.skipped else ""))
        return 1 if failed or not rounds else 0
