"""deploy/demo as a stranger would use it: one command, a class, a queue; again; stopped; with ports taken; from a directory that
the unprivileged user cannot enter. What the queue says is held against the truth that the cohort's generator wrote."""

import csv
import datetime
import json
import os
import re
import shutil
import socket
import subprocess

import pytest

from office import OfficeClient

ROOT = os.environ.get("SG_ROOT", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.environ.get("SG_BUILD", os.path.join(ROOT, "build/dev"))
STUDENTS = 60  # the twelve kinds and some more


class Demo:
    def __init__(self, folder, port_base):
        self.dir, self.port_base = str(folder), port_base

    def run(self, *arguments, check=True):
        command = [os.path.join(ROOT, "deploy/demo"), "--dir", self.dir, *arguments]  # first: what follows "office" is its own
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, cwd="/")
        assert not check or run.returncode == 0, run.stdout + run.stderr
        return run

    def up(self, *arguments):
        size = ["--students", str(STUDENTS), "--port-base", str(self.port_base)]
        return self.run(*size, "--programs", os.path.join(BUILD, "bin"), *arguments)

    def remove(self):
        self.run("stop", check=False)
        private_cluster = os.path.join(ROOT, "deploy/pg/private-cluster")
        subprocess.run([private_cluster, "wipe", os.path.join(self.dir, "pg")], check=False)
        shutil.rmtree(os.path.realpath(self.dir), ignore_errors=True)

    def env(self):
        script = 'eval "$("$0" env --dir "$1")" && env -0'
        command = ["bash", "-ac", script, os.path.join(ROOT, "deploy/demo"), self.dir]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return dict(item.split("=", 1) for item in out.split("\0") if "=" in item)

    def ctl(self, *arguments):
        env = self.env()
        command = [os.path.join(env["DEMO_BIN"], "stepguardctl"), "--config", env["OPERATOR_CONFIG"], "--json", *arguments]
        return json.loads(subprocess.run(command, capture_output=True, check=True, env=env).stdout)

    def truth(self):
        with open(os.path.join(self.dir, "school/truth.csv"), encoding="utf-8") as file:
            return {row["student_id"]: row for row in csv.DictReader(file)}


def free_block():
    """Four free ports in a row; another program may take one before the demo does, which then passes the block over."""
    for base in range(21000 + os.getpid() % 1000 * 10, 60000, 10):
        held = []
        try:
            for port in range(base, base + 4):
                held.append(socket.create_server(("127.0.0.1", port)))
            return base
        except OSError:
            continue
        finally:
            for server in held:
                server.close()
    raise RuntimeError("no free ports")


@pytest.fixture(scope="module")
def demo():
    folder = os.path.join(os.environ.get("SG_TMP", "/tmp"), f"demo{os.getpid()}")
    demo = Demo(folder, free_block())
    try:
        demo.first = demo.up()
        yield demo
    finally:
        demo.remove()


def test_prints_the_queue_and_what_to_try(demo):
    assert "need a person" in demo.first.stdout or "at risk" in demo.first.stdout.lower()
    assert "What to try next" in demo.first.stdout
    widths = [len(line.replace(demo.dir, ".demo")) for line in demo.first.stdout.splitlines()]
    assert max(widths) <= 100


def test_env_is_complete(demo):
    env = demo.env()
    for name in "STUDENT_PORT ENROL_PORT OFFICE_URL CA_FILE PGURL OPERATOR_CONFIG DEAN_USER DEAN_PASSWORD DEAN_TOTP_SECRET".split():
        assert name in env
    assert os.path.exists(env["CA_FILE"]) and os.path.exists(env["OPERATOR_CONFIG"])


def test_it_ends_with_a_deans_way_in(demo):
    """The address of the pages, and a code for who has no authenticator app; a second one is good too."""
    end = demo.first.stdout[demo.first.stdout.rindex("The dean's office"):]
    env = demo.env()
    assert env["OFFICE_URL"] + "/\n" in end and env["DEAN_PASSWORD"] in end and re.search(r"^  code +\d{6} .*once", end, re.M)
    code = demo.run("code").stdout.strip()
    with OfficeClient(int(env["OFFICE_URL"].rsplit(":", 1)[1]), env["CA_FILE"]) as browser:
        page = browser.raw("GET", "/", None, {"Accept": "text/html"})
        assert page.status == 200 and page.body.lower().startswith(b"<!doctype html>")
        assert browser.sign_in(env["DEAN_USER"], env["DEAN_PASSWORD"], code).status == 201


def test_every_result_is_stored_once(demo):
    env, truth = demo.env(), demo.truth()
    sql = """select external_id, count(distinct result_id) from core.result join core.student using (school_id, student_id)
             group by 1"""
    command = ["psql", "-XAtd", env["PGURL"] + " user=postgres", "-c", sql]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    stored = {id: int(n) for id, n in (line.split("|") for line in lines)}
    assert stored == {id: int(row["results"]) for id, row in truth.items() if row["results"] != "0"}


def test_queue_agrees_with_the_truth(demo):
    queue, truth = demo.ctl("queue", "--max", "1000"), demo.truth()
    cases = {item["student"]["student_id"]: item for item in queue["items"]}
    assert queue["students"] == STUDENTS and queue["stale"] == 0 and queue["assessed"] == STUDENTS
    by_kind = {row["kind"]: id for id, row in reversed(truth.items())}  # the first of each
    assert cases[by_kind["behind"]]["estimate"]["state"] in ("at_risk", "borderline")
    for kind in ("silent", "banks_only", "absent"):
        assert cases[by_kind[kind]]["estimate"]["state"] == "cannot_say", kind
    for id, case in cases.items():
        assert case["reasons"], f"{id} is in the queue without a reason"


def test_nobody_who_fails_soon_was_called_on_track(demo):
    today = datetime.date.fromisoformat(demo.env()["DEMO_TODAY"])
    soon = lambda day: day and 0 < (datetime.date.fromisoformat(day) - today).days <= 28
    failing = {id for id, row in demo.truth().items() if row["passes"] == "0" and soon(row["exam_day"])}
    called = {id: demo.ctl("student", "show", id)["assessment"]["state"] for id in failing}
    assert called and "on_track" not in called.values(), called


def test_reports_show_where_students_are_weak(demo):
    """The map of areas is full, and what was planted as a gap is called weak more often than what was not."""
    areas = json.loads(demo.run("office", "GET", "/cohort/areas").stdout)
    cells = [cell for cell in areas["cells"] if cell["all"]]
    assert len(cells) == 21 and all(cell["percent"] is not None for cell in cells)
    students = json.loads(demo.run("office", "GET", "/students?stage=to_sit&limit=200").stdout)["items"]
    weak = {row["student_id"]: row["weak_areas"] for row in students}
    gaps = {id: row["weak_areas"].split() for id, row in demo.truth().items() if id in weak}
    few = [id for id, list in weak.items() if 1 <= len(list) <= 3]
    assert len(few) >= areas["n"] / 6
    planted = sum(len(set(gaps[id]) & set(weak[id])) for id in few)
    assert planted >= 0.6 * sum(len(weak[id]) for id in few)


def test_a_second_run_goes_on(demo):
    before = demo.ctl("queue")
    demo.run("stop")
    assert demo.run("status", check=False).returncode == 1
    again = demo.up()
    assert demo.run("status").returncode == 0
    after = demo.ctl("queue")
    assert [item["case"] for item in after["items"]] == [item["case"] for item in before["items"]]
    assert again.stdout.count("✓") == demo.first.stdout.count("✓")


def test_who_never_came_is_noticed(demo):
    day = datetime.date.fromisoformat(demo.env()["DEMO_TODAY"]) + datetime.timedelta(days=12)
    demo.ctl("assess-all", "--as-of", day.isoformat())
    absent = next(id for id, row in demo.truth().items() if row["kind"] == "absent")
    assert "never_synced" in [flag["code"] for flag in demo.ctl("student", "show", absent)["flags"] if not flag.get("closed_at")]


def test_taken_ports_and_a_closed_directory(tmp_path):
    """pytest's directories are for their owner only; called by root, the demo's user cannot enter."""
    base = free_block()
    demo = Demo(tmp_path / "demo", base)
    with socket.create_server(("127.0.0.1", base + 1)):
        try:
            told = demo.up("--no-clients").stdout
            assert f"ports from {base} on are taken" in told
            assert int(demo.env()["STUDENT_PORT"]) >= base + 10
            assert len(os.listdir(os.path.join(demo.dir, "codes"))) == STUDENTS
        finally:
            demo.remove()


def test_refuses_what_is_not_a_demo(tmp_path):
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    demo = Demo(tmp_path, 7440)
    assert demo.run("--fresh", check=False).returncode == 2
    assert (tmp_path / "thesis.txt").read_text() == "irreplaceable"


@pytest.mark.parametrize("line", ["--students 0", "--students many", "--port-base 80", "--no-such", "--dir"])
def test_usage(line):
    command = [os.path.join(ROOT, "deploy/demo"), *line.split()]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/")
    assert run.returncode == 2 and run.stderr
