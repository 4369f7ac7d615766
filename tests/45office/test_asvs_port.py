"""Items of ASVS 5.0 that no other test of the office would miss (server/office/asvs.md names them): what an answer says and does not say, what a
path and a header cannot do, what comes with a fresh installation, how somebody gets back in.
"""
import json
import socket
import ssl
import threading

import pytest

from office import API, OfficeClient, Person

FOREIGN = "https://evil.example"


@pytest.fixture(scope="module", autouse=True)
def accounts_at_first(office):
    """How many accounts there are before anybody is added."""
    return sum(office.sql(f"select count(*) from core.{table}")[0][0] for table in ("staff", "service_token", "staff_invitation"))


def test_no_account_comes_with_it(accounts_at_first):
    assert accounts_at_first == 0


# ---- what is asked is not what is believed


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "X-Client-IP", "CF-Connecting-IP"])
def test_nobody_chooses_their_address(office, dean, header):
    """Neither in the list of sessions, nor on the trail, nor where tries are counted."""
    value = "for=203.0.113.66" if header == "Forwarded" else "203.0.113.66"
    dean.post("/session/extend", None, {header: value})
    with OfficeClient(office.office_port, office.ca_file) as door:
        waits = [door.ask("POST", "/session", {"email": dean.email, "password": "a wrong guess of many"}, {header: f"{value}{n}"}).status for n in range(5)]
    assert waits[0] == 401 and waits[-1] == 429
    assert office.sql("select count(*) from audit.event where address like '203.%%'") == [(0,)]
    assert "203.0.113.66" not in dean.get("/sessions").body.decode() and "203.0.113.66" not in office.daemon.text()


def test_no_other_origin_is_allowed_anything(office, dean, stranger):
    asked = [dean.get("/session", Origin=FOREIGN), stranger.get("/health", Origin=FOREIGN), stranger.get("/nothing", Origin=FOREIGN),
             dean.ask("POST", "/session/extend", None, {"Origin": FOREIGN}),
             stranger.raw("OPTIONS", API + "/session", None, {"Origin": FOREIGN, "Access-Control-Request-Method": "DELETE"})]
    for answer in asked:
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")], answer
    assert asked[-1].status >= 400


TRAVERSALS = ["/../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..\\..\\etc\\passwd", "/....//etc/passwd", "//etc/passwd",
              "/.git/HEAD", "/.git/config", "/.svn/entries", "/.env", "/server/office/front.c", "/api/v1/../../etc/passwd", "/api/v1/%2e%2e/openapi",
              "/api/v1/openapi.json/..", "/api/v1/openapi", "/static/", "/api/v1/", "/%c0%ae%c0%ae/etc/passwd", "/;/etc/passwd"]


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_to_a_file(stranger, path):
    answer = stranger.raw("GET", path)
    assert answer.status in (400, 401, 404), answer
    assert b"root:" not in answer.body and b"ref:" not in answer.body and b"#include" not in answer.body


def test_plain_http_gets_no_answer(office):
    with socket.create_connection(("127.0.0.1", office.office_port)) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        received = b""
        try:
            while chunk := plain.recv(4096):
                received += chunk
        except ConnectionResetError:
            pass
    assert b"HTTP" not in received and b"ocation" not in received  # at most a TLS alert


# ---- what an answer says


def test_every_answer_says_what_it_is(dean, stranger):
    dean.step_up()
    for answer, kind in ((dean.get("/session"), "application/json"), (stranger.get("/openapi.json"), "application/json"),
                         (stranger.get("/nothing"), "application/problem+json"), (dean.get("/students?format=csv"), "text/csv; charset=utf-8"),
                         (stranger.raw("GET", API + "/oidc/start", None, {"Accept": "text/html"}), "text/html; charset=utf-8"),
                         (stranger.raw("GET", API + "/session", None, {"Host": "evil.example"}), "application/problem+json")):
        assert answer.body and answer.header("Content-Type") == kind, answer
        assert answer.header("X-Content-Type-Options") == "nosniff"


def test_the_name_of_a_file_is_ours(dean):
    dean.step_up()
    for query in ("", "&q=..%2Fx", "&filename=x.html"):
        answer = dean.get("/students?format=csv" + query)
        assert answer.status == 422 or answer.header("Content-Disposition") == 'attachment; filename="stepguard.csv"', answer


def test_the_sessions_token_is_in_no_answer(office, dean):
    dean.enter()
    for path in ("/session", "/sessions", "/me", "/colleagues", "/trail"):
        answer = dean.get(path)
        everything = answer.body.decode() + str([value for name, value in answer.headers.items() if name.lower() != "set-cookie"])
        assert dean.cookie not in everything, path
    assert dean.cookie not in dean.csrf


def test_signing_out_clears_what_the_browser_kept(dean):
    for path in ("/session", "/sessions"):
        dean.enter()
        assert dean.get("/session").header("Clear-Site-Data") is None
        assert dean.delete(path).header("Clear-Site-Data") == '"cache", "storage"'


def test_a_session_that_is_signed_in_over_has_ended(office, dean):
    dean.enter()
    with OfficeClient(office.office_port, office.ca_file) as old:
        old.cookie = dean.cookie
        dean.sign_in(dean.email, "a wrong guess of many").refused(401, "wrong_credentials")
        assert old.get("/session").status == 200
        dean.enter()
        assert dean.cookie != old.cookie
        old.get("/session").refused(401, "session_ended")
    assert dean.get("/session").status == 200


def test_who_has_to_wait_stands_in_the_log(office, dean, stranger):
    for _ in range(5):
        stranger.sign_in(dean.email, "a wrong guess of many")
    office.daemon.wait_said(r"level=info .*event=slowed req=\S+ ip=127\.0\.0\.1 route=/session code=slow_down retry_after_s=\d+")
    assert dean.email not in office.daemon.text()


# ---- getting back in


def test_a_forgotten_password_leaves_the_second_factor(office, admin, stranger):
    with Person(office, "lapse@school.example", "Lapse Alder", "adviser").settle() as person:
        admin.step_up()
        answer = admin.post(f"/staff/{person.staff_id}/invitation", {})
        assert answer.status == 201 and answer.json["second_factor"], answer
        again = "ochre lanterns sway at noon"
        assert stranger.post("/invitation", {"code": answer.json["code"], "password": again}).status == 200
        person.get("/session").refused(401, "session_ended")
        assert stranger.sign_in(person.email, again).json == {"status": "code_needed"}
        stranger.sign_in(person.email, again, "000000" if person.code() != "000000" else "000001").refused(401, "wrong_credentials")
        assert stranger.sign_in(person.email, again, person.code()).status == 201


def test_tls_is_of_today(office):
    """1.3 alone; an older client is not talked down to."""
    context = ssl.create_default_context(cafile=office.ca_file)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", office.office_port)) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", office.office_port)) as plain:
        with ssl.create_default_context(cafile=office.ca_file).wrap_socket(plain, server_hostname="localhost") as tls:
            assert tls.version() == "TLSv1.3" and tls.cipher()[2] >= 128


def test_no_school_sets_passwords_shorter_than_eight(office):
    for chars, usable in ((7, False), (8, True)):
        path = f"{office.dir}/short.conf"
        office.write_conf(path, {"office": {"password_chars": chars}})
        found = json.loads(office.ctl("check-config", path, "--json", check=False).stdout)
        assert ("office.password_chars" not in [finding["key"] for finding in found["findings"]]) == usable, found


# ---- whom we ask


@pytest.fixture
def plain_database():
    """A server of PostgreSQL's protocol without TLS: its port, and what each of those who came sent after hearing that."""
    heard = []

    def serve():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(30)
                first = peer.recv(8)
                peer.sendall(b"N")
                try:
                    heard.append((first, peer.recv(4096)))
                except OSError:
                    heard.append((first, b""))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_database_without_tls_is_told_nothing(office, plain_database):
    """Over a network it is TLS with the server's name verified, or no connection."""
    port, heard = plain_database
    path = f"{office.dir}/plain.conf"
    office.write_conf(path, {"database": {"url": f"host=127.0.0.1 port={port} dbname=stepguard"}})
    done = office.run("stepguardctl", "staff", "list", check=False, env={"STEPGUARD_CONFIG": path})
    assert done.returncode != 0 and "SSL" in done.stderr, done
    assert heard and all(first == bytes.fromhex("0000000804d2162f") and then == b"" for first, then in heard), heard


def test_a_certificate_that_browsers_do_not_know_is_said_at_the_start(office, another_daemon):
    """Once, in the log; whoever asks for its health hears nothing of it."""
    process, port = another_daemon("own-ca")
    assert process.text().count("event=check key=office.certificate") == 1
    with OfficeClient(port, office.ca_file) as client:
        assert client.get("/health").json == {"status": "ok"}
