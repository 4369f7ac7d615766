"""The ledger of disclosures as its student's device gets it: all of one's own, nothing of others, and for no device that was signed off."""
import datetime

import pytest

import peer
from office import Person
from peer import fault, pb

TODAY = datetime.date.today()

pytestmark = pytest.mark.usefixtures("still_well")


@pytest.fixture(scope="module")
def dean(house):
    with Person(house, "dean@school.example", "Hazel Rowan", "dean").settle() as person:
        yield person.step_up()


def disclose(dean, *students, **change):
    body = {"students": students, "recipient": "Residency board", "interest": "admission", "what": "transcript", "basis": "other_school"}
    answer = dean.post("/disclosures", {**body, **change})
    assert answer.status == 201, answer
    return answer.json


def ledger(house, device):
    with device.connect(house.student_port) as connection:
        connection.hello()
        return connection.ask(disclosures=pb.DisclosuresRequest()).disclosures


def test_none_is_an_answer(house, student):
    assert ledger(house, student) == pb.Disclosures()


def test_a_student_reads_what_the_office_wrote_and_nothing_of_others(house, dean):
    mine, theirs, nobodys = (house.new_student(name) for name in ("ledger-a", "ledger-b", "ledger-c"))
    before = TODAY - datetime.timedelta(days=40)
    first = disclose(dean, "ledger-a", "ledger-b", disclosed_on=before.isoformat(), onward="their reviewers")
    disclose(dean, "ledger-a", basis="emergency", recipient="county crisis team", interest="safety", what="name, telephone", threat="harm")
    disclose(dean, "ledger-a", basis="none", outcome="refused", recipient="a landlord", what="grades")
    disclose(dean, "ledger-a", "ledger-b", disclosed_on=before.isoformat(), what="transcript, and the letter", corrects=first["disclosure_id"])
    own = ledger(house, mine)
    assert [(one.recipient, one.refused, peer.day(TODAY) - one.on_day) for one in own.entries] == [
        ("a landlord", True, 0), ("county crisis team", False, 0), ("Residency board", False, 40)], "the newest first, and what was corrected once"
    assert (own.entries[1].threat, own.entries[1].ground) == ("harm", "34 CFR 99.31(a)(10), 99.36")
    assert own.entries[2] == pb.Disclosure(on_day=peer.day(before), recipient="Residency board", interest="admission", ground="34 CFR 99.31(a)(2)",
                                           what="transcript, and the letter", ground_text=own.entries[2].ground_text)
    assert own.entries[2].ground_text and not own.more
    shared = ledger(house, theirs)
    assert list(shared.entries) == [own.entries[2]]
    for word in (b"ledger-", b"Teal", b"Hornbeam", b"Hazel", b"dean@"):
        assert word not in own.SerializeToString(), "neither other students nor who wrote it down"
    assert ledger(house, nobodys) == pb.Disclosures()


def test_the_longest_ones_fit_and_it_is_said_that_there_are_more(house, dean):
    device = house.new_student("ledger-long")
    house.sql("""insert into audit.disclosure (school_id, disclosed_on, outcome, students, recipient, interest, what, basis, threat, onward,
                                               notice_version, staff_id)
                 select s.school_id, current_date - n, 'disclosed', array[s.student_id], repeat(t, 500), repeat(t, 2000), repeat(t, 2000), 'alcohol',
                        repeat(t, 2000), repeat(t, 2000), '1', %s
                   from core.student s, generate_series(1, 30) n, (values ('\U0001f33f')) v(t) where s.external_id = 'ledger-long'""", (dean.staff_id,))
    whole = ledger(house, device)
    assert len(whole.entries) == 30 and not whole.more and len(whole.entries[0].onward) == 2000
    disclose(dean, "ledger-long")
    more = ledger(house, device)
    assert len(more.entries) == 30 and more.more
    assert list(more.entries[1:]) == list(whole.entries[:-1]), "the oldest is the one that is left out"


def test_nobody_elses_ledger_can_be_asked_for(house, student, dean):
    """Fields that the message does not have: a number of another student, by guess."""
    house.new_student("ledger-guess")
    disclose(dean, "ledger-guess")
    with student.connect(house.student_port) as connection:
        connection.hello()
        for request_id, smuggled in enumerate((b"\x08\x02", b"\x0a\x0cledger-guess", b"\x08\x01" * 16), 2):
            connection.send_bytes(peer.frame(b"\x08" + bytes([request_id]) + b"\x42" + peer.varint(len(smuggled)) + smuggled))
            answer = connection.receive()
            assert (answer.request_id, answer.disclosures) == (request_id, pb.Disclosures()) and answer.WhichOneof("body") == "disclosures"


@pytest.mark.parametrize("body", [b"\x42\x01\x0b", b"\x42\x00\x42\x00", b"\x40\x01", b"\x42\x22" + b"\x08\x01" * 17], ids=[
    "a group", "twice", "a number in its place", "too many fields that are not known"])
def test_a_request_out_of_shape_is_malformed(ready, body):
    ready.send_bytes(peer.frame(b"\x08\x02" + body))
    assert fault(ready.receive()).code == pb.FAULT_MALFORMED
    assert ready.ended()


@pytest.mark.parametrize("change, code", [("update core.device set revoked_at = now()", pb.FAULT_REVOKED),
                                          ("update core.student set status = 'inactive'", pb.FAULT_NOT_ACTIVE)], ids=["revoked", "off the roster"])
def test_the_certificate_is_judged_again(house, dean, change, code):
    """On a connection that was welcome, and without a notice of the change."""
    name = f"ledger-{code}"
    device = house.new_student(name)
    disclose(dean, name)
    with device.connect(house.student_port) as connection:
        connection.hello()
        assert len(connection.ask(disclosures=pb.DisclosuresRequest()).disclosures.entries) == 1
        house.sql(f"{change} where (school_id, student_id) = (select school_id, student_id from core.student where external_id = %s)", (name,))
        answer = fault(connection.ask(disclosures=pb.DisclosuresRequest()))
        assert answer.code == code and answer.closing
        assert connection.ended()
