"""A private PostgreSQL with our schema and one enrolled student, and the pool driver on a string."""
import os
import queue
import subprocess
import sys
import threading
import time

import psycopg
import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.environ.get("SG_ROOT", os.path.dirname(os.path.dirname(HERE)))
BUILD = os.environ.get("SG_BUILD", f"{ROOT}/build/dev")
WAIT_S = 30  # for something that always happens: a longer wait is a failure, not a slow machine
DEADLINE_MS = 1500
SERIAL = "serial-of-laptop"  # 16 bytes, as certificates have


class Database:
    def __init__(self, directory):
        self.dir = str(directory)
        self.start()
        self.url = self.cluster("url")

    def prepare(self):
        subprocess.run([f"{BUILD}/bin/stepguardctl", "migrate", "--sql-dir", f"{ROOT}/sql", "--url", self.url], check=True,
                       capture_output=True)
        self.enrol()

    def cluster(self, verb):
        return subprocess.run([f"{ROOT}/deploy/pg/private-cluster", verb, self.dir], check=verb != "status", capture_output=True,
                              text=True).stdout.strip()

    def start(self):
        self.cluster("start")

    def stop(self):
        self.cluster("stop")

    def sql(self, query, params=None):
        with psycopg.connect(f"{self.url} user=postgres", autocommit=True) as db:
            cursor = db.execute(query, params)
            return cursor.fetchall() if cursor.description else None

    def enrol(self):
        """School 1 has student 1 with one device, whose certificate has the serial SERIAL."""
        code, key = b"c" * 32, b"k" * 32
        with open(f"{ROOT}/server/risk/params/default-2.ini") as f:
            body = f.read()
        self.sql("select api.school_ensure('demo', 'School of the tests', 'America/New_York')")
        self.sql("select api.parameters_add('demo', 'default-2', %s, '', sha256(%s), true)", (body, body.encode()))
        self.sql("""select api.roster_import('demo', 'test', '[{"student_id": "s1", "given_name": "Teal", "family_name": "Hornbeam",
                    "email": "s1@school.example", "class_year": 2028, "track": "us_md", "status": "active"}]')""")
        self.sql("""select api.codes_issue('demo', '[{"student_id": "s1", "code_hash": "%s"}]', now() + interval '1 day')""" % code.hex())
        rows = self.sql("select school_id, student_id, device_id from api.spend_code(%s, %s, %s, 'laptop', 90)",
                        (code, key, SERIAL.encode()))
        self.school, self.student, self.device = rows[0]
        assert (self.school, self.student) == (1, 1), "pool_driver.c knows no other"
        self.sql("select api.certificate_issued(1, %s, '\\x30')", (SERIAL.encode(),))

    def function(self, signature, body):
        """Another body for a function of the interface, until restore()."""
        self.sql(f"create or replace function {signature} language plpgsql security definer as $$ {body} $$")

    def restore(self, name):
        with open(f"{ROOT}/sql/api/{name}.sql") as f:
            self.sql(f.read())

    def backends(self):
        return [pid for pid, in self.sql("select pid from pg_stat_activity where usename = 'sg_student' order by backend_start")]


class Driver:
    """tests/30traces/pool_driver.c. What it prints is a queue of lines; wait() takes the next one, which must be as told."""

    def __init__(self, url, connections=1, deadline_ms=DEADLINE_MS, channels="", log=None):
        self.log = open(log, "w+") if log else subprocess.DEVNULL
        self.process = subprocess.Popen([f"{BUILD}/tests/pool_driver", url, "sg_student", str(connections), str(deadline_ms), channels],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip())

    def send(self, *commands):
        self.process.stdin.write("".join(command + "\n" for command in commands))
        self.process.stdin.flush()

    def next(self, seconds=WAIT_S):
        return self.lines.get(timeout=seconds)

    def expect(self, *lines):
        for line in lines:
            got = self.next()
            assert got == line, f"{got!r} instead of {line!r}"

    def ask(self, *commands):
        self.send(*commands)
        return self.next()

    def quiet(self, seconds=0.3):
        time.sleep(seconds)
        return self.lines.empty()

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def quit(self):
        if self.process.poll() is None:
            self.send("quit")
        return self.process.wait(WAIT_S)


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pg")
    database = Database(directory)
    try:
        database.prepare()
        yield database
    finally:
        database.cluster("wipe")


@pytest.fixture
def drive(database, tmp_path):
    drivers = []

    def start(**options):
        drivers.append(Driver(options.pop("url", database.url), log=f"{tmp_path}/driver{len(drivers)}.log", **options))
        return drivers[-1]

    yield start
    for driver in drivers:
        assert driver.quit() == 0, driver.said()[-3000:]
