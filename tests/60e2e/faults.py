"""stepguard_faults (faults.c) for tests: the client whose n-th call of a kind fails, and a walk over all n.

With SG_FAULTS=all a walk stops at every point, with SG_FAULTS=200 at so many; without it at no more than the test says, evenly spread, first
and last among them.
"""
import json
import os
import re
import shutil
import signal
import subprocess
from collections import namedtuple

from fake_client import Client
from house import BIN

WANTED = os.environ.get("SG_FAULTS", "")
MOST = 10 ** 9 if WANTED == "all" else int(WANTED or 0)
BROKEN = 99  # what a sanitizer ends with
KILLERS = ("kill", "kill_online", "torn")

# how: "exit" or "signal"; calls: how many of that kind there were until then; at: the name of the one that failed
Tried = namedtuple("Tried", "how code calls at out err")


class Faults(Client):
    """A client whose program is started once and forks for each command: a tenth of the time, and it can be told to fail."""

    def __init__(self, home):
        super().__init__(home)
        self.out, self.err, self.given = (f"{home}.{name}" for name in ("out", "err", "in"))
        self.programs = {}

    def program(self, kind):
        """Where memory runs out OpenSSL forgets some of its own, which is not ours to mend; everywhere else its leaks would be ours."""
        forgetful = kind == "enomem"
        if forgetful not in self.programs:
            options = f"exitcode={BROKEN}:abort_on_error=0"
            if forgetful:
                with open(self.home + ".theirs", "w", encoding="utf-8") as out:
                    out.write("leak:libcrypto.so\nleak:libssl.so\n")
            leaks = f":suppressions={self.home}.theirs:print_suppressions=0" if forgetful else ""
            self.programs[forgetful] = subprocess.Popen(
                [os.path.join(os.path.dirname(BIN), "tests", "stepguard_faults")], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env={**self.environment(), "ASAN_OPTIONS": options, "UBSAN_OPTIONS": options, "LSAN_OPTIONS": options + leaks})
        return self.programs[forgetful]

    def end(self):
        for program in self.programs.values():
            program.stdin.close()
            program.wait(60)
            program.stdout.close()

    def attempt(self, kind, n, *argv, for_good=False, stdin=""):
        with open(self.given, "w", encoding="utf-8") as out:
            out.write(stdin)
        fields = (kind, n, int(for_good), self.home, self.given, self.out, self.err, *argv)
        assert not any(mark in str(field) for field in fields for mark in "\t\n")
        program = self.program(kind)
        program.stdin.write("\t".join(map(str, fields)) + "\n")
        program.stdin.flush()
        how, code, calls, at = program.stdout.readline().split()
        with open(self.out, encoding="utf-8") as out, open(self.err, encoding="utf-8") as err:
            return Tried(how, int(code), int(calls), at, out.read(), err.read())

    def run(self, *argv, stdin="", expect=0, **_):
        tried = self.attempt("kill", 0, *argv, stdin=stdin)
        assert (tried.how, tried.code) == ("exit", expect), (argv, tried)
        return subprocess.CompletedProcess(argv, tried.code, tried.out, tried.err)

    def json(self, *argv, **options):
        return json.loads(self.run(*argv, "--json", **options).stdout)

    def keep(self):
        """What lies here now, to come back to."""
        shutil.copytree(self.home, self.home + ".kept") if os.path.exists(self.home) else None

    def back(self):
        shutil.rmtree(self.home, ignore_errors=True)
        if os.path.exists(self.home + ".kept"):
            shutil.copytree(self.home + ".kept", self.home)


def spread(calls, most):
    """The points of a walk over so many calls."""
    most = max(most, MOST)
    if calls <= most:
        return range(1, calls + 1)
    return sorted({1 + round(i * (calls - 1) / (most - 1)) for i in range(most)})


def ended_well(kind, tried):
    """Killed where that was asked for; else it went through, or failed with a sentence that says what to do."""
    assert "Sanitizer" not in tried.err and "runtime error" not in tried.err, tried.err
    if tried.how == "signal":
        assert kind in KILLERS and tried.code == signal.SIGKILL, tried
    else:
        assert tried.code in (0, 1, 3), tried
        said = tried.err.strip() or tried.out.strip()  # a result with an error in it goes to standard output
        assert tried.code == 0 or len(said) > 40, tried
        assert not re.search("--replace|damaged|Move it away", said), f"what passes is taken for what stays: {tried}"


def walk(client, kind, argv, check, most, for_good=False, stdin=""):
    """Runs the command whole, and once for each point, from the state that keep() kept, and check(tried) after each. Gives the number of points."""
    client.back()
    whole = client.attempt(kind, 0, *argv, stdin=stdin)
    assert (whole.how, whole.code) == ("exit", 0), whole
    check(whole)
    points = spread(whole.calls, most)
    for n in points:
        client.back()
        tried = client.attempt(kind, n, *argv, for_good=for_good, stdin=stdin)
        try:
            ended_well(kind, tried)
            check(tried)
        except AssertionError as error:
            raise AssertionError(f"{kind} at call {n} of {whole.calls} ({tried.at}) of `{' '.join(argv)}`: {error}") from error
    return len(points)
