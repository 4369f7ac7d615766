"""A school with cases, for the tests of cases: a database, an office of two, and their requests as the daemon makes them."""

import datetime
import hashlib
import itertools
import json
import os
import subprocess
import uuid

import psycopg
import pytest
from psycopg.types.composite import CompositeInfo, register_composite

URL, SQL = os.environ["SG_SQL_URL"], os.environ["SG_SQL_DIR"]
MIGRATE = os.path.join(os.environ["SG_SQL_BUILD"], "tests", "sql_migrate")
START = datetime.datetime(2026, 10, 30, 14, 0, tzinfo=datetime.timezone.utc)  # a Friday; on the Sunday the clocks go back
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def database():
    name = "cases_" + uuid.uuid4().hex[:8]
    with psycopg.connect(f"{URL} user=postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
    url = URL.replace("dbname=stepguard", f"dbname={name}")
    done = subprocess.run([MIGRATE, url, SQL], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    yield url
    with psycopg.connect(f"{URL} user=postgres", autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


class Refused(Exception):
    def __init__(self, problem):
        super().__init__(f"{problem.sqlstate[2:]} {problem.diag.constraint_name}: {problem.diag.message_primary}")
        self.code = problem.diag.constraint_name


class School:
    """A school with a dean, and an adviser of the first of its students only; one session, whose clock is set by hand."""

    numbers = itertools.count()

    def __init__(self, session, students=2, clock=START):
        self.code = f"s{next(self.numbers)}"
        self.db = session
        self.types = {}
        for name in ("assessment_row", "flag_row"):
            info = CompositeInfo.fetch(self.db, f"api.{name}")
            register_composite(info, self.db)
            self.types[name] = info.python_type
        self.id, = self.one("select api.school_ensure(%s, 'A school', 'America/New_York')", self.code)
        rows = [{"student_id": str(1000 + n), "given_name": "Viridian", "family_name": "Hackberry"} for n in range(students)]
        self.one("select api.roster_import(%s, 'x', %s)", self.code, json.dumps(rows))
        self.students = [s for s, in self.db.execute("select student_id from core.student where school_id = %s order by 1", [self.id])]
        self.db.execute("insert into ops.setting (school_id, key, value, set_at) values (%s, 'capacity_per_week', '10000', now())", [self.id])
        self.staff = {name: self.person(name, role) for name, role in (("dean", "dean"), ("ida", "adviser"))}
        self.db.execute("""insert into core.ground (school_id, staff_id, student_id, kind, valid_from, granted_at)
                           values (%s, %s, %s, 'adviser', '2020-01-01', now())""", [self.id, self.staff["ida"], self.students[0]])
        self.versions = itertools.count()
        self.set_clock(clock)

    def one(self, statement, *args):
        return self.db.execute(statement, args).fetchone()

    def token(self, name):
        return hashlib.sha256(f"{self.code} {name}".encode()).digest()

    def person(self, name, role):
        staff, = self.one("insert into core.staff (school_id, email, name, roles, status) values (%s, %s, %s, %s, 'active') returning staff_id",
                          self.id, f"{name}@a.example", name.capitalize(), [role])
        self.db.execute("""insert into core.session (school_id, token_hash, staff_id, csrf_hash, method, created_at, last_seen_at, stepped_up_at, expires_at,
                                                     address, agent)
                           values (%s, %s, %s, %s, 'password', now(), now(), now(), 'infinity', '192.0.2.1', 'test')""",
                        [self.id, self.token(name), staff, self.token(name)])
        return staff

    def set_clock(self, at):
        self.now = at
        self.db.execute("select set_config('sg.now', %s, false)", [at.isoformat()])
        self.db.execute("update core.session set last_seen_at = %s, stepped_up_at = %s where school_id = %s", [at, at, self.id])

    def ask(self, person, function, session=None, **args):
        """An answer of the office as a document; Refused where it refuses."""
        token = self.token(person)
        try:
            answer = (session or self.db).execute(
                f"select body from api.{function}(row(%s, %s, false, %s, '192.0.2.1', 'test', 'r')::api.caller, %s)",
                (self.code, token, token, json.dumps(args))).fetchone()
        except psycopg.Error as problem:
            if (problem.sqlstate or "").startswith("SG"):
                raise Refused(problem) from None
            raise
        return json.loads(answer[0])

    def act(self, person, case, verb, session=None, **body):
        return self.ask(person, "case_act", session, case=str(case), verb=verb, body=body)

    def assess(self, student, p, state, flags, session=None):
        """An estimate with flags {code: (severity, evidence)}, as after an upload."""
        db = session or self.db
        version, = db.execute("select version from core.progress where school_id = %s and student_id = %s", [self.id, student]).fetchone()
        row = self.types["assessment_row"](self.id, student, version, 1, START + next(self.versions) * datetime.timedelta(seconds=1), state, 0, 60.0, 3.0,
                                           62.0, 4.0, p, 0.0, 1.0, 0.9, 0.5, 3, None, None, "[]")
        raised = [self.types["flag_row"](self.id, student, code, 1, severity, f"{code} was raised.",
                                         json.dumps({"numbers": [1], "evidence": [evidence]})) for code, (severity, evidence) in flags.items()]
        return db.execute("select recorded from api.record_assessments(%s, %s)", [[row], raised], binary=True).fetchone()[0]

    def case(self, student=0, attempt=1):
        row = self.db.execute("""select * from core.case_file c where c.school_id = %s and c.student_id = %s and c.attempt = %s and c.state <> 'merged'""",
                              [self.id, self.students[student], attempt])
        found = row.fetchone()
        return dict(zip([column.name for column in row.description], found)) if found else None
