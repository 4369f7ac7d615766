"""Every point where the power may go, a disk fill up, memory run out or a connection break, one after the other (faults.c): nothing is
lost that was told as kept, nothing is there twice, what fails says so, and the next run goes on as if nothing had been."""
import contextlib
import os
import shutil
import sqlite3
import tempfile

import pytest

from fake_client import key_of, sync
from faults import ALL, Faults, walk

PER_WALK = 8  # points of a walk in the short form where there are more; but killed it is everywhere

ADD = ["add", "--instrument", "cbssa", "--form", "32", "--score", "70", "--date", "2026-03-05"]
LOCAL = {
    "first": (False, ADD),
    "add": (True, ADD),
    "edit": (True, ["edit", "1", "--score", "71"]),
    "retract": (True, ["retract", "2"]),
    "import": (True, ["import", "FILE"]),
    "undo": (True, ["undo"]),
    "exam": (True, ["exam", "plan", "2027-05-08"]),
}
ONCE, FOR_GOOD = False, True
EVERY = 10 ** 9
BREAKS = [("torn", ONCE), ("enospc", FOR_GOOD), ("eio", ONCE), ("eintr", ONCE), ("short", FOR_GOOD), ("enomem", ONCE), ("enomem", FOR_GOOD)]
RARE = [("enospc", ONCE), ("eio", FOR_GOOD), ("short", ONCE)] if ALL else []
NETWORK = [("reset", ONCE), ("reset", FOR_GOOD)]


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
                db.execute("select action, exam_day, state from plan_change order by seq").fetchall())


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
        elif name not in ("exam", "undo"):  # said twice these are two things
            faults.run(*argv)
        assert kept(faults) == after

    points = walk(faults, "kill", argv, check, EVERY)
    points += sum(walk(faults, kind, argv, check, PER_WALK, for_good) for kind, for_good in BREAKS + RARE)
    record_property("points", points)
