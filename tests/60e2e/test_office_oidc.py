"""Signing in by the school's identity provider: the daemon through real TLS, a real provider (tests/peer/oidc), and a browser with SameSite.

The office is at https://localhost, the provider at https://127.0.0.1: two sites, as they are at a school.
"""
import json
import os
import re
import signal
import ssl
import sys
import threading
import uuid
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from house import BIN, House, wait_for
from office import OfficeClient, Person

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peer", "oidc"))

from provider import Browser, Provider, installed  # noqa: E402  (its folder is put on the path above)

SECRET = "a secret of the tests"
START, CALLBACK = "/api/v1/oidc/start", "/api/v1/oidc/callback"
HONEST = {"accounts": {}, "who": None, "failing": None, "alg": "RS256", "auth": "client_secret_basic", "secret": SECRET, "email_in_token": False,
          "acr": None, "amr": None, "lie": "", "delay_ms": 0, "status": 0}


class School:
    def __init__(self, directory):
        self.provider = Provider(os.path.dirname(BIN), str(directory))
        secret = os.path.join(directory, "oidc.secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            out.write(SECRET + "\n")
        self.house = House(directory, BIN, conf={"oidc": {"issuer": self.provider.issuer, "client_id": "stepguard", "client_secret_file": secret,
                                                          "ca_file": self.provider.certificate, "label": "Sign in at North"}})
        self.house.start()
        self.url = f"https://localhost:{self.house.office_port}"
        self.provider.tell(redirect_uris=[self.url + CALLBACK])

    def stop(self):
        self.house.stop()
        self.provider.stop()

    # ---- people

    def person(self, *roles, **account):
        """Somebody with an account here, and one there under the same address."""
        tag = "p" + uuid.uuid4().hex[:10]
        person = Person(self.house, f"{tag}@north.example", "Viridian Hackberry", *(roles or ("dean",)))
        person.subject = tag
        self.sits(tag, email=person.email, email_verified=True, **account)
        person.choose_password()  # an invitation taken makes the account active; the password is left alone from here on
        return person

    def sits(self, subject, **account):
        """Who sits at the provider's pages from now on."""
        self.provider.tell(accounts={subject: account}, who=subject)

    # ---- ways

    def browser(self):
        return Browser({self.house.office_port: ssl.create_default_context(cafile=self.house.ca_file), self.provider.port: self.provider.context})

    def leave(self, browser, query=""):
        """As far as the provider's redirect back to the office, which is given back unvisited."""
        return browser.go(self.url + START + query, begun_by="localhost", until=self.url + CALLBACK)

    def back(self, browser, url):
        return browser.step(url, begun_by="127.0.0.1")

    def sign_in(self, browser, query=""):
        return self.back(browser, self.leave(browser, query))

    def session(self, browser, begun_by="localhost"):
        return browser.step(self.url + "/api/v1/session", begun_by, accept="application/json")

    def reload(self):
        """Forgets what is known of the provider."""
        seen = self.house.daemon.text().count("event=reloaded")
        self.house.daemon.signal(signal.SIGHUP)
        wait_for(lambda: self.house.daemon.text().count("event=reloaded") > seen, "a reload")

    def logged(self):
        return self.house.daemon.text()


@pytest.fixture(scope="module")
def schools(tmp_path_factory):
    installed(os.path.dirname(BIN))
    school = School(tmp_path_factory.mktemp("oidc"))
    try:
        yield school
    finally:
        school.stop()


@pytest.fixture
def school(schools):
    """An honest provider, of which nothing is known yet."""
    schools.provider.tell(**HONEST)
    schools.reload()
    return schools


def is_in(school, browser):
    return browser.cookie("localhost", "__Host-sid") is not None and school.session(browser).status == 200


def refused(school, browser, page, status, sentence):
    """A page for a person that says so, and nobody signed in."""
    assert page.status == status and page.headers.get_content_type() == "text/html", page
    assert sentence in page.text and page.headers["X-Request-Id"] in page.text and 'href="/"' in page.text, page
    assert "script" not in page.text and browser.cookie("localhost", "__Host-sid") is None, page
    assert school.session(browser).status == 401


# ---- the way there and back


@pytest.mark.parametrize("alg, auth, email_in_token", [("RS256", "client_secret_basic", False), ("ES256", "client_secret_post", True),
                                                       ("PS256", "client_secret_basic", True)])
def test_a_dean_signs_in(school, alg, auth, email_in_token):
    dean, browser = school.person(), school.browser()
    school.provider.tell(alg=alg, auth=auth, email_in_token=email_in_token, acr="urn:school:mfa", amr=["pwd", "otp"])
    page = school.sign_in(browser)
    assert page.status == 200 and 'http-equiv="refresh" content="0;url=/"' in page.text, page
    assert page.headers["Cache-Control"] == "no-store" and "default-src 'none'" in page.headers["Content-Security-Policy"]
    session = json.loads(school.session(browser).text)
    assert (session["email"], session["session"]["method"], session["session"]["restricted"]) == (dean.email, "oidc", False)
    assert school.house.sql("select oidc_issuer, oidc_subject from core.staff where email = %s", (dean.email,)) == [(school.provider.issuer, dean.subject)]
    status, detail = school.house.sql("select status, detail from audit.event where action = 'oidc_sign_in' order by event_id desc limit 1")[0]
    assert status == 201 and detail["acr"] == "urn:school:mfa" and detail["amr"] == "pwd otp" and detail["auth_time"] > 0


def test_what_the_browser_carries(school):
    school.person()
    browser = school.browser()
    page = browser.step(school.url + START, begun_by="localhost")
    assert page.status == 302 and page.text == ""
    where, asked = urlsplit(page.headers["Location"]), parse_qs(urlsplit(page.headers["Location"]).query)
    assert f"{where.scheme}://{where.netloc}" == school.provider.issuer
    assert asked["response_type"] == ["code"] and asked["response_mode"] == ["query"] and asked["scope"] == ["openid email"]
    assert asked["code_challenge_method"] == ["S256"] and asked["redirect_uri"] == [school.url + CALLBACK]
    assert all(len(asked[name][0]) == 43 for name in ("state", "nonce", "code_challenge")) and "prompt" not in asked
    value, attributes = browser.cookies["localhost", "__Host-oidc"]
    assert "httponly" in attributes and attributes["samesite"] == "lax" and attributes["max-age"] == "600"
    assert asked["state"][0] not in value and asked["nonce"][0] not in value
    school.sign_in(browser)
    value, attributes = browser.cookies["localhost", "__Host-sid"]
    assert "httponly" in attributes and attributes["samesite"] == "strict" and "max-age" not in attributes
    assert browser.cookie("localhost", "__Host-oidc") is None  # good for one way


def test_why_the_last_step_is_a_page_and_no_redirect(school):
    """A redirect would still be the provider's navigation, without the Strict cookie; the page's own step has it."""
    school.person()
    browser = school.browser()
    school.sign_in(browser)
    assert school.session(browser, begun_by="127.0.0.1").status == 401
    assert school.session(browser, begun_by="localhost").status == 200


def test_a_session_that_is_signed_in_over_has_ended(school):
    """Though its Strict cookie does not come back from the provider."""
    school.person()
    browser = school.browser()
    school.sign_in(browser)
    old = browser.cookie("localhost", "__Host-sid")
    school.sign_in(browser)
    assert is_in(school, browser) and browser.cookie("localhost", "__Host-sid") != old
    with OfficeClient(school.house.office_port, school.house.ca_file) as kept:
        kept.cookie = old
        kept.get("/session").refused(401, "session_ended")


def test_linked_once_known_by_subject(school):
    dean = school.person()
    school.sign_in(school.browser())
    school.sits(dean.subject, email="new.name@north.example", email_verified=True)
    browser = school.browser()
    school.sign_in(browser)
    assert json.loads(school.session(browser).text)["email"] == dean.email
    school.sits(dean.subject)  # no address at all
    browser = school.browser()
    school.sign_in(browser)
    assert is_in(school, browser)


def test_the_button(school):
    with OfficeClient(school.house.office_port, school.house.ca_file) as client:
        assert client.get("/oidc").json == {"label": "Sign in at North"}


def test_a_second_factor_of_ours_where_the_school_wants_one(school):
    school.person()
    school.house.sql("""insert into ops.setting (school_id, key, value, set_at)
                        select school_id, 'oidc_second_factor', '0', now() from core.school""")
    try:
        browser = school.browser()
        school.sign_in(browser)
        assert json.loads(school.session(browser).text)["session"]["restricted"] is True
    finally:
        school.house.sql("delete from ops.setting where key = 'oidc_second_factor'")


# ---- who is not let in


def test_nobody_gets_an_account_by_signing_in(school):
    school.sits("stranger", email="stranger@north.example", email_verified=True)
    browser = school.browser()
    refused(school, browser, school.sign_in(browser), 403, "There is no account here")


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_is_not_verified_is_none(school, verified):
    dean, browser = school.person(), school.browser()
    school.sits(dean.subject, email=dean.email, **({} if verified is None else {"email_verified": verified}))
    refused(school, browser, school.sign_in(browser), 403, "There is no account here")


def test_a_disabled_account(school):
    dean = school.person()
    school.sign_in(school.browser())
    school.house.sql("update core.staff set status = 'disabled' where email = %s", (dean.email,))
    browser = school.browser()
    refused(school, browser, school.sign_in(browser), 403, "There is no account here")


def test_whoever_is_given_the_address_later_opens_nothing(school):
    dean = school.person()
    school.sign_in(school.browser())
    school.sits("successor", email=dean.email, email_verified=True)
    browser = school.browser()
    refused(school, browser, school.sign_in(browser), 403, "There is no account here")
    assert school.house.sql("select oidc_subject from core.staff where email = %s", (dean.email,)) == [(dean.subject,)]


# ---- tokens that prove nothing

LIES = {"nonce": "nonce", "no_nonce": "nonce", "issuer": "iss", "audience": "aud", "azp": "azp", "expired": "exp", "kept": "iat", "early": "nbf",
        "subject": "sub", "at_hash": "at_hash", "unsigned": "alg", "public_key": "alg", "no_signature": "signature", "other_key": "signature",
        "unknown_key": "key", "access_token": "typ", "critical": "crit", "garbage": "form", "no_token": "form", "userinfo": "sub"}


@pytest.mark.parametrize("lie, flaw", LIES.items())
def test_a_lie_is_seen(school, lie, flaw):
    school.person()
    school.provider.tell(lie=lie)
    browser = school.browser()
    page = school.sign_in(browser)
    refused(school, browser, page, 502, "does not prove who you are")
    line = re.findall(r"event=oidc_refused .*req=(\S+) .*outcome=(\S+) flaw=(\S+)", school.logged())[-1]
    assert line == (page.headers["X-Request-Id"], "answer_untrusted", flaw)  # by the number that the person was told


@pytest.mark.parametrize("lie", ["large", "redirect"])
def test_an_answer_that_is_no_answer(school, lie):
    school.person()
    school.provider.tell(lie=lie)
    browser, before = school.browser(), school.provider.asked("POST /elsewhere")
    refused(school, browser, school.sign_in(browser), 502, "cannot use")
    assert school.provider.asked("POST /elsewhere") == before


@pytest.mark.parametrize("lie, flaw", [("document_issuer", "issuer"), ("document_endpoint", "endpoint")])
def test_a_document_that_leads_elsewhere(school, lie, flaw):
    school.provider.tell(lie=lie)
    browser = school.browser()
    refused(school, browser, browser.step(school.url + START), 502, "cannot use")
    assert re.findall(r"event=oidc_refused .*flaw=(\S+)", school.logged())[-1] == flaw


# ---- keys


def test_keys_are_changed(school):
    school.person()
    school.sign_in(school.browser())
    asked = school.provider.asked("GET /jwks")
    school.sign_in(school.browser())
    assert school.provider.asked("GET /jwks") == asked  # kept
    school.provider.tell(rotate=True)
    browser = school.browser()
    school.sign_in(browser)
    assert is_in(school, browser) and school.provider.asked("GET /jwks") == asked + 1


def test_unknown_keys_do_not_make_us_ask_without_end(school):
    school.person()
    school.sign_in(school.browser())
    asked = school.provider.asked("GET /jwks")
    school.provider.tell(lie="unknown_key")
    for _ in range(5):
        school.sign_in(school.browser())
    assert school.provider.asked("GET /jwks") == asked + 1


# ---- whose flow it is


def changed(url, **members):
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **members}
    return urlunsplit(parts._replace(query=urlencode({name: value for name, value in query.items() if value is not None})))


def test_a_way_back_that_did_not_begin_here(school):
    """Signing a victim in as somebody else: the attacker's answer, in the victim's browser."""
    school.person()
    attacker, victim = school.browser(), school.browser()
    gift = school.leave(attacker)
    refused(school, victim, school.back(victim, gift), 400, "not begun in this browser")
    own = school.leave(victim)
    refused(school, victim, school.back(victim, gift), 400, "not begun in this browser")
    assert school.back(victim, own).status == 200  # the victim's own flow was not disturbed


def test_a_code_of_somebody_elses_flow(school):
    """A stolen code under the thief's own state: the provider wants the verifier of the browser that left (PKCE)."""
    school.person()
    victim, thief = school.browser(), school.browser()
    code = parse_qs(urlsplit(school.leave(victim)).query)["code"][0]
    refused(school, thief, school.back(thief, changed(school.leave(thief), code=code)), 400, "used already")


def test_a_way_back_is_good_once(school):
    school.person()
    browser = school.browser()
    url = school.leave(browser)
    flow = browser.cookies["localhost", "__Host-oidc"]
    assert school.back(browser, url).status == 200
    again = school.browser()
    again.cookies["localhost", "__Host-oidc"] = flow  # somebody kept the cookie as well
    refused(school, again, school.back(again, url), 400, "used already")
    browser.cookies.clear()
    refused(school, browser, school.back(browser, url), 400, "not begun in this browser")


@pytest.mark.parametrize("change", [{"state": None}, {"state": ""}, {"state": "x" * 43}])
def test_a_state_that_is_not_the_flows(school, change):
    school.person()
    browser = school.browser()
    refused(school, browser, school.back(browser, changed(school.leave(browser), **change)), 400, "not begun in this browser")


@pytest.mark.parametrize("change", [{"iss": "https://another.example.edu"}, {"iss": None}, {"code": None}, {"code": ""}, {"code": "x" * 3100},
                                    {"error": "server_error"}, {"error": "Somebody's text\u2026"}])
def test_an_answer_that_is_not_what_was_asked(school, change):
    school.person()
    browser, asked = school.browser(), school.provider.asked("POST /token")
    refused(school, browser, school.back(browser, changed(school.leave(browser), **change)), 502, "did not let you sign in")
    assert school.provider.asked("POST /token") == asked and "Somebody" not in school.logged()


def test_a_flow_that_was_bent(school):
    school.person()
    browser = school.browser()
    url = school.leave(browser)
    value, attributes = browser.cookies["localhost", "__Host-oidc"]
    browser.cookies["localhost", "__Host-oidc"] = value[:-8] + ("A" if value[-8] != "A" else "B") + value[-7:], attributes
    refused(school, browser, school.back(browser, url), 400, "not begun in this browser")


def test_whoever_goes_away_is_told_so_kindly(school):
    school.provider.tell(who=None)
    browser = school.browser()
    page = school.sign_in(browser)
    refused(school, browser, page, 403, "You did not sign in")
    assert browser.cookie("localhost", "__Host-oidc") is None
    assert "the person went away" not in page.text


def test_a_program_is_told_in_json(school):
    with OfficeClient(school.house.office_port, school.house.ca_file) as client:
        assert client.get("/oidc/callback?state=x&code=y").refused(400, "not_begun_here")
        assert client.get("/oidc/start?step_up=1").refused(401, "not_signed_in")


# ---- a provider in trouble


def test_a_provider_that_is_down(school):
    dean = school.person()
    browser = school.browser()
    url = school.leave(browser)
    school.provider.tell(status=503)
    page = school.back(browser, url)
    refused(school, browser, page, 503, "does not answer at the moment")
    assert int(page.headers["Retry-After"]) > 0
    school.reload()
    refused(school, browser, browser.step(school.url + START), 503, "does not answer at the moment")
    dean.enter()  # by password, as ever
    school.provider.tell(status=0)
    assert is_in(school, browser) or school.sign_in(browser).status == 200  # and it is asked again at once


def test_a_provider_that_hangs_keeps_nobody_else(school):
    """More people wait for the provider than there are threads for it; a password is checked all the same."""
    dean = school.person()
    browsers = [school.browser() for _ in range(4)]
    ways = [school.leave(browser) for browser in browsers]
    school.provider.tell(delay_ms=60000)
    pages = {}
    threads = [threading.Thread(target=lambda i=i: pages.__setitem__(i, school.back(browsers[i], ways[i]))) for i in range(len(ways))]
    for thread in threads:
        thread.start()
    dean.enter()
    assert all(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.join(60)
    for i, browser in enumerate(browsers):
        refused(school, browser, pages[i], 503, "does not answer at the moment")


def test_a_provider_that_knows_another_secret(school):
    school.person()
    school.provider.tell(secret="another")
    browser = school.browser()
    refused(school, browser, school.sign_in(browser), 502, "does not know this server")


# ---- proving anew


def grown_old(school, person):
    school.house.sql("""update core.session s set stepped_up_at = stepped_up_at - interval '1 hour' from core.staff p
                         where p.staff_id = s.staff_id and p.email = %s""", (person.email,))


def export(school, browser):
    return browser.step(school.url + "/api/v1/trail?format=csv", begun_by="localhost", accept="*/*").status


def test_proving_anew_by_the_provider(school):
    auditor, browser = school.person("auditor"), school.browser()
    school.sign_in(browser)
    grown_old(school, auditor)
    assert export(school, browser) == 403
    old = browser.cookie("localhost", "__Host-sid")
    url = school.leave(browser, "?step_up=1")
    asked = parse_qs(urlsplit(next(url for status, url in browser.trail if "prompt=" in url)).query)
    assert asked["prompt"] == ["login"] and asked["max_age"] == ["0"]
    assert school.back(browser, url).status == 200
    fresh = browser.cookie("localhost", "__Host-sid")
    assert fresh and fresh != old and export(school, browser) == 200
    browser.cookies["localhost", "__Host-sid"] = old, {"samesite": "strict"}
    assert school.session(browser).status == 401


@pytest.mark.parametrize("lie", ["auth_time", "no_auth_time"])
def test_a_provider_that_did_not_ask_anew(school, lie):
    auditor, browser = school.person("auditor"), school.browser()
    school.sign_in(browser)
    grown_old(school, auditor)
    school.provider.tell(lie=lie)
    page = school.sign_in(browser, "?step_up=1")
    assert page.status == 403 and "did not ask you again" in page.text, page
    assert export(school, browser) == 403 and is_in(school, browser)


def test_somebody_else_proves_nothing_for_me(school):
    auditor, browser = school.person("auditor"), school.browser()
    school.sign_in(browser)
    grown_old(school, auditor)
    other = school.person("auditor")
    for key in [key for key in browser.cookies if key[0] == "127.0.0.1"]:
        del browser.cookies[key]  # signed out at the provider, where somebody else signs in
    page = school.sign_in(browser, "?step_up=1")
    assert page.status == 403 and "no account here" in page.text, page
    assert export(school, browser) == 403 and json.loads(school.session(browser).text)["email"] == auditor.email != other.email


def test_a_session_that_ended_meanwhile(school):
    school.person()
    browser = school.browser()
    school.sign_in(browser)
    url = school.leave(browser, "?step_up=1")
    school.house.sql("update core.session set ended_at = now(), ended_why = 'signed out' where ended_at is null")
    page = school.back(browser, url)
    assert page.status == 401 and "has ended" in page.text, page


def test_nobody_elses_page_makes_me_prove_anew(school):
    school.person()
    browser = school.browser()
    school.sign_in(browser)
    assert browser.step(school.url + START + "?step_up=1", begun_by="127.0.0.1").status == 401


# ---- settings, and what is written down


def test_without_a_provider(school):
    process, port = school.house.another_daemon("alone", {"oidc": {"issuer": "", "client_id": "", "client_secret_file": "", "ca_file": ""}})
    try:
        with OfficeClient(port, school.house.ca_file) as client:
            assert client.get("/oidc").json == {"label": None}
            client.get("/oidc/start").refused(404, "not_found")
            client.get("/oidc/callback?state=x&code=y").refused(404, "not_found")
    finally:
        process.stop()


@pytest.mark.parametrize("settings, reason", [({"client_id": ""}, "wants oidc.client_id"), ({"issuer": "http://id.example.edu"}, "is not an issuer"),
                                              ({"scopes": "email"}, "lacks openid"), ({"client_secret_file": "/nonexistent"}, "/nonexistent"),
                                              ({"client_secret_file": "open.secret"}, "others may read")])
def test_settings_that_cannot_be_do_not_start(school, settings, reason):
    path = f"{school.house.dir}/open.secret"
    with open(path, "w") as out:
        out.write(SECRET)
    os.chmod(path, 0o644)
    conf = f"{school.house.dir}/wrong.conf"
    school.house.write_conf(conf, {"oidc": settings, **{port: {"listen": "127.0.0.1:0"} for port in ("student", "enrol", "office")}})
    done = school.house.run("stepguardd", "--config", conf, check=False)
    assert done.returncode == 3 and reason in done.stderr, done.stderr[-1000:]


def test_a_provider_whose_certificate_nobody_vouches_for(school):
    process, port = school.house.another_daemon("distrust", {"oidc": {"ca_file": school.house.ca_file}})
    try:
        with OfficeClient(port, school.house.ca_file) as client:
            client.get("/oidc/start").refused(503, "provider_away")
        assert re.search(r"event=oidc_refused .*note=.*(certificate|SSL)", process.text())
    finally:
        process.stop()


def test_nothing_of_it_is_written_down(school):
    school.person()
    browser = school.browser()
    flows = []
    for query in ("", "?step_up=1"):
        url = school.leave(browser, query)
        flows.append(browser.cookie("localhost", "__Host-oidc"))
        assert school.back(browser, url).status == 200
    school.provider.tell(lie="nonce")
    school.back(browser, school.leave(browser))
    secrets = {SECRET, *flows, browser.cookie("localhost", "__Host-sid")}
    for _, url in browser.trail:
        query = parse_qs(urlsplit(url).query)
        secrets |= {query[name][0] for name in ("code", "state", "nonce", "code_challenge") if name in query}
    assert len(secrets) >= 15
    for where, text in (("the daemon's log", school.logged()), ("PostgreSQL's log", school.house.database_log()), ("the database", school.house.dump())):
        assert [secret for secret in secrets if secret in text] == [], where
