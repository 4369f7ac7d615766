"""kill -9 at random moments, a full disk, two at once, rows that rotted: nothing is lost, nothing counts twice. Each moment by itself is
tried by test_client_faults.py."""
import os
import random
import resource
import signal
import sqlite3
import subprocess
import threading
import time

import pytest

from fake_client import STEPGUARD, sound, sync
from fake_server import fault
from peer import pb


def test_two_at_once(enrolled, server):
    enrolled.import_rows(2)
    at_work, go_on = threading.Event(), threading.Event()

    def slow(session, message):
        if message.WhichOneof("body") == "upload":
            at_work.set()
            assert go_on.wait(60)

    server.answers = slow
    first = enrolled.start("sync")
    assert at_work.wait(60)
    answer = enrolled.json("list", expect=1)
    assert answer["error"]["code"] == "locked" and f"process {first.pid}" in answer["error"]["text"]
    go_on.set()
    assert first.wait(60) == 0


def killed(process, after_s):
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(60)


def test_kill_at_any_moment_loses_nothing(enrolled, server):
    """import and sync are killed at random moments, again and again. Whatever import said was recorded is there; whatever is
    acknowledged is at the server; in the end every row is at the server exactly once."""
    rng = random.Random(1)
    server.limits.max_results = 7
    acknowledged, rows, rounds = set(), 0, int(os.environ.get("SG_KILLS", "4"))
    began = time.monotonic()
    sync(enrolled)
    one_s = max(0.05, time.monotonic() - began)
    for turn in range(rounds):
        path = f"{enrolled.home}-{turn}.csv"
        with open(path, "w", encoding="utf-8") as out:
            out.write("instrument,form,taken_at,score\n")
            out.writelines(f"cbssa,{turn}.{i},2026-0{1 + i % 9}-1{turn % 10},{40 + i}\n" for i in range(40))
        killed(enrolled.start("import", path), rng.random() * one_s)
        killed(enrolled.start("sync", "--max-wait", "0"), rng.random() * 2 * one_s)
        sound(enrolled)
        stored = enrolled.ids("stored")
        assert acknowledged <= stored, "what was acknowledged stays so"
        assert stored <= {key[0] for key in server.rows}, "what counts as stored is at the server"
        acknowledged = stored
        answer = enrolled.json("import", path)
        rows += 40
        assert answer["new"] in (0, 40), "a file is recorded whole or not at all"
        assert len(enrolled.ids()) == rows
    report = sync(enrolled)
    assert report["left"] == 0 and len(server.rows) == rows
    assert {key[0] for key in server.rows} == enrolled.ids("stored")


def small_files(limit):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return limited


@pytest.mark.parametrize("limit", [1, 4096, 20000, 60000])
def test_full_disk(enrolled, server, tmp_path, limit):
    """A file system that takes no more: said clearly, nothing half recorded, and all is well once there is room."""
    enrolled.import_rows(20)
    path = tmp_path / "many.csv"
    rows = "".join(f"cbssa,f{i},2026-05-01,{i % 90}\n" for i in range(2000))
    path.write_text("instrument,form,taken_at,score\n" + rows)
    done = subprocess.run([STEPGUARD, "import", str(path)], capture_output=True, text=True, env=enrolled.environment(),
                          preexec_fn=small_files(limit), timeout=60)
    assert done.returncode == 1 and "disk is full" in done.stderr, done
    sound(enrolled)
    assert len(enrolled.ids()) == 20
    assert enrolled.json("import", str(path))["new"] == 2000
    assert sync(enrolled)["stored"] == 2020


def test_full_disk_at_the_receipt(enrolled, server):
    """The server has the rows, the receipt cannot be written: they stay queued and are recognised the next time."""
    enrolled.import_rows(300)
    server.answers = lambda session, message: fault(pb.FAULT_BUSY, pb.RETRY_LATER) if message.WhichOneof("body") == "upload" else None
    sync(enrolled, expect=3)  # what is written before anything is sent has been written by then
    server.answers = lambda session, message: None
    done = subprocess.run([STEPGUARD, "sync", "--max-wait", "0", "--json"], capture_output=True, text=True,
                          env=enrolled.environment(), preexec_fn=small_files(8192), timeout=60)
    assert done.returncode == 1 and "disk is full" in done.stdout, done
    sound(enrolled)
    assert enrolled.states() == {"pending": 300}
    assert sync(enrolled)["identical"] == 300


def test_full_disk_before_anything_is_sent(enrolled, server):
    """What can be undone without a trace depends on what was handed out, so that is on disk first, or nothing is handed out."""
    enrolled.import_rows(300)
    done = subprocess.run([STEPGUARD, "sync", "--max-wait", "0", "--json"], capture_output=True, text=True,
                          env=enrolled.environment(), preexec_fn=small_files(8192), timeout=60)
    assert done.returncode == 1 and "disk is full" in done.stdout, done
    assert server.rows == {} and sync(enrolled)["stored"] == 300


def test_a_row_changed_on_disk_is_not_sent(enrolled, server):
    enrolled.import_rows(5)
    with sqlite3.connect(enrolled.home + "/outbox.db") as db:
        db.execute("update result set score_centi = score_centi + 100 where seq = 3")
    db.close()
    report = sync(enrolled, expect=1)
    assert (report["stored"], report["damaged"], report["left"]) == (4, 1, 1)
    assert "changed on disk" in enrolled.run("list", "--pending").stdout


def test_a_damaged_outbox_is_named(enrolled):
    enrolled.import_rows(200)
    with open(enrolled.home + "/outbox.db", "r+b") as db:
        db.seek(4096 * 3)
        db.write(os.urandom(4096))
    answer = enrolled.json("list", expect=1)
    assert "damaged" in answer["error"]["text"] and answer["error"]["code"] == "local"
