"""Every point where the power may go, a disk fill up, memory run out or a connection break, one after the other (faults.c): nothing is
lost that was told as kept, nothing is there twice, what fails says so, and the next run goes on as if nothing had been."""
import contextlib
import os
import shutil
import sqlite3
import tempfile

import pytest

from fake_client import key_of, sync
from faults import MOST, Faults, walk

PER_WALK, ONLINE = 5, 3  # points of a walk in the short form where there are more; but killed it is at each step of what it writes

ADD = ["add", "--instrument", "cbssa", "--form", "32", "--score", "70", "--date", "2026-03-05"]
LOCAL = {
    "first": (False, ADD),
    "add": (True, ADD),
    "edit": (True, ["edit", "1", "--score", "71"]),
    "retract": (True, ["retract", "2"]),
    "import": (True, ["import", "FILE"]),
    "undo": (True, ["undo"]),
    "exam": (True, ["exam", "plan", "2027-05-08"]),
    "goal": (True, ["goal", "set", "--questions", "280"]),
}
ONCE, FOR_GOOD = False, True
EVERY = 10 ** 9
BREAKS = [("torn", ONCE), ("enospc", FOR_GOOD), ("eio", ONCE), ("eintr", ONCE), ("short", FOR_GOOD), ("enomem", ONCE), ("enomem", FOR_GOOD)]
RARE = [("enospc", ONCE), ("eio", FOR_GOOD), ("short", ONCE)] if MOST else []
NETWORK = [("kill_online", ONCE), ("reset", ONCE), ("reset", FOR_GOOD)]


@pytest.fixture
def faults(tmp_path):
    """In memory where there is such a place: what a process writes outlives it on any file system, and a disk would take minutes."""
    where = tempfile.mkdtemp(prefix="sg-faults-", dir="/dev/shm" if os.path.isdir("/dev/shm") else tmp_path)
    client = Faults(where + "/home")
    yield client
    client.end()
    shutil.rmtree(where)


def kept(client):
    """All that is recorded, without what differs from run to run."""
    with contextlib.closing(sqlite3.connect(client.home + "/outbox.db")) as db:
        return (db.execute("select form, revision, score_centi, retracted, state from result order by form, revision").fetchall(),
                db.execute("select action, exam_day, state from plan_change order by seq").fetchall(),
                db.execute("select kind, questions, state from study order by seq").fetchall())


@pytest.mark.parametrize("name", LOCAL)
def test_what_is_recorded_here(faults, tmp_path, name, record_property):
    prepared, argv = LOCAL[name]
    rows = tmp_path / "rows.csv"
    rows.write_text("instrument,form,taken_at,score\n" + "".join(f"cbssa,f{i},2026-04-0{1 + i},{50 + i}\n" for i in range(5)))
    if prepared:
        for form, score in ("30", 60), ("31", 64):
            faults.json("add", "--instrument", "cbssa", "--form", form, "--score", str(score), "--date", "2026-02-01")
        faults.json("exam", "plan", "2027-05-01")
    faults.keep()
    faults.run("list")
    before = kept(faults)
    argv = [str(rows) if word == "FILE" else word for word in argv]
    faults.back()
    faults.run(*argv)
    after = kept(faults)
    assert before != after

    def check(tried):
        faults.run("list")  # the next run mends what there is to mend
        now = kept(faults)
        assert now in (before, after), "half of it is there"
        assert now == after or tried.code != 0, "it said that it was recorded"
        if now == before:
            faults.run(*argv)
        elif name not in ("exam", "goal", "undo"):  # said twice these are two things
            faults.run(*argv)
        assert kept(faults) == after

    points = walk(faults, "kill", argv, check, EVERY)
    points += sum(walk(faults, kind, argv, check, PER_WALK, for_good) for kind, for_good in BREAKS + RARE)
    record_property("points", points)


# ---------------------------------------------------------------- with the school at the other end


def everywhere(faults, argv, check, stdin=""):
    """Killed at each step, and every kind of break. Gives the number of points."""
    points = walk(faults, "kill", argv, check, EVERY, stdin=stdin)
    return points + sum(walk(faults, kind, argv, check, ONLINE, for_good, stdin) for kind, for_good in BREAKS + NETWORK + RARE)


def test_syncing(faults, server, record_property):
    """Three batches, a correction, a withdrawal and a plan: each arrives once, and what counts as stored is there."""
    server.limits.max_results = 5
    faults.enrol(server)
    faults.import_rows(10)
    faults.json("edit", "1", "--form", "corrected")
    faults.json("retract", "2")
    faults.json("exam", "plan", "2027-05-01")
    faults.keep()

    def check(tried):
        stored = faults.ids("stored")
        assert stored <= {key[0] for key in server.rows}, "what counts as stored is at the school"
        assert tried.code != 0 or len(stored) == 10, "it said that all was sent"
        assert sync(faults)["left"] == 0
        assert sorted(revision for _, revision in server.rows) == [0] * 10 + [1, 1] and len(server.plans) == 1
        assert {key[0] for key in server.rows} == faults.ids("stored")
        server.rows.clear()
        server.plans.clear()

    record_property("points", everywhere(faults, ["sync", "--max-wait", "0"], check))


def test_renewing_the_certificate(faults, server, record_property):
    """The old key or the new one, whole, and the next sync has a certificate to show for it."""
    faults.enrol(server)
    old = key_of(faults)
    faults.keep()
    server.renew_now = True

    def check(tried):
        sync(faults)
        assert key_of(faults) != old
        assert not os.path.exists(faults.home + "/device.key.next") and not os.path.exists(faults.home + "/device.crt.next")

    record_property("points", everywhere(faults, ["sync", "--max-wait", "0"], check))


def test_enrolling(faults, server, record_property):
    """The code is spent by one key, and by trying again the device is enrolled with it."""
    argv = ["enrol", "--server", f"127.0.0.1:{server.enrol_port}", "--device-name", "x", "--max-wait", "0"]

    def check(tried):
        enrolled = os.path.exists(faults.home + "/device.crt")
        if not enrolled:
            assert tried.code != 0, "it said that it was enrolled"
            again = faults.attempt("kill", 0, *argv, stdin=server.code)
            assert again.code == 0 or "enrolled already" in again.err, again  # it is, as soon as what came is on disk
        sync(faults)
        key_of(faults)
        server.spent.clear()  # the same code for the next device

    faults.keep()  # nothing, yet
    record_property("points", everywhere(faults, argv, check, stdin=server.code))
