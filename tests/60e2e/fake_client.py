"""One state directory and the real `stepguard`: what the tests of the client share, beside fake_server.py."""
import json
import os
import sqlite3
import subprocess
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fake_server import FakeServer, owned
from house import BIN

STEPGUARD = os.path.join(BIN, "stepguard")


class Client:
    """One state directory and the real program."""

    def __init__(self, home):
        self.home = str(home)

    def environment(self):
        return {**os.environ, "STEPGUARD_HOME": self.home, "NO_COLOR": "1"}

    def run(self, *argv, stdin="", expect=0, **options):
        done = subprocess.run([STEPGUARD, *argv], input=stdin, capture_output=True, text=True, env=self.environment(), timeout=120,
                              **options)
        assert done.returncode == expect, (argv, done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *argv, **options):
        return json.loads(self.run(*argv, "--json", **options).stdout)

    def start(self, *argv):
        return subprocess.Popen([STEPGUARD, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=self.environment())

    def enrol(self, server, expect=0, host="127.0.0.1", code=None):
        return self.json("enrol", "--server", f"{host}:{server.enrol_port}", "--device-name", "test", "--max-wait", "0",
                         stdin=code or server.code, expect=expect)

    def import_rows(self, n, first=0):
        path = self.home + f"-{first}-{n}.csv"
        with open(path, "w", encoding="utf-8") as out:
            out.write("instrument,form,taken_at,score,items,correct\n")
            for i in range(first, first + n):
                out.write(f"qbank_uworld,b{i},2026-{1 + i // 28 % 9:02d}-{1 + i % 28:02d},,{40 + i % 7},{20 + i % 19}\n")
        return self.json("import", path)

    def states(self):
        counts = {}
        for row in self.json("list")["results"]:
            counts[row["state"]] = counts.get(row["state"], 0) + 1
        return counts

    def ids(self, state=None):
        """As they travel."""
        rows = self.json("list")["results"]
        return {owned(uuid.UUID(row["result_id"]).bytes) for row in rows if state in (None, row["state"])}


@pytest.fixture
def client(tmp_path):
    return Client(tmp_path / "home")


@pytest.fixture
def server(tmp_path):
    with FakeServer(tmp_path) as server:
        yield server


@pytest.fixture
def enrolled(client, server):
    client.enrol(server)
    return client


def sync(client, expect=0, max_wait=0):
    return client.json("sync", "--max-wait", str(max_wait), expect=expect)


def sound(client):
    """The outbox is whole, or the client ended before it had one."""
    if not os.path.exists(client.home + "/outbox.db"):
        return
    db = sqlite3.connect(client.home + "/outbox.db")
    assert db.execute("pragma quick_check").fetchall() == [("ok",)]
    db.close()


def key_of(client):
    with open(client.home + "/device.key", "rb") as key, open(client.home + "/device.crt", "rb") as certificate:
        key, certificate = load_pem_private_key(key.read(), None), x509.load_pem_x509_certificate(certificate.read())
    assert key.public_key().public_numbers() == certificate.public_key().public_numbers(), "key and certificate belong together"
    return key.public_key().public_numbers()
