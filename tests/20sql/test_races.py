"""What needs more than one session, or a table with something in it: races, locks, plans of statements, refusals of the migration runner.

Each test works in a database of its own on the cluster that tests/20sql/run started."""

import hashlib
import os
import shutil
import subprocess
import threading
import time
import uuid

import psycopg
import pytest
from psycopg.types.composite import CompositeInfo, register_composite

URL, SQL = os.environ["SG_SQL_URL"], os.environ["SG_SQL_DIR"]
MIGRATE = os.path.join(os.environ["SG_SQL_BUILD"], "tests", "sql_migrate")
RESULT = "cbssa", "31", "2026-10-01T10:00Z", 1, 6200, 1, False, 200, 124, None, None, None, None, b"\x01\x00\x14\x00\x10"


def migrate(url, folder=SQL):
    return subprocess.run([MIGRATE, url, folder], capture_output=True, text=True, timeout=60)


class Database:
    """A migrated database, sessions on it by role, and the rows that the daemon would send."""

    def __init__(self, name):
        self.name, self.url, self.open = name, URL.replace("dbname=stepguard", f"dbname={name}"), []

    def session(self, role, **options):
        connection = psycopg.connect(f"{self.url} user={role}", autocommit=True, **options)
        if role in ("sg_student", "postgres"):
            self.types = [CompositeInfo.fetch(connection, f"api.{name}") for name
                in ("upload_row", "result_row", "assessment_row", "flag_row")]
            for info in self.types:
                register_composite(info, connection)
        self.open.append(connection)
        return connection

    def close(self):
        for connection in self.open:
            connection.close()

    def upload(self, device, rows):
        return self.types[0].python_type(device.school_id, device.student_id, device.device_id, device.serial, rows)

    def result(self, n, revision=0, score=6200):
        instrument, form, taken, scale, _, *rest = RESULT
        return self.types[1].python_type(uuid.UUID(int=(0x0190 << 112) | (7 << 76) | (2 << 62) | n), revision, False, instrument,
            form, taken, scale, score, *rest)

    def ingest(self, connection, device, rows):
        answer = connection.execute("select verdict, statuses from api.ingest_results(%s, %s)",
            ([self.upload(device, len(rows))], rows), binary=True)
        return answer.fetchone()


@pytest.fixture(scope="module")
def template():
    """Migrating takes longer than copying; one of the files that use it makes it."""
    with psycopg.connect(f"{URL} user=postgres", autocommit=True) as connection:
        if connection.execute("select from pg_database where datname = 'races_template'").fetchone() is not None:
            return "races_template"
        connection.execute("create database races_template")
    url = URL.replace("dbname=stepguard", "dbname=races_template")
    done = migrate(url)
    assert done.returncode == 0, done.stderr
    return "races_template"


@pytest.fixture
def db(template, request):
    name = "races_" + uuid.uuid4().hex[:8]
    with psycopg.connect(f"{URL} user=postgres", autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    database = Database(name)
    assert migrate(database.url).returncode == 0  # the rights on the database itself are not copied
    yield database
    database.close()
    with psycopg.connect(f"{URL} user=postgres", autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def digest(n, length=32):
    return hashlib.sha256(str(n).encode()).digest()[:length]


def school(db, students=10):
    """A school with enrolled devices, one for each student."""
    operator, enrol = db.session("sg_operator"), db.session("sg_enrol")
    operator.execute("select api.school_ensure('north', 'Northern', 'UTC')")
    ids = [str(1000 + n) for n in range(students)]
    operator.execute("select api.roster_import('north', 'x', %s)", [psycopg.types.json.Jsonb([{"student_id": i} for i in ids])])
    operator.execute("select api.codes_issue('north', %s, now() + interval '1 day')",
                     [psycopg.types.json.Jsonb([{"student_id": i, "code_hash": digest(i).hex()} for i in ids])])
    devices = []
    for i in ids:
        row = enrol.cursor(row_factory=psycopg.rows.namedtuple_row).execute(
            "select * from api.spend_code(%s, %s, %s, 'laptop', 90)", (digest(i), digest("key" + i),
                digest("serial" + i, 16))).fetchone()
        assert row.verdict == 0
        enrol.execute("select api.certificate_issued(%s, %s, '\\x30')", (row.school_id, row.serial))
        devices.append(row)
    return operator, devices


def together(*works):
    """Runs the functions at the same time and gives what they gave or raised, in order."""
    out, start = [None] * len(works), threading.Barrier(len(works))

    def run(i, work):
        start.wait()
        try:
            out[i] = work()
        except Exception as problem:  # the caller judges
            out[i] = problem

    threads = [threading.Thread(target=run, args=(i, work), daemon=True) for i, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return out


# ---------------------------------------------------------------- rights, as the roles themselves


def test_roles_reach_nothing_but_their_functions(db):
    for role in ("sg_student", "sg_enrol", "sg_office", "sg_report", "sg_metrics", "sg_operator"):
        session = db.session(role)
        for statement in ("select * from core.result", "delete from audit.event", "create table api.x ()", "create temp table x ()",
            "set role sg_owner",
                          "select core.enter_any()", "select pg_read_file('/etc/passwd')", "copy (select 1) to program 'id'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)
        assert session.execute("select fsync from api.connection_check()").fetchone() == ("on",)


def test_a_scope_set_by_hand_opens_nothing(db):
    _, devices = school(db, 1)
    session = db.session("sg_enrol")
    session.execute("select set_config('sg.scope', '*|*', false)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("select * from core.student")
    assert session.execute("select verdict from api.spend_code('\\x00', '\\x00', '\\x00', 'x', 1)").fetchone() == (11,)


# ---------------------------------------------------------------- codes


def test_a_code_enrols_one_of_many_who_bring_it_at_once(db):
    operator, _ = school(db, 1)
    sessions = [db.session("sg_enrol") for _ in range(8)]
    for turn in range(25):
        operator.execute("select api.codes_issue('north', %s, now() + interval '1 day')",
                         [psycopg.types.json.Jsonb([{"student_id": "1000", "code_hash": digest(f"code{turn}").hex()}])])

        def spend(i):
            return lambda: sessions[i].execute("select verdict from api.spend_code(%s, %s, %s, 'x', 90)",
                                               (digest(f"code{turn}"), digest(f"k{turn}/{i}"),
                                                   digest(f"s{turn}/{i}", 16))).fetchone()[0]

        assert sorted(together(*[spend(i) for i in range(8)])) == [0] + [12] * 7
    assert db.session("postgres").execute("select count(*) from core.device").fetchone() == (26,)


def test_one_key_brought_to_two_codes_at_once_makes_one_device(db):
    operator, _ = school(db, 2)
    one, two = db.session("sg_enrol"), db.session("sg_enrol")
    for turn in range(25):
        operator.execute("select api.codes_issue('north', %s, now() + interval '1 day')", [psycopg.types.json.Jsonb(
            [{"student_id": "1000", "code_hash": digest(f"a{turn}").hex()},
                {"student_id": "1001", "code_hash": digest(f"b{turn}").hex()}])])

        def spend(session, code):
            return lambda: session.execute("select verdict from api.spend_code(%s, %s, %s, 'x', 90)",
                                           (digest(code), digest(f"key{turn}"), digest(f"{code}serial", 16))).fetchone()[0]

        assert sorted(together(spend(one, f"a{turn}"), spend(two, f"b{turn}"))) == [0, 14]


# ---------------------------------------------------------------- results


def test_two_workers_with_the_same_rows_in_opposite_order_do_not_deadlock(db):
    _, devices = school(db, 4)
    one, two = db.session("sg_student"), db.session("sg_student")
    for turn in range(20):
        rows = [db.result(turn * 1000 + n) for n in range(200)]

        def send(session, order, people):
            uploads = [db.upload(d, 50) for d in people]
            return lambda: [v for v, in session.execute("select verdict from api.ingest_results(%s, %s)", (uploads, order),
                binary=True)]

        backwards = [row for start in (150, 100, 50, 0) for row in reversed(rows[start:start + 50])]
        assert together(send(one, rows, devices), send(two, backwards, devices[::-1])) == [[0] * 4, [0] * 4]
    assert db.session("postgres").execute("select count(*) from core.result").fetchone() == (4000,)


def test_the_same_row_sent_twice_at_once_is_there_once(db):
    _, (device,) = school(db, 1)
    sessions = [db.session("sg_student") for _ in range(4)]
    for turn in range(20):
        rows = [db.result(turn * 100 + n) for n in range(20)]
        answers = together(*[lambda s=s: db.ingest(s, device, rows) for s in sessions])
        counted = [sum(answer[1][n] == 1 for answer in answers) for n in range(20)]
        assert counted == [1] * 20 and {b for answer in answers for b in answer[1]} <= {1, 2}


ONE_PLAN = "insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at) values (%s, %s, %s, 2, 1, 1, %s, %s)"
PLAN_APART = """
select s.external_id, k.exam_on, p.exam_day from core.student s
 cross join lateral core.attempt_facts(s.school_id, s.student_id) k cross join lateral core.plan_of(s.school_id, s.student_id) p
 where (k.exam_on, k.attempt, k.failures, k.passed) is distinct from (p.exam_day, p.attempt, p.failures, p.passed)
"""


def test_two_who_say_something_of_one_student_at_once_are_both_kept(db):
    _, devices = school(db, 1)
    first, second = db.session("postgres"), db.session("postgres")
    who = devices[0].school_id, devices[0].student_id
    waiting = threading.Event()
    with first.transaction():  # said, and not committed: the second cannot see it when it begins
        first.execute(ONE_PLAN, (*who, uuid.uuid4(), "2027-03-03", "2027-01-02Z"))

        def say():
            waiting.set()
            second.execute(ONE_PLAN, (*who, uuid.uuid4(), "2027-02-02", "2027-01-01Z"))

        thread = threading.Thread(target=say, daemon=True)
        thread.start()
        waiting.wait(10)
        watch = db.session("postgres")
        until = time.monotonic() + 10
        while not watch.execute("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()").fetchone()[0]:
            assert time.monotonic() < until and thread.is_alive(), "the second does not wait for the first"
            time.sleep(0.01)
    thread.join(10)
    assert not thread.is_alive()
    assert first.execute(PLAN_APART).fetchall() == []
    assert str(first.execute("select exam_on from core.attempt_fact").fetchone()[0]) == "2027-03-03"


def test_files_and_students_that_say_things_at_once_do_not_deadlock(db):
    operator, devices = school(db, 8)
    other, student, person = db.session("sg_operator"), db.session("sg_student"), db.session("postgres")
    rows = [{"student_id": str(1000 + n), "planned_on": "2027-03-03"} for n in range(8)]

    def plans(session, order, day):
        for n in range(5):
            session.execute("select api.plans_import('north', 'x', %s)",
                            [psycopg.types.json.Jsonb([{**row, "planned_on": f"2027-03-{day + n:02}"} for row in order])])

    def own():
        for n, device in enumerate(devices * 3):
            student.execute("select api.change_plan(%s, %s, %s, %s, %s, 1::int2, 1::int2, %s, null, null, null, null, now())",
                            (device.school_id, device.student_id, device.device_id, device.serial, uuid.uuid4(), f"2027-04-{1 + n:02}"))

    def directly():
        for device in reversed(devices * 3):
            with person.transaction():
                person.execute("select from core.progress where student_id = %s for no key update", [device.student_id])  # as student_plan_change
                person.execute(ONE_PLAN, (device.school_id, device.student_id, uuid.uuid4(), "2027-05-05", "2027-01-01Z"))

    assert together(lambda: plans(operator, rows, 1), lambda: plans(other, rows[::-1], 11), own, directly) == [None] * 4
    assert person.execute(PLAN_APART).fetchall() == []


def test_a_revocation_waits_for_nobody_and_holds_from_then_on(db):
    operator, (device,) = school(db, 1)
    listener, session = db.session("sg_student"), db.session("sg_student")
    listener.execute("listen sg_revoked")
    assert db.ingest(session, device, [db.result(1)]) == (0, b"\x01")
    operator.execute("select api.revoke('north', '1000', null, 'lost')")
    for note in listener.notifies():
        assert note.payload == f"{device.school_id}/{device.device_id}"
        break
    assert db.ingest(session, device, [db.result(2)]) == (8, None)


# ---------------------------------------------------------------- estimates


def estimate(db, device, version, as_of="2026-11-01T00:00Z"):
    return db.types[2].python_type(device.school_id, device.student_id, version, 1, as_of, 1, 0, 60.0, 3.0, 62.0, 4.0, 0.7, 0.6,
        0.8, 0.93, 0.5, 3, None, None, "[]")


def test_an_upload_between_reading_and_recording_wins(db):
    _, (device,) = school(db, 1)
    session, other = db.session("sg_student"), db.session("sg_student")
    db.ingest(session, device, [db.result(1)])
    version, = session.execute("select version from api.student_states_of(%s, %s)",
        (device.school_id, device.student_id)).fetchone()
    with other.transaction():
        db.ingest(other, device, [db.result(2)])
        record = lambda: session.execute("select recorded from api.record_assessments(%s, '{}')",
            ([estimate(db, device, version)],)).fetchone()
        thread = threading.Thread(target=lambda: results.append(record()), daemon=True)
        results = []
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()  # waits for the upload's lock, and then sees its version
    thread.join(10)
    assert results == [(False,)]


def test_janitors_share_the_stale_between_them(db):
    _, devices = school(db, 10)
    one, two = db.session("sg_student"), db.session("sg_student")
    with one.transaction():
        first = {s for s, in one.execute("select student_id from api.claim_stale(6)")}
        second = {s for s, in two.execute("select student_id from api.claim_stale(6)")}  # would hang, did it not skip
    assert (len(first), len(second)) == (6, 4) and not first & second


def test_a_changed_school_is_heard(db):
    _, (device,) = school(db, 1)
    listener, session = db.session("sg_student"), db.session("sg_student")
    listener.execute("listen sg_changed")
    version, = session.execute("select version from api.student_states_of(%s, %s)",
        (device.school_id, device.student_id)).fetchone()
    session.execute("select api.record_assessments(%s, '{}')", ([estimate(db, device, version)],))
    for note in listener.notifies():
        assert (note.channel, note.payload) == ("sg_changed", str(device.school_id))
        break


# ---------------------------------------------------------------- plans of statements


def scans(session):
    """Sequential scans of core.result so far."""
    session.execute("select pg_stat_force_next_flush()")
    return session.execute("select seq_scan from pg_stat_user_tables where relid = 'core.result'::regclass").fetchone()[0]


def test_no_request_reads_all_results_and_an_upload_costs_the_same_in_a_full_table(db):
    """With results of many students there, nothing scans core.result, and neither ingest nor reading gets slower by it."""
    operator, devices = school(db, 200)
    root, session = db.session("postgres"), db.session("sg_student")

    def timed(turn):
        seconds = []
        for i in range(10):
            rows = [db.result(turn * 100_000 + i * 1000 + n) for n in range(500)]
            uploads = [db.upload(device, 50) for device in devices[i * 10:i * 10 + 10]]
            begun = time.perf_counter()
            session.execute("select verdict from api.ingest_results(%s, %s)", (uploads, rows), binary=True)
            seconds.append(time.perf_counter() - begun)
        return sorted(seconds)[5]

    empty = timed(1)
    root.execute("""insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted, repeat, instrument, form)
                    select %s, 1000000 + n / 40, 1, gen_random_uuid(), now(), now(), 0, 6000, 1, 1, false, false, 'cbssa',
                        '' from generate_series(1, 200000) n""", [devices[0].school_id])
    root.execute("vacuum analyze")
    before = scans(root)
    full = timed(2)
    session.execute("select * from api.student_states_of(%s, %s)", (devices[0].school_id, devices[0].student_id))
    session.execute("select * from api.claim_stale(100)")
    session.execute("select api.record_assessments(%s, '{}')", ([estimate(db, d, 1) for d in devices],))
    operator.execute("select * from api.student_states('north', 0, 100)")
    operator.execute("select api.queue('north', now(), 20)")
    operator.execute("select api.student_show('north', '1000')")
    for connection in (session, operator):
        connection.execute("select pg_stat_force_next_flush()")
    assert scans(root) == before
    assert full < 5 * empty + 0.05, f"{empty:.3f} s with an empty table, {full:.3f} s with a full one"


def test_a_call_grows_with_its_rows_and_not_faster(db):
    """Joins between two arrays would make a large call quadratic: 16 times the rows must not cost 60 times the time."""
    _, devices = school(db, 160)
    session = db.session("sg_student")

    def timed(people, base, again):
        rows = [db.result(base + n) for n in range(len(people) * 25)]
        uploads = [db.upload(d, 25) for d in people]
        best = 1e9
        for _ in range(2):  # the second time all rows are there: the comparing way
            begun = time.perf_counter()
            statuses = session.execute("select statuses from api.ingest_results(%s, %s)", (uploads, rows), binary=True).fetchall()
            best = min(best, time.perf_counter() - begun)
            versions = dict(session.execute("select student_id, version from core_versions(%s)",
                ([d.student_id for d in people],)).fetchall())
            flags = [db.types[3].python_type(d.school_id, d.student_id, code, 1, 3, "words", "{}") for d in people for code
                in ("low", "silent", "plateau")]
            begun = time.perf_counter()
            recorded = session.execute("select recorded from api.record_assessments(%s, %s)",
                                       ([estimate(db, d, versions[d.student_id]) for d in people], flags), binary=True).fetchall()
            best = min(best, time.perf_counter() - begun + best)
            assert recorded == [(True,)] * len(people)
        assert {b for s, in statuses for b in s} == {2}
        return best

    db.session("postgres").execute("""create function public.core_versions(p int8[]) returns table (student_id int8, version int8) security definer language sql as
                                      $$ select student_id, version from core.progress where student_id = any (p) $$""")
    session.execute("set search_path = public")
    timed(devices[:10], 1, False)  # warms the plans
    small, large = timed(devices[:10], 10_000, True), timed(devices, 100_000, True)
    assert large < 60 * small + 0.1, f"{small:.3f} s for 250 rows, {large:.3f} s for 4000"


# ---------------------------------------------------------------- the migration runner


@pytest.fixture
def empty():
    name = "races_" + uuid.uuid4().hex[:8]
    with psycopg.connect(f"{URL} user=postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield URL.replace("dbname=stepguard", f"dbname={name}")
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def files(tmp_path):
    return shutil.copytree(SQL, tmp_path / "sql")


def last(files):
    return sorted((files / "migrations").iterdir())[-1]


def following(files, name="next"):
    return files / "migrations" / f"{int(last(files).name[:4]) + 1:04}_{name}.sql"


def test_migrating_twice_does_nothing_the_second_time(empty):
    assert migrate(empty).returncode == 0
    again = migrate(empty)
    assert again.returncode == 0 and again.stdout.strip().endswith("already") and again.stdout.count("\n") == 1


def test_two_who_migrate_at_once_give_one_database(empty):
    outcomes = together(*[lambda: migrate(empty) for _ in range(3)])
    assert [o.returncode for o in outcomes] == [0, 0, 0], [o.stderr for o in outcomes]
    assert sum("0001_schemas.sql: applied" in o.stdout for o in outcomes) == 1


def test_an_edited_migration_is_noticed(empty, files):
    assert migrate(empty, files).returncode == 0
    path = sorted((files / "migrations").iterdir())[2]
    path.write_text(path.read_text() + "-- more\n")
    refused = migrate(empty, files)
    assert refused.returncode == 1 and path.name in refused.stderr and "never changed" in refused.stderr


def test_a_newer_database_is_left_alone(empty, files):
    following(files).write_text("create table core.x (school_id int4 primary key);\n")
    assert migrate(empty, files).returncode == 0
    refused = migrate(empty)
    assert refused.returncode == 1 and "newer" in refused.stderr


def test_a_migration_that_fails_leaves_nothing_and_names_the_line(empty, files):
    assert migrate(empty, files).returncode == 0
    bad = following(files)
    bad.write_text("create table core.x (school_id int4 primary key);\n-- é\nselekt 1;\n")
    refused = migrate(empty, files)
    assert refused.returncode == 1 and f"{bad.name}, line 3: syntax error" in refused.stderr
    bad.write_text("create table core.x (school_id int4 primary key);\n")
    assert f"{bad.name}: applied" in migrate(empty, files).stdout


def test_a_gap_in_the_numbers_is_noticed(empty, files):
    last(files).rename(following(files))
    refused = migrate(empty, files)
    assert refused.returncode == 1 and "without gaps" in refused.stderr


def test_a_changed_function_and_a_right_taken_back_reach_the_database(empty, files):
    assert migrate(empty, files).returncode == 0
    path = files / "api" / "hello.sql"
    path.write_text(path.read_text() + "comment on function api.hello is 'changed';\n")
    grants = files / "grants.sql"
    grants.write_text(grants.read_text().replace("'sg_student, sg_enrol'),", "'sg_student'),"))
    assert "2 files applied" in migrate(empty, files).stdout
    with psycopg.connect(f"{empty} user=postgres") as connection:
        assert connection.execute("select obj_description(p.oid) from pg_proc p where proname = 'hello'").fetchone() == ("changed",)
        assert connection.execute("select has_function_privilege('sg_enrol', p.oid, 'execute') from pg_proc p where proname = 'certificate_issued'").fetchone() == (False,)


def test_a_table_in_use_is_not_waited_for_long(empty, files):
    assert migrate(empty, files).returncode == 0
    bad = following(files)
    bad.write_text("alter table core.school add x int4;\n")
    with psycopg.connect(f"{empty} user=postgres") as holder:
        holder.execute("select * from core.school")
        begun = time.monotonic()
        refused = migrate(empty, files)
    assert refused.returncode == 1 and "lock timeout" in refused.stderr and time.monotonic() - begun < 20
