"""Reports through the real daemon: who reads which night, every paper in every form with its words and its name, one at a time; and what
is sent: where it stands, a webhook's secret from the page to the call that is signed with it."""
import base64
import hashlib
import hmac
import json
import re
import subprocess
import threading

import pytest

from conftest import settled
from house import wait_for
from mail import Hooks, certificate
from office import OfficeClient

FORMS = {"pdf": "application/pdf", "html": "text/html", "csv": "text/csv", "json": "application/json", "txt": "text/plain"}
NOTICE = "may not be passed on to any other party"
NAME = "Viridian Hackberry"


@pytest.fixture(scope="module")
def night(office):
    """A class with results, and its night; the day as a text."""
    office.roster({"student_id": "v1", "given_name": "Viridian", "family_name": "Hackberry", "adviser_email": "rowan@school.example"},
                  *({"student_id": f"v{n}", "given_name": "Russet", "family_name": f"Poplar{n}"} for n in range(2, 30)))
    office.sql("""insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted,
                                           repeat, instrument, form, items, correct, subs)
                  select school_id, student_id, 1, gen_random_uuid(), now() - interval '9 days', now() - interval '12 days' * k, 0, 5000 + 40 * k, 1, 1, false,
                         false, 'cbssa', 'f' || k, 200, 120, '' from core.student, generate_series(1, 4) k where external_id like 'v%'""")
    office.sql("""insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
                  select school_id, student_id, gen_random_uuid(), 2, 1, 1, current_date + 9, now() - interval '20 days'
                    from core.student where external_id like 'v%'""")
    office.ctl("assess-all")
    office.run("stepguard-report", "--out", f"{office.dir}/nights")
    return str(office.sql("select max(night) from ops.run where finished_at is not null")[0][0])


@pytest.fixture(scope="module")
def adviser(office, night):
    with settled(office, "rowan", "adviser") as person:
        yield person


@pytest.fixture(scope="module")
def auditor(office, night):
    with settled(office, "olive", "auditor") as person:
        yield person


@pytest.fixture(scope="module")
def papers(night):
    """{what: (path without its form, query, has students)}"""
    return {"brief": (f"/reports/nights/{night}/", "", True), "packet": ("/students/v1/packet/", "", True),
            "class": ("/reports/class/", "?class_year=2028", False), "accreditation": ("/reports/accreditation/", "?from=2026-01-01&to=2027-12-31", False)}


def words(answer):
    """What of a file can be read."""
    if answer.headers.get_content_type() != "application/pdf":
        return answer.body.decode()
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.body, capture_output=True, check=True)
    return done.stdout.decode()


def plain(text):
    return re.sub(r"\s+", " ", text)


# ---- pages

def test_a_dean_reads_the_night(dean, night):
    listed = dean.get("/reports/nights").json["items"]
    assert [row["night"] for row in listed] == sorted((row["night"] for row in listed), reverse=True) and listed[0]["state"] == "done"
    brief = dean.get(f"/reports/nights/{night}").json
    assert brief["names"]["v1"] == NAME and not brief["own"] and brief["counts"] == listed[0]["counts"]
    exams = next(one for one in brief["lists"] if one["code"] == "exams")
    assert exams["n"] == 29 and all(line["text"].endswith(".") for line in exams["lines"])


def test_an_adviser_reads_of_their_own(adviser, night):
    brief = adviser.get(f"/reports/nights/{night}").json
    assert brief["own"] and set(brief["names"]) <= {"v1"} and brief["students"] == 1 and "Poplar" not in json.dumps(brief)
    assert "Poplar" not in words(adviser.step_up().get(f"/reports/nights/{night}/txt"))
    adviser.get("/reports/class/pdf?class_year=2028").refused(403, "no_right")
    adviser.get("/students/v2/packet/pdf").refused(404, "not_found")
    assert adviser.get("/students/v1/packet/pdf").status == 200


def test_an_auditor_gets_figures_alone(auditor, night):
    for path in ("/reports/nights", f"/reports/nights/{night}", f"/reports/nights/{night}/pdf", "/students/v1/packet/pdf"):
        auditor.get(path).refused(403, "no_right")
    auditor.step_up().get("/reports/class/json?class_year=2028").refused(403, "no_right")
    auditor.get("/reports/accreditation/json?from=2026-07-01&to=2027-06-29").refused(403, "no_right")
    answer = auditor.get("/reports/accreditation/json?from=2026-07-01&to=2027-06-30")
    assert answer.status == 200 and "Hackberry" not in words(answer) and "v1" not in words(answer) and answer.json["small_cell"] == 10


def test_a_program_needs_the_right_to_take_files(office, dean, night, papers):
    dean.step_up()
    for scopes, status in ((["records", "cohort"], 403), (["records", "cohort", "export"], 200)):
        token = dean.post("/tokens", {"name": "papers", "scopes": scopes}).json["token"]
        with OfficeClient(office.office_port, office.ca_file, token=token) as program:
            assert program.get(f"/reports/nights/{night}").status == 200
            assert [program.get(f"{path}csv{query}").status for path, query, _ in papers.values()] == [status] * len(papers)
    token = dean.post("/tokens", {"name": "figures", "scopes": ["cohort", "export"]}).json["token"]
    with OfficeClient(office.office_port, office.ca_file, token=token) as program:
        program.get(f"/reports/nights/{night}/csv").refused(403, "no_right")
        program.get("/reports/class/csv?class_year=2028").refused(403, "no_right")
        assert program.get("/reports/accreditation/csv?from=2026-07-01&to=2027-06-30").status == 200


# ---- files

@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", ["brief", "packet", "class", "accreditation"])
def test_a_paper(dean, night, papers, what, form):
    path, query, named = papers[what]
    dean.step_up()
    answer = dean.get(f"{path}{form}{query}")
    assert answer.status == 200 and answer.headers.get_content_type() == FORMS[form], answer
    assert re.fullmatch(rf'attachment; filename="stepguard-{what}-[A-Za-z0-9.-]+\.{form}"', answer.header("Content-Disposition"))
    assert answer.header("Cache-Control") == "no-store" and answer.header("X-Content-Type-Options") == "nosniff"
    said = words(answer)
    assert ("Viridian" in said or "\nv1," in said) == named, "by name, or by id for programs"
    assert NOTICE in plain(said), "the words against passing it on"
    assert form != "pdf" or answer.body.startswith(b"%PDF-1.")


def test_every_file_is_on_the_trail(office, dean, papers):
    dean.step_up()
    for action, (path, query, named) in zip(("report_night_file", "packet_file", "report_class_file", "report_accreditation_file"), papers.values()):
        before = office.sql("select coalesce(max(event_id), 0) from audit.event")[0][0]
        assert dean.get(f"{path}txt{query}").status == 200
        event = office.sql("select action, cardinality(students), detail ->> 'form', status from audit.event where event_id > %s", (before,))
        assert [(row[0], row[1] > 0, *row[2:]) for row in event] == [(action, named, "txt", 200)]
    assert office.sql("""select array(select s.external_id from core.student s where s.student_id = any (e.students)) from audit.event e
                          where action = 'packet_file' order by event_id desc limit 1""")[0][0] == ["v1"]


def test_a_file_wants_a_fresh_proof(office, dean, papers):
    office.sql("update core.session set stepped_up_at = now() - interval '1 day'")
    for path, query, _ in papers.values():
        dean.get(f"{path}pdf{query}").refused(403, "step_up_required")
    dean.step_up()


def test_the_same_night_has_the_same_bytes(dean, papers):
    dean.step_up()
    path = papers["brief"][0]
    for form in FORMS:
        first = dean.get(f"{path}{form}")
        assert first.body == dean.get(f"{path}{form}").body
        assert dean.get(f"{path}{form}", If_None_Match=first.header("ETag")).status == 304


def test_without_the_office_s_work(dean):
    dean.step_up()
    whole, redacted = dean.get("/students/v1/packet/json").json, dean.get("/students/v1/packet/json?redacted=true").json
    assert "case" in whole and "case" not in redacted and redacted["redacted"]


@pytest.mark.parametrize("path, status, code", [
    ("/reports/nights/{night}/exe", 404, "not_found"), ("/reports/nights/{night}/PDF", 404, "not_found"), ("/reports/nights/1999-01-01/pdf", 404, "not_found"),
    ("/reports/nights/{night}/pdf?zzz=1", 422, "unknown_field"), ("/reports/nights/now/pdf", 422, "invalid"), ("/students/nobody/packet/pdf", 404, "not_found"),
    ("/reports/class/pdf", 422, "missing"), ("/reports/class/pdf?class_year=1999", 404, "not_found"), ("/reports/class/pdf?class_year=x", 422, "invalid"),
    ("/reports/accreditation/pdf?from=2027-01-01&to=2026-01-01", 422, "invalid"), ("/reports/accreditation/pdf?from=2027-01-01", 422, "missing")])
def test_what_is_no_paper(dean, night, path, status, code):
    dean.step_up()
    dean.get(path.format(night=night)).refused(status, code)


def test_the_name_of_a_file_is_harmless(office, dean, night):
    """A school's ids are its own, and may hold anything that a path can."""
    odd = 'a"b;c=..d é'
    office.sql("update core.student set external_id = %s where external_id = 'v9'", (odd,))
    dean.step_up()
    answer = dean.get("/students/a%22b%3Bc%3D..d%20%C3%A9/packet/txt")
    said = answer.header("Content-Disposition")
    assert answer.status == 200 and re.fullmatch(r'attachment; filename="stepguard-packet-a-b-c-..d----\d{4}-\d\d-\d\d\.txt"', said), said


# ---- one at a time

def at_once(office, night, tokens):
    """Asks for a paper with each of these while nobody reads a run, waits until those are refused who are, and gives what came of all."""
    clients = [OfficeClient(office.office_port, office.ca_file, token=token) for token in tokens]
    answers = []
    threads = [threading.Thread(target=lambda client=client: answers.append(client.get(f"/reports/nights/{night}/txt"))) for client in clients]
    with office_locked(office) as release:
        for thread in threads:
            thread.start()
        wait_for(lambda: len(answers) == 1, "one to be refused")
        refused = answers[0].problem
        release()
        for thread in threads:
            thread.join()
    for client in clients:
        client.close()
    assert [answer.status for answer in answers[1:]] == [200] * (len(tokens) - 1)
    return refused


def test_one_at_a_time_for_each_and_a_few_for_all(office, dean, night):
    dean.step_up()
    tokens = [dean.post("/tokens", {"name": f"many {n}", "scopes": ["records", "export"]}).json["token"] for n in range(9)]
    assert at_once(office, night, tokens[:1] * 2)["code"] == "one_at_a_time"
    assert at_once(office, night, tokens)["code"] == "busy"
    assert at_once(office, night, tokens[1:2] * 2)["code"] == "one_at_a_time", "the places are given back"


class office_locked:
    """Nobody reads a run until release() is called."""

    def __init__(self, office):
        import psycopg

        self.db = psycopg.connect(f"{office.url} user=postgres")

    def __enter__(self):
        self.db.execute("lock table ops.run in access exclusive mode")
        return self.db.commit

    def __exit__(self, *_):
        self.db.close()


# ---- what is sent

def test_messages_and_another_try(office, dean, admin, night):
    staff, = office.sql("select staff_id from core.staff where email = %s", (dean.email,))[0]
    message, = office.sql("""select core.post_put(school_id, 'brief', 'test/again', %s, '{"secret": "of Viridian"}', now(), now(), %s) from core.school""",
                          (dean.email, staff))[0]
    office.sql("update ops.message set state = 'failed', attempts = 9, ended_at = now(), last_reply = '550 no' where message_id = %s", (message,))
    row = next(one for one in admin.get("/messages?state=failed").json["items"] if one["message_id"] == message)
    assert row["may_retry"] and row["staff"]["name"] == dean.name and "secret" not in json.dumps(row) and dean.email not in json.dumps(row)
    assert admin.post(f"/messages/{message}/retry").json["state"] == "waiting"
    admin.post(f"/messages/{message}/retry").refused(409, "not_now")
    assert admin.get("/messages?state=open").json["items"][0]["message_id"] == message


def test_one_s_own_mail(dean, adviser):
    choice = dean.get("/me/mail").json
    assert choice["offered"] == ["brief", "reminder"] and adviser.get("/me/mail").json["offered"] == ["digest", "reminder"]
    assert dean.put("/me/mail", {"revision": choice["revision"], "brief": False}).json["brief"] is False
    dean.put("/me/mail", {"revision": choice["revision"], "brief": True}).refused(409, "conflict")


def test_the_school_s_words(dean, admin):
    assert dean.put("/mail-texts/student_reminder", {"version": 0, "subject": "How are you?", "body": "{days} days. {school}"}).json["version"] == 1
    assert admin.get("/mail-texts").json["items"][0]["subject"] == "How are you?"
    admin.put("/mail-texts/student_reminder", {"version": 1, "subject": "a", "body": "b"}).refused(403, "no_right")


def test_a_webhook_s_secret_signs_its_calls(office, admin, dean, night):
    """From the page that shows it once to the call that is signed with it; the database has it sealed."""
    hooks = Hooks(office.dir)
    try:
        office.write_conf(extra={"webhook": {"ca_file": certificate(office.dir)[0]}})
        admin.step_up()
        for field in ("secret", "secret_for"):
            assert admin.post("/webhooks", {"url": hooks.url, "events": ["night"], field: "ab"}).refused(422, "unknown_field")["field"] == field
        made = admin.post("/webhooks", {"url": hooks.url, "events": ["night"], "about": "a test"}, {"Idempotency-Key": "hook-1"}).json
        admin.post("/webhooks", {"url": hooks.url, "events": ["night"]}, {"Idempotency-Key": "hook-1"}).refused(409, "done_already")
        secret = base64.b64decode(made["secret"].removeprefix("whsec_"), validate=True)
        assert len(secret) == 32 and "secret" not in json.dumps(admin.get("/webhooks").json) and secret not in bytes(
            office.sql("select secret from core.webhook where webhook_id = %s", (made["webhook_id"],))[0][0])
        office.sql("""select core.post_webhooks(school_id, 'night', 'test', '{"n": 1}', now(), null) from core.school""")
        office.run("stepguard-report", "send", check=False)
        request, = hooks.requests
        signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
        assert request.headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
        assert admin.get("/webhooks").json["items"][0]["last_ok_at"] and "Viridian" not in request.body.decode()
        off = admin.patch(f"/webhooks/{made['webhook_id']}", {"revision": made["revision"], "status": "off"}).json
        assert off["status"] == "off"
        dean.post("/webhooks", {"url": hooks.url, "events": ["night"]}).refused(403, "no_right")
    finally:
        hooks.stop()
        office.write_conf()


def test_health_says_how_the_post_is(admin):
    assert any(item["check"] == "post" for item in admin.get("/health/summary").json["items"])
