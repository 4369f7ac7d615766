"""The office's side of a school: database, configuration, keys and the operator's programs, without daemon or CA process.

One cluster a module; `office` empties it before each test, which so begins with a school of nobody.
"""
import contextlib
import csv
import os
import pty
import subprocess

import pytest

from fake_client import client, enrolled, server  # noqa: F401  (fixtures of the group)
from house import BIN, ROOT, House

ROSTER = ["student_id", "given_name", "family_name", "email", "class_year", "track", "adviser_email", "dedicated_start", "status"]


class Office(House):
    def start(self):
        os.makedirs(f"{self.dir}/pki", mode=0o700, exist_ok=True)
        self.cluster("start")
        self.url = self.cluster("url")
        self.write_conf()
        self.ctl("migrate", "--sql-dir", f"{ROOT}/sql")
        self.ctl("init")
        return self

    def report(self, *argv, check=True, env=None):
        return self.run("stepguard-report", *argv, check=check, env=env)

    def on_a_terminal(self, env, *words):
        """What stepguardctl writes to a pseudo-terminal."""
        controller, terminal = pty.openpty()
        process = subprocess.Popen([f"{self.bin}/stepguardctl", *words], stdout=terminal, stderr=terminal, stdin=subprocess.DEVNULL,
                                   env={**os.environ, "STEPGUARD_CONFIG": self.conf_path, "TERM": "xterm", "COLUMNS": "100", **env})
        os.close(terminal)
        out = b""
        try:
            while piece := os.read(controller, 65536):
                out += piece
        except OSError:  # how Linux says that the other side is closed
            pass
        os.close(controller)
        assert process.wait(60) == 0
        return out.decode()

    def file(self, name, text):
        path = f"{self.dir}/{name}"
        with open(path, "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        return path

    def csv(self, name, columns, rows):
        path = f"{self.dir}/{name}"
        with open(path, "w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def students(self, *ids, **fields):
        """Puts students on the roster who differ in nothing but their id."""
        rows = [{"student_id": id, "given_name": "Teal", "family_name": "Hornbeam", "class_year": 2028, "track": "us_md", **fields} for id in ids]
        self.ctl("roster", "import", self.csv("students.csv", ROSTER, rows))

    def result(self, student_id, taken_at, score, instrument="cbssa", form="30"):
        """A practice result as if its client had sent it: this module has no daemon."""
        self.sql("""insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale,
                                             mode, retracted, repeat, instrument, form)
                    select school_id, student_id, 1, gen_random_uuid(), now(), %s, 0, %s, 1, 1, false, false, %s, %s
                      from core.student where external_id = %s""", (taken_at, round(score * 100), instrument, form, student_id))
        self.touch(student_id)

    def touch(self, student_id):
        self.sql("""update core.progress p set version = version + 1, changed_at = now()
                      from core.student s where s.school_id = p.school_id and s.student_id = p.student_id and s.external_id = %s""", (student_id,))

    def count(self, table, where="true"):
        return self.sql(f"select count(*)::int from {table} where {where}")[0][0]

    @contextlib.contextmanager
    def forbidden(self, name):
        """The nightly run may not call this function of the interface for a while, and so stops there."""
        function = self.sql("select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'api'::regnamespace and p.proname = %s", (name,))[0][0]
        self.sql(f"revoke execute on function {function} from sg_report")
        try:
            yield
        finally:
            self.sql(f"grant execute on function {function} to sg_report")

    def snapshot(self):
        """Keeps the database as it is; restore() brings it back, numbers of new rows included."""
        self._copy("stepguard", "kept")

    def restore(self):
        self._copy("kept", "stepguard")

    def _copy(self, of, to):
        for command in (f"drop database if exists {to} with (force)", f"create database {to} template {of} strategy file_copy"):
            self.sql(command, database="postgres")

    def nobody(self):
        """Back to a school without students; the audit trail stays, as it must."""
        self.sql("""set session_replication_role = replica;
                    truncate core.result, core.result_overruled, core.plan_change, core.flag, core.assessment, core.enrol_code, core.device_key,
                             core.certificate, core.device, core.progress, core.estimate_night, core.student, ops.import, ops.night, ops.run cascade""")


@pytest.fixture(scope="module")
def offices(tmp_path_factory):
    office = Office(tmp_path_factory.mktemp("office"), BIN).start()
    yield office
    office.cluster("wipe")


@pytest.fixture
def office(offices):
    offices.nobody()
    return offices


@pytest.fixture(scope="session")
def schools(tmp_path_factory):
    """Two whole schools with their offices, for the tests of the office that leave them standing: {"north", "south"}."""
    import office_school

    yield from office_school.schools(tmp_path_factory.mktemp("schools"))
