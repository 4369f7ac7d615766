"""What is sent twice under one key, because its answer was lost or a button was pressed twice, is done once."""
import concurrent.futures
import copy
import datetime

import pytest

from office import Person


@pytest.fixture
def student(office):
    office.roster({"student_id": "o-larch", "given_name": "Larch", "family_name": "Dunnock"})
    return "o-larch"


def keyed(key):
    return {"Idempotency-Key": key}



def count(office, table, where="true"):
    return office.sql(f"select count(*)::int from {table} where {where}")[0][0]


@pytest.mark.parametrize("path, body, table", [
    ("/disclosures", {"outcome": "disclosed", "students": ["o-larch"], "recipient": "Hospital", "interest": "Credentialing", "what": "Dates",
                      "basis": "consent", "agreement": "Consent of 2026-09-01"}, "audit.disclosure"),
    ("/access-requests", {"student": "o-larch", "kind": "inspection", "received_on": "2026-10-01", "words": "Everything"}, "core.record_request"),
    ("/students/o-larch/life-events", {"kind": "leave", "category": "family", "starts_on": "2026-10-01"}, "core.life_event"),
    ("/students/o-larch/cases", {"sentence": "She asked for it", "severity": "warning"}, "core.case_file"),
    ("/tokens", {"name": "Registrar", "scopes": ["cohort"], "days": 30}, "core.service_token"),
])
def test_the_second_time_is_told_so(office, dean, student, path, body, table):
    dean.step_up()
    before = count(office, table)
    first = dean.post(path, body, keyed("7f0c-" + table.replace(".", "-")))
    assert first.status in (200, 201), first
    assert dean.post(path, body, keyed("7f0c-" + table.replace(".", "-"))).status == 409  # some have reasons of their own
    assert count(office, table) == before + 1


def test_notes_that_name_no_revision(office, dean, student):
    case = office.sql("select case_id from core.case_file limit 1")[0][0]
    for verb, body, table in (("note", {"text": "Spoke with Larch", "tier": "team"}, "core.case_note"),
                              ("contact", {"channel": "email", "outcome": "met"}, "core.case_contact"), ("task", {"title": "Ring again"}, "core.case_task")):
        for key, n in (("a", 1), ("a", 1), ("b", 2), (None, 3), (None, 4)):
            answer = dean.post(f"/cases/{case}/{verb}", body, keyed(f"{verb}-{key}") if key else None)
            assert answer.status == 200 or answer.problem["code"] == "done_already", answer
            assert count(office, table) == n
    office.sql("update ops.once set at = at - interval '25 hours'")
    assert dean.post(f"/cases/{case}/task", {"title": "Ring again"}, keyed("task-a")).status == 200  # the day after it is another deed


def test_at_the_same_moment(office, dean, student):
    case = office.sql("select case_id from core.case_file limit 1")[0][0]
    before = count(office, "core.case_note")

    def send(_):
        tab = copy.copy(dean)
        tab.connection = None
        with tab:
            return tab.post(f"/cases/{case}/note", {"text": "Twice at once", "tier": "team"}, keyed("together")).status

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [200] + 7 * [409]
    assert count(office, "core.case_note") == before + 1


def test_a_key_is_ones_own_and_of_what_was_done(office, dean, student):
    case = office.sql("select case_id from core.case_file limit 1")[0][0]
    note = f"/cases/{case}/note"
    dean.post(note, {"text": "", "tier": "team"}, keyed("mine")).refused(422, "missing")
    assert dean.post(note, {"text": "After all", "tier": "team"}, keyed("mine")).status == 200  # nothing had been done under it
    with Person(office, "tansy@school.example", "Tansy Rowan", "dean").settle() as other:
        assert other.post(note, {"text": "After all", "tier": "team"}, keyed("mine")).status == 200


def test_of_many_cases_none_is_done_twice(office, dean, student):
    case, revision = office.sql("select case_id, revision from core.case_file limit 1")[0]
    body = {"verb": "due", "on": (datetime.date.today() + datetime.timedelta(7)).isoformat(), "cases": [{"case": case, "revision": revision}]}
    assert dean.post("/cases/bulk", body, keyed("bulk")).json["done"] == 1
    dean.post("/cases/bulk", body, keyed("bulk")).refused(409, "done_already")


@pytest.mark.parametrize("key", ["", " ", "x" * 65, "a b", '"quoted"'])
def test_a_key_that_is_none(dean, key):
    dean.post("/cases/1/note", {"text": "x", "tier": "team"}, keyed(key)).refused(400, "invalid")


def test_only_a_header_is_a_key(dean):
    dean.post("/cases/1/note?once=mine", {"text": "x", "tier": "team"}).refused(400, "invalid")
    dean.get("/students?once=mine").refused(400, "invalid")
    assert dean.get("/students", Idempotency_Key="of no use").status == 200  # reading twice does nothing twice
