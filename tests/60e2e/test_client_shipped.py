"""What ships beside the program: the manual, completion for both shells, the user's timer, the library with its example; and --watch."""
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from fake_client import STEPGUARD
from fake_server import fault
from house import BIN, ROOT
from peer import pb

BUILD = os.path.dirname(os.path.realpath(BIN.rstrip("/")))


def described(form):
    return subprocess.run([STEPGUARD, f"--describe={form}"], check=True, capture_output=True, text=True).stdout


def commands():
    text = subprocess.run([STEPGUARD, "--help"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^  (\w+) +[A-Z]", text, re.M)


def options(command):
    text = subprocess.run([STEPGUARD, command, "--help"], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^  (--[a-z-]+)", text, re.M))


# ---------------------------------------------------------------- manual and completion

def test_the_manual_has_every_command_and_option(tmp_path):
    (tmp_path / "stepguard.1").write_text(described("man"))
    done = subprocess.run(["man", "--warnings", "-l", str(tmp_path / "stepguard.1")], capture_output=True, text=True, env={**os.environ, "MANWIDTH": "80"})
    assert done.returncode == 0 and done.stderr == ""
    for command in commands():
        if command != "help":
            assert f"stepguard {command}" in done.stdout
            for option in options(command) - {"--json", "--help"}:
                assert option in done.stdout, (command, option)


def bash(line, tmp_path):
    """What bash offers for the last word of the line."""
    words = line.split(" ")
    script = f'source "$1"; COMP_WORDS=({" ".join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}; _stepguard; printf "%s\\n" "${{COMPREPLY[@]}}"'
    (tmp_path / "completion").write_text(described("bash"))
    done = subprocess.run(["bash", "-c", script, "bash", str(tmp_path / "completion")], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_bash_completes(tmp_path):
    (tmp_path / "results.csv").write_text("")
    assert bash("stepguard ", tmp_path) >= set(commands())
    assert bash("stepguard ret", tmp_path) == {"retract"}
    assert bash("stepguard add --", tmp_path) == options("add")
    assert bash("stepguard add --instrument uws", tmp_path) == {"uwsa1", "uwsa2", "uwsa3"}
    assert bash("stepguard add --scale t", tmp_path) == {"three_digit"}
    assert bash("stepguard import res", tmp_path) == {"results.csv"}
    assert bash("stepguard import --subscores res", tmp_path) == {"results.csv"}
    assert bash("stepguard exam c", tmp_path) == {"cancel"} and bash("stepguard exam t", tmp_path) == {"taken"}
    assert bash("stepguard goal s", tmp_path) == {"set"} and bash("stepguard devices r", tmp_path) == {"revoke"}
    assert bash("stepguard checkin l", tmp_path) == {"list"}
    assert bash("stepguard help do", tmp_path) == {"doctor"}


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_zsh_understands_it(tmp_path):
    (tmp_path / "_stepguard").write_text(described("zsh"))
    subprocess.run(["zsh", "-n", str(tmp_path / "_stepguard")], check=True)
    script = f"fpath=({tmp_path} $fpath); autoload -Uz compinit && compinit -D -u; print ${{_comps[stepguard]}}; autoload +X _stepguard"
    done = subprocess.run(["zsh", "-fc", script], capture_output=True, text=True, env={**os.environ, "HOME": str(tmp_path)})
    assert done.stdout.strip() == "_stepguard" and done.stderr == ""


def test_describe_knows_three_forms():
    assert subprocess.run([STEPGUARD, "--describe=html"], capture_output=True).returncode == 2


# ---------------------------------------------------------------- units, library

@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd")
def test_the_users_units_are_understood(tmp_path):
    for unit in "stepguard-sync.service", "stepguard-sync.timer":
        text = open(f"{ROOT}/deploy/systemd/user/{unit}", encoding="utf-8").read()
        text = re.sub(r"^Documentation=.*$", "", text, flags=re.M)  # the manual is not installed here
        (tmp_path / unit).write_text(text.replace("/usr/bin/stepguard", STEPGUARD))
    done = subprocess.run(["systemd-analyze", "verify", "--user", str(tmp_path / "stepguard-sync.timer"), str(tmp_path / "stepguard-sync.service")],
                          capture_output=True, text=True, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)})
    assert "stepguard" not in done.stderr, done.stderr


def installed(tmp_path):
    prefix = tmp_path / "usr"
    for component in "client", "client_library", "client_dev":
        subprocess.run(["cmake", "--install", BUILD, "--prefix", str(prefix), "--component", component], check=True, capture_output=True)
    return prefix


def test_the_example_is_built_against_what_is_installed(enrolled, server, tmp_path):
    subprocess.run(["ninja", "-C", BUILD, "stepguard_shared", "stepguard_described"], check=True, capture_output=True)
    prefix = installed(tmp_path)
    for path in "bin/stepguard", "share/man/man1/stepguard.1", "share/bash-completion/completions/stepguard", "lib/systemd/user/stepguard-sync.timer":
        assert (prefix / path).exists(), path
    pc = next(prefix.rglob("stepguard.pc"))
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", f"--define-variable=prefix={prefix}", str(pc)], check=True, capture_output=True,
                           text=True).stdout.split()
    cache = open(f"{BUILD}/CMakeCache.txt", encoding="utf-8").read()
    sanitizers = re.search(r"^SG_SANITIZE:STRING=(.+)$", cache, re.M)
    source = next(prefix.rglob("example.c"))
    code = source.read_text().split("*/", 1)[1]
    assert len(code.strip().splitlines()) <= 50
    subprocess.run(["cc", "-std=c17", "-Wall", "-Wextra", "-Werror", *([f"-fsanitize={sanitizers[1]}"] if sanitizers else []), str(source), *flags,
                    "-o", str(tmp_path / "example")], check=True)
    environment = {**enrolled.environment(), "LD_LIBRARY_PATH": str(pc.parent.parent)}
    done = subprocess.run([str(tmp_path / "example"), "68.5"], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "1 stored; 93 % to pass\n" and len(server.rows) == 1


def test_the_library_shows_nothing_but_its_own(tmp_path):
    subprocess.run(["ninja", "-C", BUILD, "stepguard_shared"], check=True, capture_output=True)
    names = subprocess.run(["nm", "-D", "--defined-only", f"{BUILD}/client/libstepguard.so"], check=True, capture_output=True, text=True).stdout
    strangers = [line.split()[-1] for line in names.splitlines() if not re.match(r"(sg|catalogue|csv|result|results_csv|study|uuid\d?)_|_?_", line.split()[-1])]
    assert strangers == []


# ---------------------------------------------------------------- sync --watch

class Watch:
    def __init__(self, client, *options):
        self.popen = subprocess.Popen([STEPGUARD, "sync", "--watch", "--json", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                      env=client.environment())

    def line(self):
        return json.loads(self.popen.stdout.readline())

    def stop(self, number=signal.SIGTERM, expect=0):
        self.popen.send_signal(number)
        assert self.popen.wait(60) == expect, self.popen.stderr.read()


def test_watch_sends_what_is_recorded_meanwhile(enrolled, server):
    enrolled.import_rows(2)
    watch = Watch(enrolled)
    assert watch.line()["stored"] == 2
    enrolled.import_rows(3, first=2)  # the directory is free between two syncs
    assert watch.line()["stored"] == 3
    watch.stop()
    assert enrolled.states() == {"stored": 5}


def test_watch_goes_on_when_the_server_is_away_and_ends_when_told(enrolled, server):
    server.stop()
    watch = Watch(enrolled)
    assert watch.line()["error"]["code"] == "unreachable"
    watch.stop(signal.SIGINT)


def test_watch_gives_up_where_another_try_changes_nothing(enrolled, server):
    server.answers = lambda session, message: fault(pb.FAULT_REVOKED, closing=True)
    watch = Watch(enrolled)
    assert watch.line()["error"]["fault"]
    assert watch.popen.wait(60) == 3


def test_watch_before_enrolment(client):
    assert client.run("sync", "--watch", expect=1).stderr
    assert "between 1 and" in client.json("sync", "--watch", "--every", "0", expect=2)["error"]["text"]


def test_watch_waits_for_another_one_to_finish(enrolled):
    with open(enrolled.home + "/lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        watch = Watch(enrolled)
        assert watch.line()["error"]["code"] == "locked"
        watch.stop()
