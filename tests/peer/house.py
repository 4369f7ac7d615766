"""A school's server on this machine, for tests: private PostgreSQL, CA, daemon, operator tool, all the real ones.

Everything lives in one directory and ends with it. Processes are ended by the handles kept here, never by name. Ports are
chosen by the kernel and read from the daemon's log.
"""
import csv
import glob
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time

import psycopg

import peer

ROOT = peer.ROOT
BIN = os.path.join(os.environ.get("SG_BUILD", os.path.join(ROOT, "build", "dev")), "bin")
# Deadlines short enough to wait for, long enough for a loaded machine under ASan.
QUICK = {"student": {"frame_deadline_s": 3, "hello_deadline_s": 20, "handshake_deadline_s": 20,
                     "uploads_per_minute": 100000}}
WAIT_S = 60  # for something that always happens: a longer wait is a failure, not a slow machine


def wait_for(condition, what, seconds=WAIT_S):
    """Polls until the condition gives something true, and gives that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s for {what}")


class Process:
    """A program that runs until it is told to stop; what it logs is kept in a file."""

    def __init__(self, argv, log, env=None):
        self.log = log
        self.start = os.path.getsize(log) if os.path.exists(log) else 0
        with open(log, "ab") as out:
            self.popen = subprocess.Popen(argv, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env, start_new_session=True)

    def text(self):
        with open(self.log, "rb") as f:
            f.seek(self.start)
            return f.read().decode("utf-8", "replace")

    def said(self, pattern):
        """The match of the pattern in what it logged so far; fails when it ended instead of saying it."""
        match = re.search(pattern, self.text())
        if match is None and self.popen.poll() is not None:
            raise AssertionError(f"ended with {self.popen.returncode}:\n{self.text()[-4000:]}")
        return match

    def wait_said(self, pattern, seconds=WAIT_S):
        return wait_for(lambda: self.said(pattern), f"'{pattern}' in {self.log}", seconds)

    def kill(self, signo=signal.SIGKILL):
        if self.popen.poll() is None:
            os.kill(self.popen.pid, signo)
        return self.popen.wait(WAIT_S)

    def stop(self):
        return self.kill(signal.SIGTERM)

    def signal(self, signo):
        os.kill(self.popen.pid, signo)


class House:
    def __init__(self, directory, bin_directory, school="demo", conf=None):
        self.dir, self.bin, self.school = str(directory), str(bin_directory), school
        self.extra = {section: dict(keys) for section, keys in (conf or {}).items()}  # {"student": {"idle_s": 3}}: on top of the settings below
        self.conf_path = f"{self.dir}/stepguard.conf"
        self.ca_file = f"{self.dir}/pki/ca.crt"
        self.ca_key = f"{self.dir}/pki/ca.key"
        self.ca = self.daemon = None
        self.student_port = self.enrol_port = self.office_port = None

    # ---- the database

    def cluster(self, verb, *options):
        done = subprocess.run([f"{ROOT}/deploy/pg/private-cluster", verb, f"{self.dir}/pg", *options], check=verb != "status",
                              capture_output=True, text=True)
        return done.stdout.strip()

    def sql(self, query, params=None, database=None):
        """As the superuser, for looking behind the curtain. Rows, or None where there are none."""
        other = f" dbname={database}" if database else ""
        with psycopg.connect(f"{self.url} user=postgres{other}", autocommit=True) as db:
            cursor = db.execute(query, params)
            return cursor.fetchall() if cursor.description else None

    def dump(self):
        """Everything the database keeps, as text."""
        return subprocess.run(["pg_dump", f"{self.url} user=postgres"], check=True, capture_output=True, text=True).stdout

    def database_log(self):
        """What PostgreSQL wrote down."""
        where = dict(line.split("=", 1) for line in self.cluster("status").splitlines())["log"].strip("'")
        with open(where, encoding="utf-8", errors="replace") as log:
            return log.read()

    # ---- configuration

    def write_conf(self, path=None, extra=None):
        sections = {
            "school": {"code": self.school, "name": "School of the tests", "zone": "America/New_York"},
            "database": {"url": self.url, "connections": 2, "deadline_ms": 10000},
            "student": {"listen": "127.0.0.1:0", "certificate": "pki/server.crt", "key": "pki/server.key", "client_ca": "pki/ca.crt",
                        "stop_grace_s": 5, "max_handshakes_s": 2000},
            "enrol": {"listen": "127.0.0.1:0", "tries_per_minute": 10000},
            "office": {"listen": "127.0.0.1:0", "secrets_key": "pki/office.key", "requests_per_minute": 100000,
                       "strangers_per_minute": 100000},
            "ca": {"socket": "ca.sock", "certificate": "pki/ca.crt", "key": "pki/ca.key"},
            "report": {"directory": "report"},
            "log": {"level": "debug"},
        }
        for section, keys in [*self.extra.items(), *(extra or {}).items()]:
            sections.setdefault(section, {}).update(keys)
        with open(path or self.conf_path, "w") as out:
            for section, keys in sections.items():
                out.write(f"[{section}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items()))

    # ---- programs

    def run(self, program, *argv, check=True, env=None, stdin=None, timeout=120):
        done = subprocess.run([f"{self.bin}/{program}", *argv], capture_output=True, text=True, input=stdin, timeout=timeout,
                              env={**os.environ, "STEPGUARD_CONFIG": self.conf_path, "NO_COLOR": "1", **(env or {})})
        if check and done.returncode != 0:
            raise AssertionError(f"{program} {' '.join(argv)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def ctl(self, *argv, check=True):
        return self.run("stepguardctl", *argv, check=check)

    def start(self):
        os.makedirs(f"{self.dir}/pki", mode=0o700, exist_ok=True)
        self.cluster("start")
        self.url = self.cluster("url")
        self.write_conf()
        self.ctl("migrate", "--sql-dir", f"{ROOT}/sql")
        self.ctl("init", "--server-name", "localhost", "--server-ip", "127.0.0.1")
        self.start_ca()
        self.start_daemon()
        return self

    def start_ca(self):
        self.ca = Process([f"{self.bin}/stepguard-ca", "--config", self.conf_path], f"{self.dir}/ca.log")
        self.ca.wait_said(r"event=started")  # the file of the socket may be that of one that was killed

    def start_daemon(self, *options, env=None):
        self.daemon = Process([f"{self.bin}/stepguardd", "--config", self.conf_path, *options], f"{self.dir}/daemon.log", env=env)
        ports = self.daemon.wait_said(r"event=started .*student_port=(\d+) enrol_port=(\d+) office_port=(\d+)")
        self.student_port, self.enrol_port, self.office_port = int(ports[1]), int(ports[2]), int(ports[3])
        self.extra.setdefault("student", {})["listen"] = f"127.0.0.1:{self.student_port}"  # the same ones after a restart
        self.extra.setdefault("enrol", {})["listen"] = f"127.0.0.1:{self.enrol_port}"
        self.extra.setdefault("office", {})["listen"] = f"127.0.0.1:{self.office_port}"
        self.write_conf()
        self.daemon.wait_said(r"event=database_ready port=student")
        self.daemon.wait_said(r"event=database_ready role=sg_office db=0 read_only=1")
        self.daemon.wait_said(r"event=database_ready role=sg_office db=0\n")

    def another_daemon(self, name, conf=None):
        """One more daemon of this school, on ports of its own; its process and its office port. The caller's to stop."""
        path = f"{self.dir}/{name}.conf"
        anywhere = {port: {"listen": "127.0.0.1:0", **(conf or {}).get(port, {})} for port in ("student", "enrol", "office")}
        self.write_conf(path, {**(conf or {}), **anywhere})
        process = Process([f"{self.bin}/stepguardd", "--config", path], f"{self.dir}/{name}.log")
        port = int(process.wait_said(r"event=started .*office_port=(\d+)")[1])
        process.wait_said(r"event=database_ready role=sg_office db=0 read_only=1")
        return process, port

    def stop(self):
        for process in (self.daemon, self.ca):
            if process is not None:
                process.stop()
        self.cluster("wipe")

    # ---- people

    def roster(self, *students):
        """Puts students (dicts with at least student_id) on the roster."""
        fields = ["student_id", "given_name", "family_name", "email", "class_year", "track", "adviser_email", "dedicated_start", "status"]
        out = io.StringIO()
        writer = csv.DictWriter(out, fields)
        writer.writeheader()
        for student in students:
            writer.writerow({"given_name": "Teal", "family_name": "Hornbeam", "email": f"{student['student_id']}@school.example",
                             "class_year": 2028, "track": "us_md", "status": "active", **student})
        path = f"{self.dir}/roster.csv"
        with open(path, "w") as f:
            f.write(out.getvalue())
        return self.ctl("roster", "import", path)

    def codes(self, *student_ids):
        """A fresh one-time code for each: {student id: code}."""
        out = f"{self.dir}/codes"
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        self.ctl("code", "issue", *[word for id in student_ids for word in ("--student", id)], "--out", out)
        found = {}
        for path in glob.glob(f"{out}/*.code"):
            with open(path) as f:
                found[os.path.basename(path).removesuffix(".code")] = f.read().strip()
        return found

    def code(self, student_id):
        [code] = self.codes(student_id).values()
        return code

    def device(self, student_id):
        """An enrolled device of a student who is on the roster."""
        device = peer.Device(self.ca_file)
        answer = device.enrol(self.enrol_port, self.code(student_id))
        assert answer.WhichOneof("body") == "certificate", answer
        return device

    def new_student(self, student_id):
        self.roster({"student_id": student_id})
        return self.device(student_id)

    def stored(self, student_id):
        """What the database has of a student: {(result id, revision): score}."""
        rows = self.sql("""select r.result_id, r.revision, r.score_centi from core.result r join core.student s using (school_id, student_id)
                           where s.external_id = %s""", (student_id,))
        return {(str(a), b): c for a, b, c in rows}

    def json(self, *argv):
        return json.loads(self.ctl(*argv, "--json").stdout)
