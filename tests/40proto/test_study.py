"""Goals, check-ins, messages and devices as a student's client sees them: what counts once, what is refused and how, and what is nobody else's."""
import datetime

import pytest

import peer
from office import Person
from peer import fault, pb

STORED, IDENTICAL, CONFLICT, REJECTED = pb.ROW_STORED, pb.ROW_IDENTICAL, pb.ROW_CONFLICT, pb.ROW_REJECTED
TODAY = peer.day(datetime.datetime.now(datetime.timezone.utc).date())
MONDAY = TODAY - (TODAY + 3) % 7
ASKED = [dict(study=pb.StudyRequest()), dict(messages=pb.MessagesRequest()), dict(devices=pb.DevicesRequest()),
         dict(device_revoke=pb.DeviceRevoke(device_id=1)), dict(study_entry=pb.StudyEntry())]

pytestmark = pytest.mark.usefixtures("still_well")


def now_ms():
    return int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)


def goal(entry_id=None, made_at_ms=None, **fields):
    what = pb.StudyGoal(**{"from_day": MONDAY, "questions": 280, "checks": 1, "review_minutes": 300, **fields})
    return pb.StudyEntry(entry_id=entry_id or peer.uuid7(), made_at_ms=made_at_ms or now_ms(), goal=what)


def week(entry_id=None, made_at_ms=None, **fields):
    what = pb.CheckIn(**{"week_from_day": MONDAY - 7, "study_minutes": 1500, "questions": 240, "reviewed_percent": 80, **fields})
    return pb.StudyEntry(entry_id=entry_id or peer.uuid7(), made_at_ms=made_at_ms or now_ms(), check_in=what)


def say(connection, entry):
    return connection.ask(study_entry=entry).study_receipt


def told(connection):
    return list(connection.ask(study=pb.StudyRequest()).study.entries)


def messages(connection):
    return connection.ask(messages=pb.MessagesRequest()).messages


def devices(connection):
    return list(connection.ask(devices=pb.DevicesRequest()).devices.devices)


@pytest.fixture(scope="module")
def dean(house):
    with Person(house, "dean@study.example", "Hazel Rowan", "dean").settle() as person:
        yield person.step_up()


# ---------------------------------------------------------------- goals and check-ins


def test_nothing_said_is_an_answer(ready):
    assert ready.ask(study=pb.StudyRequest()).study == pb.Study()
    assert ready.ask(messages=pb.MessagesRequest()).messages == pb.Messages()


def test_an_entry_counts_once_and_comes_back_as_it_was_said(house):
    device, other = house.new_student("study"), house.device("study")
    mine = [goal(), week(), week(week_from_day=MONDAY - 14, confidence_percent=0, study_minutes=0, questions=0)]
    with device.connect(house.student_port) as connection, other.connect(house.student_port) as second:
        connection.hello()
        second.hello()
        assert [say(connection, entry).status for entry in mine] == [STORED] * 3
        assert [say(who, entry).status for entry in mine for who in (connection, second)] == [IDENTICAL] * 6
        assert sorted(told(second), key=lambda e: e.entry_id) == sorted(mine, key=lambda e: e.entry_id), "to the last field, on the other device"
        changed = pb.StudyEntry(entry_id=mine[0].entry_id, made_at_ms=mine[0].made_at_ms, goal=pb.StudyGoal(from_day=MONDAY, questions=1))
        assert say(second, changed).status == CONFLICT
        assert len(told(connection)) == 3


def test_of_a_week_the_one_made_last_counts_whatever_arrives_last(house):
    device = house.new_student("study-order")
    late, early = week(made_at_ms=now_ms(), questions=1), week(made_at_ms=now_ms() - 60_000, questions=2)
    with device.connect(house.student_port) as connection:
        connection.hello()
        assert [say(connection, entry).status for entry in (late, early)] == [STORED, STORED]
        assert told(connection) == [late]
        assert house.sql("select count(*) from core.study_checkin join core.student using (school_id, student_id) where external_id = 'study-order'") == [(2,)]


def test_the_id_of_anothers_entry_tells_nothing(house):
    mine, theirs = house.new_student("study-mine"), house.new_student("study-theirs")
    entry = goal()
    with mine.connect(house.student_port) as one, theirs.connect(house.student_port) as two:
        one.hello()
        two.hello()
        other = goal(entry_id=entry.entry_id, questions=11)
        assert (say(one, entry).status, say(two, other).status) == (STORED, STORED)
        assert (told(one), told(two)) == ([entry], [other])


@pytest.mark.parametrize("entry, field", [
    (goal(entry_id=b"x"), "entry_id"), (goal(entry_id=b"\0" * 16), "entry_id"), (pb.StudyEntry(entry_id=peer.uuid7(), made_at_ms=now_ms()), "what"),
    (goal(made_at_ms=now_ms() + 90 * 86_400_000), "made_at"), (goal(made_at_ms=-1), "made_at"), (goal(from_day=-1), "from"),
    (goal(from_day=TODAY + 400), "from"), (goal(from_day=2**31 - 1), "from"), (goal(questions=0), "questions"), (goal(questions=5001), "questions"),
    (goal(questions=2**32 - 1), "questions"), (goal(checks=15), "checks"), (goal(review_minutes=10081), "review_minutes"),
    (week(week_from_day=MONDAY + 1), "week_from"), (week(week_from_day=MONDAY + 7), "week_from"), (week(week_from_day=-(2**31)), "week_from"),
    (week(study_minutes=10081), "study_minutes"), (week(study_minutes=2**31), "study_minutes"), (week(questions=5001), "questions"),
    (week(reviewed_percent=101), "reviewed_percent"), (week(confidence_percent=2**32 - 1), "confidence_percent"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_is_refused_by_its_field_with_the_remedy(ready, entry, field):
    receipt = say(ready, entry)
    assert (receipt.status, receipt.refusal.field) == (REJECTED, field)
    assert any(word in receipt.refusal.reason for word in ("correct the", "correct it", "update it", "update the", "name it", "look back"))


def test_a_goal_of_nothing_takes_the_goals_back(house):
    device = house.new_student("study-none")
    with device.connect(house.student_port) as connection:
        connection.hello()
        none = pb.StudyEntry(entry_id=peer.uuid7(), made_at_ms=now_ms(), goal=pb.StudyGoal(from_day=MONDAY))
        assert [say(connection, entry).status for entry in (goal(made_at_ms=now_ms() - 1000), none)] == [STORED, STORED]
        assert told(connection)[0] == none


# ---------------------------------------------------------------- who is asked for what


@pytest.mark.parametrize("body", ASKED, ids=lambda body: next(iter(body)))
def test_nothing_is_told_or_taken_before_hello(house, student, body):
    with student.connect(house.student_port) as connection:
        assert fault(connection.ask(**body)).code == pb.FAULT_OUT_OF_ORDER
        assert connection.ended()


@pytest.mark.parametrize("body", [*ASKED[:4], dict(study_entry=goal())], ids=lambda body: next(iter(body)))
@pytest.mark.parametrize("change, code", [("update core.device set revoked_at = now()", pb.FAULT_REVOKED),
                                          ("update core.student set status = 'inactive'", pb.FAULT_NOT_ACTIVE)], ids=["revoked", "off the roster"])
def test_the_certificate_is_judged_again(house, body, change, code):
    """On a connection that was welcome, and without a notice of the change."""
    name = f"judged-{code}-{next(iter(body))}"
    device = house.new_student(name)
    with device.connect(house.student_port) as connection:
        connection.hello()
        house.sql(f"{change} where (school_id, student_id) = (select school_id, student_id from core.student where external_id = %s)", (name,))
        answer = fault(connection.ask(**body))
        assert answer.code == code and answer.closing
        assert connection.ended()


# ---------------------------------------------------------------- messages from the office


def case_of(house, dean, student):
    return dean.post(f"/students/{student}/cases", {"sentence": "Asked for help"}).json["case"]


def edit(dean, case, message, **change):
    revision = dean.get(f"/cases/{case}").json["revision"]
    assert dean.post(f"/cases/{case}/note_change", {"note": message.message_id, "revision": revision, **change}).status == 200


def test_a_student_reads_what_was_written_to_them_and_nothing_else(house, dean):
    """The property that matters: of everything the office writes, in every tier, the student's client gets the messages alone."""
    device, other = house.new_student("mail"), house.new_student("mail-other")
    case = case_of(house, dean, "mail")
    for tier in ("team", "owner", "dean"):
        assert dean.post(f"/cases/{case}/note", {"text": f"secret {tier}", "tier": tier}).status == 200
    assert dean.post(f"/cases/{case}/contact", {"channel": "phone", "outcome": "no_answer", "sentence": "secret contact"}).status == 200
    with device.connect(house.student_port) as connection, other.connect(house.student_port) as others:
        connection.hello()
        others.hello()
        assert messages(connection) == pb.Messages()
        assert dean.post(f"/cases/{case}/note", {"text": "Come by on Friday.\nBring the report.", "tier": "student"}).status == 200
        one, = messages(connection).messages
        assert (one.writer, one.text, one.written_at_ms) == ("Hazel Rowan", "Come by on Friday.\nBring the report.", one.changed_at_ms)
        assert messages(others) == pb.Messages()
        edit(dean, case, one, text="Come by on Monday.")
        again, = messages(connection).messages
        assert (again.message_id, again.text) == (one.message_id, "Come by on Monday.") and again.changed_at_ms > one.changed_at_ms
        edit(dean, case, one, tier="team")
        assert messages(connection) == pb.Messages(), "gone, and what it said before too"


def test_the_longest_ones_fit_and_it_is_said_that_there_are_more(house, dean):
    device = house.new_student("mail-long")
    case = case_of(house, dean, "mail-long")
    for n in range(31):
        assert dean.post(f"/cases/{case}/note", {"text": f"{n:02}", "tier": "student"}).status == 200
    house.sql("update core.case_note set text = text || repeat('𝄞', 7998) where case_id = %s", (case,))
    with device.connect(house.student_port) as connection:
        connection.hello()
        answer = messages(connection)
    assert [one.text[:2] for one in answer.messages] == [f"{n:02}" for n in range(30, 0, -1)] and answer.more
    assert all(len(one.text) == 8000 for one in answer.messages)


# ---------------------------------------------------------------- one's own devices


def test_a_lost_device_is_signed_off_by_another_and_cut_off_at_once(house):
    kept, lost = house.new_student("lost"), house.device("lost")
    with kept.connect(house.student_port) as connection, lost.connect(house.student_port) as thief:
        connection.hello()
        thief.hello()
        first, second = devices(connection)
        assert (first.here, second.here) == (False, True) and first.enrolled_at_ms >= second.enrolled_at_ms
        for one in (first, second):
            assert one.state == pb.DEVICE_IN_FORCE and one.not_after_ms > now_ms() and one.HasField("last_seen_ms") and not one.HasField("revoked_at_ms")
        for _ in range(2):
            after = connection.ask(device_revoke=pb.DeviceRevoke(device_id=first.device_id)).devices.devices
            assert [one.state for one in after] == [pb.DEVICE_REVOKED, pb.DEVICE_IN_FORCE] and after[0].HasField("revoked_at_ms")
        assert fault(thief.receive()).code == pb.FAULT_REVOKED
        assert thief.ended()
    trail = house.sql("select action, detail ->> 'device' from audit.event where action = 'device_sign_off'")
    assert trail == [("device_sign_off", str(first.device_id))], "on the trail, once"


def test_nobody_signs_off_what_is_not_another_device_of_theirs(house):
    mine, theirs = house.new_student("signs-off"), house.new_student("signed-off")
    with mine.connect(house.student_port) as connection, theirs.connect(house.student_port) as others:
        connection.hello()
        others.hello()
        own, = devices(connection)
        their, = devices(others)
        said = {fault(connection.ask(device_revoke=pb.DeviceRevoke(device_id=number))).SerializeToString()
                for number in (own.device_id, their.device_id, 0, 99_999_999, 2**63, 2**64 - 1)}
        answer = pb.Fault.FromString(said.pop())
        assert not said, "the same words for all of them"
        assert (answer.code, answer.field, answer.closing) == (pb.FAULT_INVALID_FIELD, "device_id", False) and "list of your devices" in answer.text
        assert [one.state for one in devices(others)] == [pb.DEVICE_IN_FORCE]
