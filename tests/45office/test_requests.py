"""What happens to a request between the gate and its function: methods, bodies, queries, where it comes from, what it may change, tags."""
import concurrent.futures
import json
import os
import re
import signal
import socket
import ssl
import urllib.parse

import pytest

from house import wait_for
from office import API, OfficeClient


@pytest.fixture
def browser(office, dean):
    """The dean's session, for one test."""
    return dean


def page_of(client):
    return f"https://localhost:{client.port}"


# ---- paths and methods


def test_there_is_nothing_at_other_paths(stranger):
    for path in ("/nothing", "/api", "/api/v1", "/api/v1/", "/api/v2/session", "/api/v1x/session", "/favicon.ico"):
        stranger.raw("GET", path).refused(404, "not_found")
    for path in ("/session/x", "/sessionx", "/students/1/2/3/4", "/cases/bulk/x/y"):
        stranger.get(path).refused(404, "not_found")


def test_a_method_that_is_not_there_names_those_that_are(browser):
    answer = browser.put("/session", {})
    answer.refused(405, "method")
    assert answer.header("Allow") == "DELETE, GET, HEAD, POST"
    # A literal path is itself, also with the method of the pattern beside it.
    answer = browser.get("/cases/bulk")
    answer.refused(405, "method")
    assert answer.header("Allow") == "POST"


def test_head_is_get_without_the_body(browser):
    get, head = browser.get("/session"), browser.ask("HEAD", "/session")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag"):
        assert head.header(name) == get.header(name)
    assert browser.ask("HEAD", "/nothing").status == 404


def test_health_and_description_want_nobody(stranger):
    assert stranger.get("/health").json == {"status": "ok"}
    answer = stranger.get("/openapi.json")
    assert answer.json["openapi"].startswith("3.1") and answer.header("Cache-Control") == "no-cache"
    again = stranger.get("/openapi.json", If_None_Match=answer.header("ETag"))
    assert (again.status, again.body) == (304, b"")
    assert stranger.post("/openapi.json").status == 404


# ---- who


def test_nobody_is_told_so_before_the_database_is_asked(office, stranger):
    answer = stranger.get("/students")
    answer.refused(401, "not_signed_in")
    assert answer.header("WWW-Authenticate") == "Bearer"
    for cookie in ("short", "A" * 43, "A" * 44, "A" * 42 + "=", "' or 1=1 --"):
        stranger.cookie = cookie
        stranger.get("/students").refused(401, "not_signed_in")
    for authorization in ("Bearer", "Bearer sgt_unknown", "Basic aGF6ZWw6eA==", "Bearer " + "x" * 5000):
        stranger.ask("GET", "/students", None, {"Authorization": authorization}).refused(401, "not_signed_in")


def test_two_cookies_of_one_name_are_none(browser):
    good = browser.cookie
    browser.ask("GET", "/session", None, {"Cookie": f"a=1; __Host-sid={good}; b=2"}).json
    browser.ask("GET", "/session", None, {"Cookie": f"__Host-sid={good}; __Host-sid={good}"}).refused(401, "not_signed_in")
    browser.ask("GET", "/session", None, {"Cookie": f"__Host-sid={good}; __Host-sid={'A' * 43}"}).refused(401, "not_signed_in")
    browser.ask("GET", "/session", None, {"Cookie": f"x__Host-sid={good}"}).refused(401, "not_signed_in")


def test_a_programs_token(office, dean):
    dean.step_up()
    made = dean.post("/tokens", {"name": "registrar", "scopes": ["records"], "days": 1})
    assert made.status == 201, made
    token = made.json["token"]
    assert re.fullmatch(r"sgt_[A-Za-z0-9_-]{43}", token)
    with OfficeClient(office.office_port, office.ca_file, token=token) as program:
        assert program.get("/students").status == 200
        program.get("/staff").refused(403, "no_right")
        assert program.cookie is None
    with OfficeClient(office.office_port, office.ca_file, token=token.upper()) as program:
        program.get("/students").refused(401, "not_signed_in")
    listed = dean.get("/tokens").json["items"]
    assert token not in json.dumps(listed)
    dean.delete(f"/tokens/{made.json['token_id']}")
    with OfficeClient(office.office_port, office.ca_file, token=token) as program:
        program.get("/students").refused(401, "not_signed_in")


def test_nobody_chooses_the_hash_of_a_secret(dean):
    dean.step_up()
    for path, body in (("/tokens", {"name": "x", "scopes": ["records"], "days": 1, "token_hash": "0" * 64}),):
        dean.post(path, body).refused(422, "unknown_field")


# ---- where it comes from


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:1"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}], ids=str)
def test_another_sites_page_changes_nothing(browser, headers):
    browser.post("/session/extend", None, headers).refused(403, "cross_site")
    browser.delete("/session", headers).refused(403, "cross_site")
    assert browser.get("/session").status == 200


def test_another_sites_page_signs_nobody_in(stranger, dean):
    stranger.post("/session", {"email": dean.email, "password": dean.password}, {"Origin": "https://evil.example"}).refused(403, "cross_site")


def test_our_own_page_is_let_through(browser):
    assert browser.post("/session/extend", None, {"Origin": page_of(browser), "Sec-Fetch-Site": "same-origin"}).status == 200
    # No browser, but somebody who has the token: a script with a session of its own.
    assert browser.post("/session/extend", None, {"Origin": None, "Sec-Fetch-Site": None}).status == 200


@pytest.mark.parametrize("token", [None, "", "x", "A" * 43])
def test_without_the_pages_token_nothing_changes(browser, token):
    browser.post("/session/extend", None, {"X-CSRF-Token": token}).refused(403, "csrf")
    browser.ask("DELETE", "/sessions", None, {"X-CSRF-Token": token}).refused(403, "csrf")
    assert browser.get("/session").status == 200


def test_a_page_that_was_loaded_anew_gets_its_token_again(browser):
    token, browser.csrf = browser.csrf, None
    browser.get("/session")
    assert browser.csrf == token


def test_a_host_that_is_not_ours(browser):
    assert browser.ask("GET", "/session", None, {"Host": "evil.example"}).status == 421


# ---- bodies


def test_a_body_must_be_json_and_say_so(stranger):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", ""):
        stranger.raw("POST", API + "/session", '{"email":"a@b","password":"x"}', {"Content-Type": kind}).refused(415, "media_type")
    for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON"):
        assert stranger.raw("POST", API + "/session", "{}", {"Content-Type": kind}).status == 422


HOSTILE = {
    "nothing": b" ", "cut": b'{"email":', "list": b"[]", "text": b'"x"', "number": b"1", "null": b"null",
    "twice": b'{"email":"a","email":"b"}',
    "twice_escaped": b'{"email":"a","\\u0065mail":"b"}', "twice_deep": b'{"a":{"b":1,"b":2}}', "nul": b'{"email":"a\\u0000b"}',
    "raw_nul": b'{"email":"a\x00b"}', "nul_between": b'{"email":1\x00}', "control": b'{"email":"a\nb"}',
    "surrogate": b'{"email":"\\ud800"}', "surrogates": b'{"email":"\\udc00\\ud800"}',
    "not_utf8": b'{"email":"\xff\xfe"}', "overlong": b'{"email":"\xc0\xaf"}', "huge": b'{"a":1e999999}', "integer": b'{"a":' + b"9" * 400 + b"}",
    "deep": b'{"a":' * 2000 + b"1" + b"}" * 2000, "deep_list": b'{"a":' + b"[" * 30000 + b"]" * 30000 + b"}", "tail": b"{} {}",
    "comment": b"{/* */}", "comma": b'{"a":1,}', "quotes": b"{'a':1}", "bom": b"\xef\xbb\xbf{}", "nan": b'{"a":NaN}', "hex": b'{"a":0x10}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_what_two_readers_could_read_differently(stranger, still_well, body):
    problem = stranger.ask("POST", "/session", body).refused(400, "invalid")
    assert problem["field"] == "body"


def test_a_body_that_is_too_long(stranger):
    assert stranger.ask("POST", "/session", b'{"email":"' + b"x" * 65536 + b'"}').status == 413
    stranger.ask("POST", "/session", b'{"email":"' + b"x" * 65000 + b'"}').refused(422, "missing")


def test_a_name_that_nobody_asked_for(stranger, browser):
    assert stranger.post("/session", {"email": "a", "password": "b", "pasword": "c"}).refused(422, "unknown_field")["field"] == "pasword"
    assert stranger.post("/session", {"email": 1, "password": "b"}).refused(422, "invalid")["field"] == "email"
    assert stranger.post("/session", {"email": None}).refused(422, "invalid")["field"] == "email"
    assert browser.post("/session/extend", {"x": 1}).refused(422, "unknown_field")["field"] == "x"
    assert stranger.post("/session").refused(422, "missing")["field"] == "email"


# ---- queries


@pytest.mark.parametrize("query,status", [
    ("limit=1", 200), ("", 200), ("&&", 200), ("limit=1&", 200), ("limit=1&limit=2", 400), ("limit=%", 400), ("limit=%4", 400), ("limit=%00", 400),
    ("limit=%ff", 400), ("limit=%0a", 400), ("limit=%c0%af", 400), ("body=1", 400), ("=1", 400), ("a%20b=1", 400), ("Limit=1", 400),
    ("limit[]=1", 400), ("nonsense=1", 422), ("limit=-1", 422), ("limit=99999999999999999999", 422), ("limit=1e3", 422), ("cursor=%27", 422),
    ("&".join(f"p{n}=1" for n in range(40)), 400), ("limit=" + "1" * 3000, 422)], ids=lambda v: str(v)[:20])
def test_queries(browser, query, status):
    answer = browser.get(f"/students?{query}")
    assert answer.status == status, answer
    if status >= 400:
        assert answer.problem["detail"]


def test_a_query_does_not_replace_a_part_of_the_path(office, browser):
    office.roster({"student_id": "path-1"}, {"student_id": "path-2"})
    assert browser.get("/students/path-1").json["student"]["student_id"] == "path-1"
    assert browser.get("/students/path-1?student=path-2").status == 400


@pytest.mark.parametrize("text", ["' or '1'='1", "\\'; drop table core.staff; --", "$1", "%s%n", "${x}", "<script>", "a\u202eb", "🌲" * 20, "..", "null"])
def test_text_is_text(browser, text):
    """What comes in as a value is one, wherever it is put."""
    quoted = urllib.parse.quote(text, safe="")
    for path in (f"/students/{quoted}", f"/students?search={quoted}", f"/staff?sort={quoted}"):
        answer = browser.get(path)
        assert answer.status in (200, 400, 403, 404, 422), answer
    assert browser.get("/session").status == 200


# ---- what a GET may change


def test_what_only_reads_cannot_write(office, browser):
    """Not even where the function tries: the transaction is READ ONLY."""
    (source,), = office.sql("select pg_get_functiondef('api.colleagues'::regproc)")
    office.sql("""create or replace function api.colleagues(p_caller api.caller, p_args jsonb) returns api.reply language plpgsql
                  security definer set search_path = pg_catalog, pg_temp set sg.scope = '' as $$
                  begin
                    perform core.enter_school(p_caller.school_code);
                    insert into ops.setting (school_id, key, value, set_at) values (1, 'by_a_get', '1', now());
                    return core.reply('{}');
                  end $$""")
    try:
        problem = browser.get("/colleagues").refused(500, "internal")
        assert "25006" not in json.dumps(problem) and "read-only" not in json.dumps(problem)
        office.daemon.wait_said(r"event=statement_failed .*stmt=office_colleagues sqlstate=25006")
        assert office.sql("select count(*) from ops.setting where key = 'by_a_get'")[0][0] == 0
    finally:
        office.sql(source)
    assert browser.get("/colleagues").status == 200


def test_a_mistake_of_ours_is_not_explained_to_the_world(office, browser):
    (source,), = office.sql("select pg_get_functiondef('api.colleagues'::regproc)")
    for body in ("perform 1 / 0; return null", "return null", "raise exception 'secret_table_name'",
                 "return row(200::int2, null, null, null, null)::api.reply"):
        office.sql(f"""create or replace function api.colleagues(p_caller api.caller, p_args jsonb) returns api.reply language plpgsql
                       security definer set search_path = pg_catalog, pg_temp set sg.scope = '' as $$ begin {body}; end $$""")
        answer = browser.get("/colleagues")
        assert answer.status in (422, 500) and "secret" not in answer.body.decode() and "zero" not in answer.body.decode(), answer
    office.sql(source)
    assert browser.get("/colleagues").status == 200


def test_a_function_that_is_missing_costs_its_own_route(office, another_daemon, dean):
    office.sql("alter function api.colleagues rename to colleagues_away")
    try:
        process, port = another_daemon("missing")
        process.wait_said(r"event=statement_failed .*stmt=office_colleagues sqlstate=42883")
        with OfficeClient(port, office.ca_file) as client:
            client.cookie = dean.cookie
            client.get("/colleagues").refused(500, "internal")
            assert client.get("/session").status == 200
    finally:
        office.sql("alter function api.colleagues_away rename to colleagues")


# ---- what was seen


def trail(office):
    return office.sql("select action, staff_id, status, cardinality(students), ground, detail from audit.event order by at desc, event_id desc limit 1")[0]


def test_what_is_shown_is_on_the_trail_before_it_is_shown(office, browser):
    office.roster({"student_id": "seen-1"})
    assert browser.get("/students/seen-1").status == 200
    action, staff_id, status, students, ground, detail = trail(office)
    assert (action, staff_id, status, students, ground) == ("student", browser.staff_id, 200, 1, "dean of the school")
    assert detail == {"student": "seen-1"}


def test_what_cannot_be_put_on_the_trail_is_not_shown(office, browser):
    office.roster({"student_id": "seen-2"})
    office.sql("alter table audit.event rename to event_away")
    try:
        assert browser.get("/students/seen-2").status == 500
    finally:
        office.sql("alter table audit.event_away rename to event")


def test_a_refusal_is_on_the_trail(office, browser):
    browser.get("/students/no-such").refused(404, "not_found")
    action, staff_id, status, students, _, detail = trail(office)
    assert (action, staff_id, status, students) == ("student", browser.staff_id, 404, 0)
    assert detail == {"student": "no-such", "code": "not_found"}


def test_who_has_the_answer_already_is_told_so_and_shown_nothing(office, browser):
    office.roster({"student_id": "seen-3"})
    first = browser.get("/students/seen-3")
    tag = first.header("ETag")
    before = office.sql("select count(*) from audit.event")[0][0]
    for offered in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = browser.get("/students/seen-3", If_None_Match=offered)
        assert (again.status, again.body, again.header("ETag")) == (304, b"", tag), offered
    assert office.sql("select count(*) from audit.event")[0][0] == before
    for offered in ('"x"', tag[:-2] + '"', tag.strip('"'), ""):
        assert browser.get("/students/seen-3", If_None_Match=offered).status == 200
    office.roster({"student_id": "seen-3", "given_name": "Ochre"})
    assert browser.get("/students/seen-3", If_None_Match=tag).status == 200


def test_a_list_as_a_file(browser):
    browser.step_up()
    answer = browser.get("/students?format=csv")
    assert answer.status == 200 and answer.header("Content-Type").startswith("text/csv")
    assert answer.header("Content-Disposition").startswith("attachment")


# ---- too much, and not at the moment


def test_a_session_that_asks_too_often_has_to_wait(office, another_daemon, dean):
    _, port = another_daemon("busy", {"office": {"requests_per_minute": 20, "strangers_per_minute": 5}})
    with OfficeClient(port, office.ca_file) as client:
        client.cookie = dean.cookie
        answers = [client.get("/session") for _ in range(40)]
        statuses = [answer.status for answer in answers]
        assert statuses[:20] == [200] * 20 and 429 in statuses  # some more may be forgiven meanwhile, three seconds each
        assert int(next(answer for answer in answers if answer.status == 429).header("Retry-After")) >= 1
    with OfficeClient(port, office.ca_file) as client:
        statuses = [client.post("/invitation", {"code": "1"}).status for _ in range(8)]
        assert statuses[:5] == [422] * 5 and 429 in statuses
        assert client.get("/health").status == 200


def test_the_database_away_and_back(office, dean):
    office.cluster("stop")
    try:
        answer = dean.get("/session")
        assert answer.status == 503 and answer.header("Retry-After"), answer
        office.daemon.wait_said(r"event=database_away")
        assert dean.get("/health").status == 503
    finally:
        office.cluster("start")
    wait_for(lambda: dean.get("/health").status == 200, "the database")
    assert dean.get("/session").status == 200


def test_a_write_whose_answer_is_lost_says_so(office, another_daemon, dean):
    """The server hangs in the middle of a write: nobody knows, and that is what the answer says."""
    _, port = another_daemon("slow", {"database": {"deadline_ms": 1000}})
    with OfficeClient(port, office.ca_file) as client:
        client.cookie, client.csrf = dean.cookie, dean.csrf
        backends = [pid for (pid,) in office.sql("select pid from pg_stat_activity where usename = 'sg_office'")]
        for pid in backends:
            os.kill(pid, signal.SIGSTOP)
        try:
            client.post("/session/extend").refused(503, "outcome_unknown")
        finally:
            for pid in backends:
                os.kill(pid, signal.SIGCONT)


def test_many_at_once(office, dean):
    def one(n):
        with OfficeClient(office.office_port, office.ca_file) as client:
            client.cookie = dean.cookie
            return [client.get("/session").status for _ in range(10)]

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = [status for answers in pool.map(one, range(32)) for status in answers]
    assert set(statuses) == {200} and len(statuses) == 320


def test_requests_one_behind_the_other_on_one_connection(office, dean):
    """Sent at once, answered in order."""
    context = ssl.create_default_context(cafile=office.ca_file)
    request = (f"GET {API}/session HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-sid={dean.cookie}\r\n\r\n"
               f"GET {API}/nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").encode()
    with socket.create_connection(("127.0.0.1", office.office_port)) as plain, context.wrap_socket(plain, server_hostname="localhost") as tls:
        tls.sendall(request)
        received = b""
        while chunk := tls.recv(65536):
            received += chunk
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"404"]
