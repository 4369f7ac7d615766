"""Kills in the middle of syncing: what a client was told is stored is there, exactly once, and all the rest still comes.

Real server, real client, real PostgreSQL. A round starts some clients with results to sync, waits for the first rows to
arrive, kills, starts again, and lets every client finish. The short form runs here; tests/80faults has the campaign.
"""
import csv
import datetime
import os
import random
import re
import signal
import time

import pytest

from fake_client import Client
from house import wait_for
from peer import pb, result

CLIENTS, ROWS = 4, 400


def enrolled(house, student_id):
    """The real client of a student who is on the roster."""
    path = f"{house.dir}/{student_id}.code"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
        out.write(house.code(student_id) + "\n")
    client = Client(f"{house.dir}/home-{student_id}")
    client.run("enrol", "--server", f"127.0.0.1:{house.enrol_port}", "--code-file", path, "--device-name", "laptop")
    return client


def import_rows(client, n, seed):
    """The same rows for every client: what is made from content must not be confused between students."""
    path = f"{client.home}-{seed}.csv"
    rng = random.Random(seed)
    day = datetime.date.today() - datetime.timedelta(days=1)
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["instrument", "taken_at", "items", "correct", "form"])
        for i in range(n):
            taken = day - datetime.timedelta(days=i % 300)
            writer.writerow(["qbank_uworld", taken.isoformat(), 40, rng.randrange(10, 40), f"{seed}-{i}"])
    client.run("import", path)


@pytest.fixture(scope="module")
def clients(house):
    house.roster(*[{"student_id": f"k{i}"} for i in range(CLIENTS)])
    return [enrolled(house, f"k{i}") for i in range(CLIENTS)]


def count(house):
    return house.sql("select count(*) from core.result")[0][0]


def kill_daemon(house):
    house.daemon.kill()
    house.start_daemon()


def kill_postmaster(house):
    pid = int(open(f"{house.sql('show data_directory')[0][0]}/postmaster.pid").readline())
    os.kill(pid, signal.SIGKILL)
    house.cluster("start")


def kill_backend(house):
    [[pid]] = house.sql("select pid from pg_stat_activity where usename = 'sg_student' order by random() limit 1")
    os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_daemon, kill_postmaster, kill_backend], ids=lambda f: f.__name__)
@pytest.mark.parametrize("round_", [1, 2])
def test_nothing_is_lost_or_doubled_by_a_kill(house, clients, kill, round_):
    seed = int(time.time() * 1000)
    for client in clients:
        import_rows(client, ROWS, seed)
    before = count(house)
    syncs = [client.start("sync", "--max-wait", "120") for client in clients]
    wait_for(lambda: count(house) > before, "the first rows")
    time.sleep(random.Random(seed).uniform(0, 0.05))  # a random point of the exchange, not a wait for anything
    kill(house)
    assert [sync.wait(150) for sync in syncs] == [0] * CLIENTS
    assert count(house) == before + CLIENTS * ROWS
    stored = house.sql("select count(*), count(distinct (result_id, revision)) from core.result")[0]
    assert stored[0] == stored[1]
    for client in clients:
        assert client.json("list", "--pending")["results"] == []
    wait_for(lambda: house.sql("select count(*) from core.progress where assessed_version < version")[0][0] == 0, "the janitor")


def test_an_answer_that_was_never_read_changes_nothing(house):
    """The commit happened, the receipt did not arrive: the same rows again are identical."""
    device = house.new_student("unread")
    rows = [result(score_centi=5000 + i) for i in range(50)]
    for _ in range(10):
        connection = device.connect(house.student_port)
        connection.hello()
        connection.send(upload=pb.Upload(results=rows))
        connection.sock.close()
    wait_for(lambda: len(house.stored("unread")) == 50, "the rows")
    with device.connect(house.student_port) as connection:
        connection.hello()
        receipt = connection.upload(*rows).upload_receipt
    assert list(receipt.status) == [pb.ROW_IDENTICAL] * 50 and len(house.stored("unread")) == 50


def test_the_database_away_is_said_and_got_over(house):
    device = house.new_student("away")
    rows = [result() for _ in range(3)]
    with device.connect(house.student_port) as connection:
        connection.hello()
        house.cluster("stop")
        answer = connection.upload(*rows)
        assert answer.fault.code in (pb.FAULT_UNAVAILABLE, pb.FAULT_UNKNOWN_OUTCOME) and answer.fault.retry == pb.RETRY_LATER
        assert not answer.fault.closing and answer.fault.retry_after_ms > 0
        with device.connect(house.student_port) as other:
            assert other.hello().fault.code == pb.FAULT_UNAVAILABLE
            house.cluster("start")

            def welcome():
                return other.hello().WhichOneof("body") == "welcome"

            wait_for(welcome, "a Welcome on the connection that was refused one")
        wait_for(lambda: connection.upload(*rows).WhichOneof("body") in ("upload_receipt",), "a receipt on the old connection")
    assert len(house.stored("away")) == 3


def test_a_database_that_comes_back_leaves_nothing_behind(house):
    """With nobody connected: the sanitizers look at what the daemon has left when it ends."""
    said = len(re.findall("event=database_ready port=student", house.daemon.text()))
    kill_postmaster(house)
    wait_for(lambda: len(re.findall("event=database_ready port=student", house.daemon.text())) > said, "the database")
    assert house.daemon.stop() == 0, house.daemon.text()[-3000:]
    house.start_daemon()
