"""Codes and devices through the office port: codes are shown once and work once, and a device that is shut out is out at once."""
import csv
import io
import re

import pytest

import peer
from conftest import settled


@pytest.fixture(scope="module")
def operator(office):
    with settled(office, "rowan", "operator") as person:
        yield person


@pytest.fixture(scope="module", autouse=True)
def school(office):
    office.roster(*({"student_id": f"e{n}", "given_name": "Teal", "family_name": f"Pine {n}", "class_year": 2027 + n % 2} for n in range(10)),
                  {"student_id": "f1", "given_name": "=1+1", "family_name": "Elm, Jr", "class_year": 2030},
                  {"student_id": "gone", "status": "inactive", "class_year": 2030})


def device(office, student, name="laptop", days=90):
    return office.sql("""
        with d as (insert into core.device (school_id, student_id, name) select school_id, student_id, %s from core.student where external_id = %s
                   returning *),
             c as (insert into core.certificate (school_id, serial, student_id, device_id, key_hash, state, not_before, not_after, der)
                   select school_id, uuid_send(gen_random_uuid()), student_id, device_id, sha256(uuid_send(gen_random_uuid())), 'issued',
                          now() - interval '100 days', now() + %s * interval '1 day', '\\x30' from d)
        select device_id::int from d""", (name, student, days))[0][0]


def late(office, person):
    """Their proof is an hour old."""
    office.sql("update core.session set stepped_up_at = stepped_up_at - interval '1 h' where staff_id = %s", (person.staff_id,))


def test_codes_are_made_shown_once_and_work(office, operator):
    answer = operator.post("/codes", {"students": ["e1", "e2", "ghost", "gone"], "expires_days": 3})
    assert answer.status == 201, answer
    made = answer.json
    assert made["issued"] == 2 and made["unknown"] == ["ghost", "gone"]
    assert [(i["student_id"], i["family_name"]) for i in made["items"]] == [("e1", "Pine 1"), ("e2", "Pine 2")]
    assert answer.header("Cache-Control") == "no-store"
    for table in ("core.enrol_code", "audit.event"):
        text = str(office.sql(f"select t::text from {table} t"))
        assert all(i["code"] not in text and i["code"].replace("-", "") not in text for i in made["items"])
    again = operator.post("/codes", {"students": ["e1"]}).json["items"][0]["code"]
    assert again != made["items"][0]["code"]
    assert office.sql("""select count(*)::int from core.enrol_code c join core.student s using (school_id, student_id)
                          where external_id = 'e1' and expires_at > now()""") == [(1,)]  # the earlier one has ended
    listed, = operator.get("/enrolment?q=pine 1".replace(" ", "%20")).json["items"]
    assert (listed["state"], listed["devices"]) == ("invited", 0) and listed["code"]["expires_at"]


def test_a_class_and_only_those_without_a_device(office, operator):
    device(office, "e3")
    made = operator.post("/codes", {"class_year": 2028}).json
    assert {i["student_id"] for i in made["items"]} == {"e1", "e5", "e7", "e9"}
    assert {i["student_id"] for i in operator.post("/codes", {"class_year": 2028, "only": "everyone"}).json["items"]} >= {"e3"}
    assert operator.post("/codes", {"class_year": 2050}).json == {"issued": 0, "expires_on": made["expires_on"], "items": [], "unknown": []}


def test_a_file_for_letters(operator):
    answer = operator.post("/codes", {"students": ["f1"], "format": "csv"})
    assert answer.status == 201 and answer.headers.get_content_type() == "text/csv"
    row, = csv.DictReader(io.StringIO(answer.body.decode()))
    assert (row["student_id"], row["name"]) == ("f1", "'=1+1 Elm, Jr") and re.fullmatch(r"[0-9A-Z-]{59}", row["code"])


def test_a_code_of_the_office_enrols(office, operator):
    code = operator.post("/codes", {"students": ["e4"]}).json["items"][0]["code"]
    assert peer.Device(office.ca_file).enrol(office.enrol_port, code).WhichOneof("body") == "certificate"
    item, = operator.get("/devices?student=e4").json["items"]
    assert (item["state"], item["student"]["student_id"]) == ("in_force", "e4") and item["certificate_until"]
    assert operator.get("/enrolment?state=enrolled&q=e4").json["items"][0]["devices_in_force"] == 1


@pytest.mark.parametrize("body, field", [({}, "students"), ({"students": ["e1"], "class_year": 2028}, "students"), ({"students": []}, "students"),
                                         ({"students": ["e1"], "expires_days": 0}, "expires_days"), ({"students": ["e1"], "format": "xml"}, "format"),
                                         ({"all": True, "shoe": 1}, "shoe")])
def test_what_cannot_be_asked(operator, body, field):
    assert operator.post("/codes", body).problem["field"] == field


def test_devices_are_listed_and_shut_out(office, operator):
    first, old = device(office, "e6"), device(office, "e6", "=cmd", days=-1)
    items = {i["device_id"]: i for i in operator.get("/devices?student=e6").json["items"]}
    assert (items[first]["state"], items[old]["state"]) == ("in_force", "expired")
    operator.post(f"/devices/{first}/revoke", {}).refused(422, "missing")
    gone = operator.post(f"/devices/{first}/revoke", {"reason": "The laptop was stolen."})
    assert gone.json["state"] == "revoked" and gone.json["revoked_reason"] == "The laptop was stolen."
    assert operator.post(f"/devices/{first}/revoke", {"reason": "again"}).refused(409, "conflict")["current"]["state"] == "revoked"
    operator.post("/devices/999999/revoke", {"reason": "x"}).refused(404, "not_found")
    assert operator.get("/enrolment?state=lapsed").json["items"][0]["student"]["student_id"] == "e6"
    assert [i["device_id"] for i in operator.get("/devices?student=e6&state=revoked").json["items"]] == [first]
    assert "'=cmd" in operator.get("/devices?student=e6&format=csv").body.decode()


def test_whose_business_it_is(office, operator, dean, admin):
    admin.get("/devices").refused(403, "no_right")
    admin.post("/codes", {"students": ["e1"]}).refused(403, "no_right")
    assert dean.get("/devices").status == 200
    late(office, operator)
    operator.post("/codes", {"students": ["e1"]}).refused(403, "step_up_required")
    before = office.sql("select count(*)::int from core.enrol_code")
    operator.raw("POST", "/api/v1/codes", '{"students": ["e1"]}', {"Content-Type": "application/json", "X-CSRF-Token": None})
    assert office.sql("select count(*)::int from core.enrol_code") == before
