"""What the pool says when the database does what databases do. Each sentence of server/db/pool.h has a test here."""
import os
import signal
import time

import pytest

from conftest import DEADLINE_MS, SERIAL

SLEEPER = "api.parameters() returns table (parameters_id int4, version text, body text, instruments text)"


@pytest.fixture
def up(drive):
    driver = drive()
    driver.expect("up")
    return driver


@pytest.fixture
def sleeper(database):
    """api.parameters() takes a minute."""
    database.function(SLEEPER, "begin perform pg_sleep(60); end")
    yield
    database.restore("parameters")


def wait_until_busy(database):
    for _ in range(500):
        busy = database.sql("select pid from pg_stat_activity where usename = 'sg_student' and state = 'active'")
        if busy:
            return busy[0][0]
        time.sleep(0.01)
    raise AssertionError("no statement is running")


def test_upload_is_stored_assessed_and_recorded(up, database):
    up.send("sets")
    up.expect("sets 1")
    new, old = [up.ask(f"upload {name} {database.device} {SERIAL} 4").rpartition(" version=") + (up.next(),) for name in "ab"]
    assert new[0] == "stored a rows=4 first=1 results=4 subs=2" and new[3] == "answer a E_OK rows=1"
    assert old[0] == "stored b rows=4 first=2 results=4 subs=2" and old[3] == "answer b E_OK rows=1"
    assert new[2] == old[2], "what is stored already is no news"
    (state, reasons), = database.sql("select state, reasons_text::jsonb from core.assessment where school_id = 1 and student_id = 1")
    assert state in (1, 2, 3, 4)
    assert reasons[0]["code"] == "base_rate"
    total, = database.sql("select p from core.assessment where school_id = 1 and student_id = 1")[0]
    assert sum(reason["points"] for reason in reasons) == pytest.approx(total, abs=1e-9)
    assert all(len(reason["result_id"]) == 36 for reason in reasons if reason["code"].startswith("result"))


def test_certificate_of_somebody_else_stores_nothing(up, database):
    before = database.sql("select count(*) from core.result")
    assert up.ask(f"upload a {database.device} another-laptop-s 2") == "answer a E_OK verdict=7"
    assert database.sql("select count(*) from core.result") == before


def test_refused_value_spoils_only_itself(up):
    up.send("ask a mismatch", "ask b hello", "ask c mismatch", "ask d hello")
    up.expect("answer a E_DATA rows=0", "answer b E_OK rows=1", "answer c E_DATA rows=0", "answer d E_OK rows=1")
    assert "mismatch" not in up.said() and "uploads and rows" not in up.said(), "the log must not quote data"


def test_refusal_at_commit_is_a_refusal(up, database):
    """The statement succeeds, its commit does not: a deferred constraint. The result that came first must not count."""
    database.sql("create table core.trap (id int primary key, other int references core.trap deferrable initially deferred)")
    database.sql("grant all on core.trap to sg_owner")
    database.function(SLEEPER, "begin insert into core.trap values (1, 2); return query select 1, ''::text, ''::text, ''::text; end")
    try:
        up.send("ask a parameters", "ask b hello")
        up.expect("answer a E_DATA rows=0", "answer b E_OK rows=1")
    finally:
        database.restore("parameters")
        database.sql("drop table core.trap")


@pytest.mark.parametrize("state", ["53100", "53200"])
def test_no_room(up, database, state):
    database.function(SLEEPER, f"begin raise exception 'no room' using errcode = '{state}'; end")
    try:
        up.send("ask a parameters", "ask b hello")
        up.expect("answer a E_FULL rows=0", "answer b E_OK rows=1")
    finally:
        database.restore("parameters")


def test_a_migration_that_changes_a_result_costs_one_answer(up, database):
    """A prepared statement whose result has other columns now is refused for ever on its connection: a new one prepares anew."""
    def anew(columns):
        database.sql(f"""drop function api.claim_stale(int4);
            create function api.claim_stale(p_max int4) returns table ({columns}) language plpgsql as $$ begin return; end $$;
            grant execute on function api.claim_stale(int4) to sg_student""")

    try:
        anew("school_id int4, student_id int8")
        assert up.ask("ask a claim_stale") == "answer a E_AWAY rows=0"
        up.expect("down", "up")
        assert up.ask("ask b claim_stale") == "answer b E_OK rows=0"
    finally:
        database.sql("drop function api.claim_stale(int4)")
        database.restore("claim_stale")
        database.sql("alter function api.claim_stale(int4) owner to sg_owner; grant execute on function api.claim_stale(int4) to sg_student")


def test_slow_statement_is_given_up_by_the_server(up, sleeper):
    """Definitely not done, and those on the same connection go on."""
    start = time.monotonic()
    up.send("ask a parameters", "ask b hello")
    up.expect("answer a E_DATABASE rows=0", "answer b E_OK rows=1")
    assert time.monotonic() - start < DEADLINE_MS / 1000


def test_silent_server_is_unknown_after_the_deadline(up, database):
    pid, = database.backends()
    os.kill(pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        up.send("ask a hello", "ask b hello")
        up.expect("answer a E_UNKNOWN rows=0", "answer b E_UNKNOWN rows=0", "down")
        assert DEADLINE_MS / 1000 * 0.9 < time.monotonic() - start < DEADLINE_MS / 1000 + 2
        up.expect("up")
        assert up.ask("ask c hello") == "answer c E_OK rows=1"
    finally:
        os.kill(pid, signal.SIGCONT)


def test_terminated_backend_is_unknown(up, database, sleeper):
    up.send("ask a parameters", "ask b hello")
    database.sql("select pg_terminate_backend(%s)", (wait_until_busy(database),))
    up.expect("answer a E_UNKNOWN rows=0", "answer b E_UNKNOWN rows=0", "down", "up")
    assert up.ask("ask c hello") == "answer c E_OK rows=1"


def test_killed_server_is_unknown_then_away_then_back(up, database, sleeper):
    up.send("ask a parameters")
    os.kill(wait_until_busy(database), signal.SIGKILL)
    up.expect("answer a E_UNKNOWN rows=0", "down")
    assert up.ask("ask b hello") == "refused b E_AWAY"
    up.expect("up")
    assert up.ask("ask c hello") == "answer c E_OK rows=1"


def test_server_away(up, database):
    database.stop()
    up.expect("down")
    assert up.ask("ask a hello") == "refused a E_AWAY"
    database.start()
    up.expect("up")
    assert up.ask("ask b hello") == "answer b E_OK rows=1"


def test_server_never_there(drive, tmp_path):
    driver = drive(url=f"host={tmp_path} dbname=none")
    assert driver.ask("ask a hello") == "refused a E_AWAY"
    assert driver.quiet(1.0)
    assert driver.said().count("database_away") < 10, "tries must become rarer"


def test_one_of_two_connections_is_enough(drive, database):
    driver = drive(connections=2)
    driver.expect("up")
    while driver.ask("depth") != "depth 0 idle 2":
        time.sleep(0.02)
    first, second = database.backends()
    for victim in first, second:
        database.sql("select pg_terminate_backend(%s)", (victim,))
        time.sleep(0.05)
        assert driver.ask("ask a hello") == "answer a E_OK rows=1"
        while driver.ask("depth") != "depth 0 idle 2":
            time.sleep(0.02)


def test_too_many_wait(up, sleeper):
    up.send(*[f"ask {i} parameters" for i in range(65)])
    assert up.next() == "refused 64 E_BUSY"


def test_answers_of_one_connection_come_in_order(up):
    up.send(*[f"ask {i} hello" for i in range(60)])
    up.expect(*[f"answer {i} E_OK rows=1" for i in range(60)])


def test_a_cancelled_wait_for_the_standby_is_no_acknowledgement(up, database):
    """security.md, fact 13: PostgreSQL says COMMIT and adds a warning."""
    database.sql("alter system set synchronous_standby_names = 'nobody'")
    database.sql("select pg_reload_conf()")
    time.sleep(0.3)
    try:
        up.send(f"upload a {database.device} {SERIAL} 6")
        for _ in range(500):
            waiting = database.sql("select pid from pg_stat_activity where wait_event = 'SyncRep'")
            if waiting:
                break
            time.sleep(0.01)
        database.sql("select pg_cancel_backend(%s)", waiting[0])
        up.expect("answer a E_UNKNOWN verdict=0")
        assert "event=not_replicated" in up.said()
        # And nobody cancels: the deadline.
        up.send(f"upload b {database.device} {SERIAL} 7")
        up.expect("answer b E_UNKNOWN verdict=0", "down")
    finally:
        database.sql("alter system reset synchronous_standby_names")
        database.sql("select pg_reload_conf()")
    up.expect("up")
    assert up.ask(f"upload c {database.device} {SERIAL} 7").startswith("stored c rows=7 first=2 results=7")


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_unsafe_server_is_refused(drive, database, setting):
    database.sql(f"alter system set {setting} = off")
    database.sql("select pg_reload_conf()")
    time.sleep(0.3)
    try:
        driver = drive()
        assert driver.quiet(0.5)
        assert driver.ask("ask a hello") == "refused a E_AWAY"
        assert f"event=database_refused" in driver.said() and f"{setting} is off" in driver.said()
    finally:
        database.sql(f"alter system reset {setting}")
        database.sql("select pg_reload_conf()")
    driver.expect("up")


def test_older_schema_is_refused(drive, database):
    rows = database.sql("select max(number), max(name), max(sha256) from ops.migration where number = (select max(number) from ops.migration)")
    database.sql("delete from ops.migration where number = %s", rows[0][:1])
    try:
        driver = drive()
        assert driver.quiet(0.5)
        assert "stepguardctl migrate" in driver.said()
    finally:
        database.sql("insert into ops.migration (number, name, sha256) values (%s, %s, %s)", rows[0])
    driver.expect("up")


def test_notifications_come_once_and_a_gap_is_told(drive, database):
    driver = drive(connections=2, channels="sg_changed sg_revoked")
    driver.expect("up")
    while driver.ask("depth") != "depth 0 idle 2":
        time.sleep(0.02)
    database.sql("select pg_notify('sg_revoked', '1/2')")
    driver.expect("heard sg_revoked 1/2")
    assert driver.quiet()
    for pid in database.backends():
        database.sql("select pg_terminate_backend(%s)", (pid,))
        time.sleep(0.5)
    heard = []
    while not driver.quiet():
        while not driver.lines.empty():
            heard.append(driver.next())
    assert "missed" in heard
    database.sql("select pg_notify('sg_changed', '1')")
    driver.expect("heard sg_changed 1")
    assert driver.quiet()
