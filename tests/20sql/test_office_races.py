"""Identity under several hands at once: what counts once, what is counted right, and what two people may not do together."""

import concurrent.futures
import hashlib
import json
import time

import psycopg
import pytest
from test_races import db, digest, template, together  # noqa: F401  (fixtures)

TURNS = 12


def problem(error):
    """What a refusal of core.refuse() says: (status, code, members)."""
    assert isinstance(error, psycopg.Error) and error.sqlstate.startswith("SG"), error
    return int(error.sqlstate[2:]), error.diag.constraint_name, json.loads(error.diag.message_detail or "{}")


class Office:
    """A school with people, and the requests that the daemon would make for them."""

    def __init__(self, db):
        self.db, self.root = db, db.session("postgres")
        db.session("sg_operator").execute("select api.school_ensure('north', 'Northern', 'UTC')")
        self.root.execute("select set_config('sg.scope', '*|*', false)")

    def person(self, tag, *roles, status="active"):
        staff, = self.root.execute(
            """insert into core.staff (school_id, email, name, roles, status, password_hash, totp_secret, totp_confirmed_at)
               select school_id, %s, %s, %s, %s, 'hash', '\\x01', now() from core.school returning staff_id""",
            (f"{tag}@north.example", tag, list(roles), status)).fetchone()
        self.root.execute(
            """insert into core.session (school_id, token_hash, staff_id, csrf_hash, method, created_at, last_seen_at, stepped_up_at,
                                         expires_at, address, agent)
               select school_id, %s, %s, %s, 'password', now(), now(), now(), now() + interval '8 h', '203.0.113.1', 'test' from core.school""",
            (digest(f"token {tag}"), staff, digest(f"page {tag}")))
        return staff

    def hand(self):
        """A connection of the office port, and calls on it: hand(function, tag, args, body, address=…)."""
        session = self.db.session("sg_office")

        def flush():
            session.execute("select pg_stat_force_next_flush()")
            session.execute("select 1")

        def call(function, tag, args=None, body=None, address="192.0.2.1"):
            caller = ("north", digest(f"token {tag}"), False, digest(f"page {tag}"), address, "test", "r")
            document = json.dumps({**(args or {}), **({} if body is None else {"body": body})})
            return session.execute(f"select status, body from api.{function}(row(%s, %s, %s, %s, %s, %s, %s)::api.caller, %s)",
                                   (*caller, document)).fetchone()
        call.flush = flush
        return call

    def one(self, statement, *args):
        return self.root.execute(statement, args).fetchone()[0]


@pytest.fixture
def office(db):  # noqa: F811
    return Office(db)


def wait_for(condition, what):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def proof(email, **found):
    return {"email": email, "revision": 1, "password_ok": True, **found}


def test_one_code_signs_in_once_however_many_bring_it(office):
    office.person("dean", "dean")
    hands = [office.hand() for _ in range(6)]
    for turn in range(TURNS):
        answers = together(*[lambda i=i: hands[i]("sign_in_finish", f"{turn}/{i}", body=proof("dean@north.example", totp_step=1000 + turn))
                             for i in range(6)])
        assert sorted(status for status, _ in answers) == [201] + [401] * 5
    assert office.one("select count(*) from core.session where method = 'password' and address = '192.0.2.1' and ended_at is null") == 10


def test_a_recovery_code_is_spent_once(office):
    dean = office.person("dean", "dean")
    hands = [office.hand() for _ in range(6)]
    for turn in range(TURNS):
        office.root.execute("insert into core.staff_recovery_code select school_id, %s, %s from core.school", (dean, digest(f"r{turn}")))
        answers = together(*[lambda i=i: hands[i]("sign_in_finish", f"{turn}/{i}",
                                                  body=proof("dean@north.example", recovery_hash=digest(f"r{turn}").hex())) for i in range(6)])
        assert sorted(status for status, _ in answers) == [201] + [401] * 5


def test_an_invitation_sets_one_password(office):
    dean = office.person("dean", "dean")
    hands = [office.hand() for _ in range(4)]
    for turn in range(TURNS):
        for code in ("a", "b"):  # the two codes of one person are one chance, too
            office.root.execute("insert into core.staff_invitation select school_id, %s, %s, now(), now() + interval '1 h', null from core.school",
                                (digest(f"{code}{turn}"), dean))
        answers = together(*[lambda i=i: hands[i]("invitation_use", "new", body={"code_hash": digest(f"{'ab'[i % 2]}{turn}").hex(),
                                                                                   "password_hash": f"hash {turn} {i}"}) for i in range(4)])
        good = [i for i, answer in enumerate(answers) if isinstance(answer, tuple)]
        assert len(good) == 1 and {problem(a)[:2] for i, a in enumerate(answers) if i not in good} == {(404, "invitation_unknown")}
        assert office.one("select password_hash from core.staff where staff_id = %s", dean) == f"hash {turn} {good[0]}"


def test_of_twenty_tries_at_once_no_more_are_looked_at_than_are_free(office):
    office.person("dean", "dean")
    hands = [office.hand() for _ in range(20)]
    for turn, email in enumerate(("dean@north.example", "who@north.example", "dean@north.example")):
        answers = together(*[lambda i=i: hands[i]("sign_in_begin", f"{turn}/{i}", body={"email": email}, address=f"192.0.2.{turn}")
                             for i in range(20)])
        begun = [a for a in answers if isinstance(a, tuple)]
        assert len(begun) == 3 and {problem(a)[:2] for a in answers if a not in begun} == {(429, "slow_down")}, turn
        pair = hashlib.sha256(f"{email} 192.0.2.{turn}".encode()).digest()[:16].hex()
        assert office.one("select failures from core.throttle where who = %s", f"pair:{pair}") == 3
    # spread over twenty networks, all twenty are counted
    office.root.execute("delete from core.throttle")
    assert all(isinstance(a, tuple) for a in together(*[lambda i=i: hands[i]("sign_in_begin", str(i), body={"email": "dean@north.example"},
                                                                              address=f"10.0.{i}.1") for i in range(20)]))
    assert office.one("select failures from core.throttle where who like 'account:%%'") == 20
    assert problem(together(lambda: hands[0]("sign_in_begin", "x", body={"email": "dean@north.example"}, address="10.0.99.1"))[0])[0] == 429


def test_who_gives_a_try_back_takes_turns_with_who_counts_one(office):
    """Both lock what is counted of one person: in one order, or a right password is answered with a deadlock."""
    office.person("dean", "dean")
    hand, counting = office.hand(), office.db.session("postgres")
    hand("sign_in_begin", "x", body={"email": "dean@north.example"})
    counting.execute("set lock_timeout = '5s'")
    lock = "select who from core.throttle where who like %s for update"
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with counting.transaction():
            for n, kind in enumerate(("pair", "account", "network")):
                assert len(counting.execute(lock, (f"{kind}:%",)).fetchall()) == 1
                if n == 0:
                    signed_in = pool.submit(hand, "sign_in_finish", "x", body=proof("dean@north.example", totp_step=1000))
                    wait_for(lambda: office.one("select count(*) from pg_stat_activity where usename = 'sg_office' and wait_event_type = 'Lock'"), "the other")
        assert signed_in.result()[0] == 201


def test_two_sessions_that_end_each_other_do_not_wait_for_each_other(office):
    office.person("dean", "dean")
    hands = [office.hand() for _ in range(4)]
    for turn in range(TURNS):
        for i in range(4):
            assert hands[i]("sign_in_finish", f"{turn}/{i}", body=proof("dean@north.example", totp_step=1000 + 4 * turn + i))[0] == 201
        ends = ("sessions_end_all", "sessions_end_all", "session_end", "sessions_end_all")
        answers = together(*[lambda i=i: hands[i](ends[i], f"{turn}/{i}") for i in range(4)])
        ended = [problem(a)[:2] for a in answers if not isinstance(a, tuple)]  # a deadlock is no problem of ours
        assert len(ended) < 4 and set(ended) <= {(401, "session_ended")}, answers
        assert office.one("select count(*) from core.session where address = '192.0.2.1' and ended_at is null") == 0


def test_two_administrators_who_remove_each_other_leave_one(office):
    ids = {tag: office.person(tag, "administrator") for tag in ("anna", "bert")}
    one, two = office.hand(), office.hand()
    for body in ({"roles": ["auditor"]}, {"status": "disabled"}) * (TURNS // 2):
        office.root.execute("update core.staff set roles = '{administrator}', status = 'active', revision = 1")
        office.root.execute("update core.session set ended_at = null, ended_why = null")
        answers = together(lambda: one("staff_change", "anna", {"staff": ids["bert"]}, {"revision": 1, **body}),
                           lambda: two("staff_change", "bert", {"staff": ids["anna"]}, {"revision": 1, **body}))
        good = [a for a in answers if isinstance(a, tuple)]
        bad, = [problem(a)[1] for a in answers if a not in good]
        assert len(good) == 1 and bad in ("no_right", "session_ended", "last_administrator"), answers
        assert office.one("select count(*) from core.staff where status = 'active' and roles = '{administrator}'") == 1


def test_of_two_changes_of_one_account_the_later_sees_the_conflict(office):
    dean = office.person("dean", "dean")
    office.person("anna", "administrator")
    one, two = office.hand(), office.hand()
    for turn in range(1, TURNS):
        answers = together(*[lambda h=h, n=n: h("staff_change", "anna", {"staff": dean}, {"revision": turn, "name": f"{n} {turn}"})
                             for h, n in ((one, "Ash"), (two, "Elm"))])
        (status, body), = [a for a in answers if isinstance(a, tuple)]
        refused, = [problem(a) for a in answers if not isinstance(a, tuple)]
        assert status == 200 and refused[:2] == (409, "conflict") and refused[2]["current"] == json.loads(body)


def test_counsellor_and_assessor_at_once_are_not_both(office):
    office.person("dean", "dean")
    ida, bert = office.person("ida", "adviser"), office.person("bert", "adviser")
    office.db.session("sg_operator").execute("select api.roster_import('north', 'x', '[{\"student_id\": \"1\"}]')")
    one, two = office.hand(), office.hand()
    for turn in range(TURNS):
        office.root.execute("delete from core.ground")
        office.root.execute("delete from core.cover")
        answers = together(
            lambda: one("ground_add", "dean", {"student": "1"}, {"staff": ida, "kind": "adviser"}),
            lambda: two("ground_add", "dean", {"student": "1"}, {"staff": ida, "kind": "assessor"}))
        assert [problem(a)[1] for a in answers if not isinstance(a, tuple)] == ["counsellor_wall"]
        # and where the two touch no common row: ida becomes the adviser of whom bert, who covers for her, is to assess
        office.root.execute("delete from core.ground")
        one("cover_add", "dean", None, {"absent": ida, "staff": bert, "until": "2099-01-01"})
        answers = together(
            lambda: one("ground_add", "dean", {"student": "1"}, {"staff": ida, "kind": "adviser"}),
            lambda: two("ground_add", "dean", {"student": "1"}, {"staff": bert, "kind": "assessor"}))
        assert [problem(a)[1] for a in answers if not isinstance(a, tuple)] == ["counsellor_wall"]


def test_a_number_set_by_two_at_once_is_one_of_them_and_the_other_hears_of_it(office):
    office.person("dean", "dean")
    one, two = office.hand(), office.hand()
    for turn in range(TURNS):
        answers = together(*[lambda h=h, n=n: h("setting_set", "dean", {"key": "capacity_per_week"}, {"revision": turn, "value": n})
                             for h, n in ((one, 20), (two, 30))])
        (_, body), = [a for a in answers if isinstance(a, tuple)]
        refused, = [problem(a) for a in answers if not isinstance(a, tuple)]
        assert refused[1] == "conflict" and refused[2]["current"]["value"] == json.loads(body)["value"]


def test_the_end_of_a_session_is_heard_at_once(office):
    dean = office.person("dean", "dean")
    office.person("anna", "administrator")
    listener = office.db.session("sg_office")
    heard = []
    listener.add_notify_handler(lambda note: heard.append(note.payload))
    listener.execute("listen sg_session")
    office.hand()("staff_change", "anna", {"staff": dean}, {"revision": 1, "status": "disabled"})
    school, session = office.root.execute("select school_id, session_id from core.session where staff_id = %s", (dean,)).fetchone()
    listener.execute("select 1")  # what was sent by now comes with the answer
    assert heard == [f"{school}/{session}"]


def test_a_page_of_a_long_trail_reads_a_page(office):
    """Newest first is an index backwards: with 100,000 lines there a page costs what it shows, whatever it is asked for."""
    office.person("eve", "auditor")
    office.root.execute("""insert into audit.event (school_id, actor, action, staff_id, status)
                           select school_id, 'staff/1', 'student', 1, 200 from core.school, generate_series(1, 100000)""")
    office.root.execute("vacuum analyze audit.event")
    hand = office.hand()

    def scanned():
        office.root.execute("select pg_stat_force_next_flush()")
        return office.one("select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_user_tables where relid = 'audit.event'::regclass")

    for args in ({}, {"sort": "at"}, {"action": "student"}, {"status": "done"}, {"limit": "200"}):
        for _ in range(7):  # past the fifth a plan may be kept for good
            before = scanned()
            status, body = hand("trail", "eve", args)
            assert status == 200 and json.loads(body)["total"] is None and json.loads(body)["next"]
            hand.flush()
        # the page twice over, and what the total is counted up to
        assert scanned() - before < 2 * 201 + 10_001 + 100, args
