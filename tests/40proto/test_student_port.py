"""The student port against a peer that misbehaves: every refusal typed and readable, no row lost, nobody else disturbed."""
import datetime
import os
import re
import signal
import socket
import struct
import time

import psycopg
import pytest

import peer
from house import QUICK, wait_for
from peer import Closed, fault, pb, result, uuid7

DAY_MS = 86400 * 1000
STORED, IDENTICAL, CONFLICT, REJECTED = pb.ROW_STORED, pb.ROW_IDENTICAL, pb.ROW_CONFLICT, pb.ROW_REJECTED

pytestmark = pytest.mark.usefixtures("still_well")


def now_ms():
    return int(time.time() * 1000)


# ---------------------------------------------------------------- opening


def test_welcome_says_what_a_client_must_know(house, student):
    with student.connect(house.student_port) as connection:
        welcome = connection.hello().welcome
    assert welcome.protocol == 1
    assert abs(welcome.server_time_ms - now_ms()) < 60_000
    assert welcome.limits.max_results > 0 and welcome.limits.window > 0 and welcome.limits.max_frame_bytes > 0
    assert welcome.zone == "America/New_York"
    assert 80 * DAY_MS < welcome.certificate_not_after_ms - now_ms() < 91 * DAY_MS
    assert not welcome.renew_now


def test_a_newer_client_is_answered_in_our_version(house, student):
    with student.connect(house.student_port) as connection:
        assert connection.hello(protocol=7).welcome.protocol == 1


def test_a_client_without_a_version_is_refused(house, student):
    with student.connect(house.student_port) as connection:
        assert fault(connection.hello(protocol=0)).code == pb.FAULT_UNSUPPORTED_VERSION
        assert connection.ended()


def test_messages_sent_with_hello_without_waiting_are_answered(house, student):
    with student.connect(house.student_port) as connection:
        connection.send_bytes(peer.frame(pb.ClientMessage(request_id=1, hello=pb.Hello(protocol=1))) +
                              peer.frame(pb.ClientMessage(request_id=2, standing=pb.StandingRequest())))
        assert connection.receive().WhichOneof("body") == "welcome"
        assert connection.receive().WhichOneof("body") == "standing"


# ---------------------------------------------------------------- frames

TOO_LONG_A_PREFIX = b"\xff\xff\xff\xff\x01"
NOT_SHORTEST = b"\x81\x00\x08"
EMPTY_FRAME = b"\x00"
GARBAGE = peer.frame(b"\xff\xfe\xfd\xfc")
BAD_UTF8 = peer.frame(b"\x08\x01" + b"\x12\x05" + b"\x12\x03\xff\xfe\xfd")
NUL_IN_TEXT = peer.frame(pb.ClientMessage(request_id=1, hello=pb.Hello(protocol=1, client="a\0b")).SerializeToString())


@pytest.mark.parametrize("data", [TOO_LONG_A_PREFIX, NOT_SHORTEST, EMPTY_FRAME, GARBAGE, BAD_UTF8, NUL_IN_TEXT],
                         ids=["prefix too long", "not the shortest prefix", "empty", "garbage", "not UTF-8", "NUL in text"])
def test_what_cannot_be_read_is_malformed(house, student, data):
    with student.connect(house.student_port) as connection:
        connection.send_bytes(data)
        answer = fault(connection.receive())
        assert answer.code == pb.FAULT_MALFORMED and answer.retry == pb.RETRY_NEVER and answer.closing
        assert connection.ended()


def test_a_frame_over_the_cap_is_refused_before_it_has_arrived(house, student):
    with student.connect(house.student_port) as connection:
        connection.send_bytes(peer.varint(64 * 1024 + 1))  # and not one byte of it
        assert fault(connection.receive()).code == pb.FAULT_TOO_LARGE
        assert connection.ended()


def test_the_cap_is_larger_after_welcome_but_still_a_cap(ready):
    ready.send_bytes(peer.varint(1024 * 1024 + 1))
    assert fault(ready.receive()).code == pb.FAULT_TOO_LARGE
    assert ready.ended()


def test_every_split_of_a_session_reads_the_same(house, student):
    data = (peer.frame(pb.ClientMessage(request_id=1, hello=pb.Hello(protocol=1))) +
            peer.frame(pb.ClientMessage(request_id=2, upload=pb.Upload(results=[result(score_centi=20000)]))))
    for cut in range(1, len(data)):
        with student.connect(house.student_port) as connection:
            connection.send_bytes(data[:cut])
            connection.send_bytes(data[cut:])
            assert connection.receive().WhichOneof("body") == "welcome"
            assert list(connection.receive().upload_receipt.status) == [REJECTED]


def test_a_slow_database_is_not_the_clients_fault(house):
    """Hello came in two pieces, so the deadline of frames ran; once it is whole, the waiting is ours."""
    device = house.new_student("slow-database")
    hello = peer.frame(pb.ClientMessage(request_id=1, hello=pb.Hello(protocol=1)))
    with psycopg.connect(f"{house.url} user=postgres") as db, device.connect(house.student_port) as connection:
        db.execute("select from core.progress join core.student using (school_id, student_id) where external_id = 'slow-database' for update")
        connection.send_bytes(hello[:2])
        time.sleep(0.2)  # so that the daemon sees half a frame
        connection.send_bytes(hello[2:])
        time.sleep(QUICK["student"]["frame_deadline_s"] + 1)  # the deadline that must not strike
        db.rollback()
        assert connection.receive().WhichOneof("body") == "welcome"


def test_half_a_frame_and_silence_is_ended_and_nobody_else_waits(house, student, ready):
    with student.connect(house.student_port) as connection:
        connection.send_bytes(b"\x40half")
        assert ready.upload(result(score_centi=-1)).upload_receipt.status[0] == REJECTED
        assert connection.ended()


def test_a_trickle_does_not_live_longer_than_its_deadline(house, student):
    with student.connect(house.student_port) as connection:
        connection.hello()
        connection.send_bytes(peer.varint(5000))
        begun = time.monotonic()
        with pytest.raises((Closed, OSError)):
            while time.monotonic() - begun < 60:
                connection.send_bytes(b"\x00")
                connection.sock.settimeout(0.2)
                try:
                    connection.receive()
                except TimeoutError:
                    continue


def test_leaving_in_the_middle_of_a_frame_disturbs_nobody(house, student, ready):
    for cut in (1, 2, 10, 40):
        connection = student.connect(house.student_port)
        connection.send_bytes(peer.frame(pb.ClientMessage(request_id=1, hello=pb.Hello(protocol=1, client="x" * 60)))[:cut])
        linger = struct.pack("ii", 1, 0)
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)  # a reset, not an end
        connection.sock.close()
    assert ready.ask(standing=pb.StandingRequest()).WhichOneof("body") == "standing"


# ---------------------------------------------------------------- order


@pytest.mark.parametrize("body", [
    dict(upload=pb.Upload(results=[result()])), dict(standing=pb.StandingRequest()), dict(enrol=pb.Enrol(code_secret=b"x" * 16)),
    dict(plan_change=pb.PlanChange()), dict(renew=pb.Renew()), dict(disclosures=pb.DisclosuresRequest())
], ids=lambda body: next(iter(body)))
def test_nothing_but_hello_opens_a_session(house, student, body):
    with student.connect(house.student_port) as connection:
        assert fault(connection.ask(**body)).code == pb.FAULT_OUT_OF_ORDER
        assert connection.ended()


def test_hello_is_said_once(ready):
    assert fault(ready.hello()).code == pb.FAULT_OUT_OF_ORDER
    assert ready.ended()


@pytest.mark.parametrize("request_id", [0, 1])
def test_request_ids_rise(ready, request_id):
    ready.send(request_id=request_id, standing=pb.StandingRequest())
    answer = fault(ready.receive())
    assert answer.code == pb.FAULT_OUT_OF_ORDER and answer.field == "request_id"


def test_a_message_of_a_newer_protocol_is_refused_and_the_session_goes_on(ready):
    ready.send_bytes(peer.frame(b"\x08\x32" + b"\xda\x06\x02\x08\x01"))  # request 50, field 107
    answer = ready.receive()
    assert answer.request_id == 50 and fault(answer).code == pb.FAULT_INVALID_FIELD and not answer.fault.closing
    ready.last_id = 50
    assert ready.ask(standing=pb.StandingRequest()).WhichOneof("body") == "standing"


def test_more_than_the_window_at_once_is_refused(house):
    device = house.new_student("window")
    with device.connect(house.student_port) as connection:
        window = connection.hello().welcome.limits.window
        connection.send_bytes(b"".join(
            peer.frame(pb.ClientMessage(request_id=i, upload=pb.Upload(results=[result()]))) for i in range(2, 4 + window)))
        codes = []
        try:
            while True:
                answer = connection.receive()
                codes.append(answer.fault.code if answer.WhichOneof("body") == "fault" else 0)
        except Closed:
            pass
    assert pb.FAULT_WINDOW_EXCEEDED in codes


def test_a_full_window_is_fine(house):
    device = house.new_student("window-full")
    with device.connect(house.student_port) as connection:
        window = connection.hello().welcome.limits.window
        for _ in range(5):
            ids = [connection.send(upload=pb.Upload(results=[result()])) for _ in range(window)]
            answers = [connection.receive() for _ in ids]
            assert sorted(a.request_id for a in answers) == ids
            assert all(list(a.upload_receipt.status) == [STORED] for a in answers)


# ---------------------------------------------------------------- field values



BAD_ROWS = [
    ("result_id", dict(result_id=b"short")),
    ("result_id", dict(result_id=os.urandom(6) + b"\x40" + os.urandom(9))),  # version 4
    ("revision", dict(revision=2_000_000_000)),
    ("instrument", dict(instrument="no_such_thing")),
    ("instrument", dict(instrument="")),
    ("instrument", dict(instrument="x" * 500)),
    ("form", dict(form="y" * 500)),
    ("form", dict(form="a\nb")),
    ("taken_at", dict(taken_at_ms=now_ms() + 30 * DAY_MS)),
    ("taken_at", dict(taken_at_ms=-1)),
    ("taken_at", dict(taken_at_ms=2**62)),
    ("scale", dict(scale=77)),
    ("score", dict(score_centi=10001)),
    ("score", dict(score_centi=-1)),
    ("score", dict(score_centi=2**31 - 1)),
    ("mode", dict(mode=99)),
    ("correct", dict(items=40, correct=41)),
    ("items", dict(items=2**32 - 1, correct=1)),
    ("omitted", dict(items=40, correct=30, omitted=11)),
    ("seconds", dict(seconds=2**31)),
    ("printed_p_pass", dict(printed_p_pass_bp=10001)),
    ("sub_items", dict(sub_area=[1, 2], sub_items=[5], sub_correct=[1, 1])),
    ("sub_area", dict(sub_area=[250], sub_items=[5], sub_correct=[1])),
    ("sub_correct", dict(sub_area=[1], sub_items=[5], sub_correct=[6])),
    ("sub_area", dict(sub_area=[1] * 100, sub_items=[5] * 100, sub_correct=[1] * 100)),
]


@pytest.mark.parametrize("field,change", BAD_ROWS, ids=[f"{f}-{i}" for i, (f, _) in enumerate(BAD_ROWS)])
def test_a_bad_row_is_refused_by_its_field(ready, field, change):
    receipt = ready.upload(result(**change)).upload_receipt
    assert list(receipt.status) == [REJECTED]
    [refusal] = receipt.refusals
    assert refusal.row == 0 and refusal.field.startswith(field), refusal
    assert len(refusal.reason) > 30, f"what is wrong, and what to do: {refusal}"


def test_good_rows_go_on_beside_forty_bad_ones(house):
    device = house.new_student("mixed")
    good = [result(score_centi=6000 + i) for i in range(3)]
    bad = [result(score_centi=99999) for _ in range(40)]
    rows = bad[:13] + [good[0]] + bad[13:26] + [good[1]] + bad[26:] + [good[2]]
    with device.connect(house.student_port) as connection:
        connection.hello()
        receipt = connection.upload(*rows).upload_receipt
    assert [i for i, s in enumerate(receipt.status) if s == STORED] == [13, 27, 42]
    assert sorted(r.row for r in receipt.refusals) == [i for i in range(43) if i not in (13, 27, 42)]
    assert sorted(house.stored("mixed").values()) == [6000, 6001, 6002]


def test_an_empty_upload_and_one_over_the_limit_are_refused_whole(ready):
    assert fault(ready.upload()).code == pb.FAULT_INVALID_FIELD
    answer = ready.upload(*[result() for _ in range(501)])
    assert fault(answer).code == pb.FAULT_INVALID_FIELD and answer.fault.field == "results"


def reload(house):
    mark = len(house.daemon.text())
    house.daemon.signal(signal.SIGHUP)
    wait_for(lambda: "event=reloaded" in house.daemon.text()[mark:], "the reload")


def test_a_device_that_floods_is_told_to_wait_whatever_connections_it_opens(house):
    flooding, other = house.new_student("flood"), house.new_student("flood-not")
    house.extra["student"]["uploads_per_minute"] = 10
    house.write_conf()
    reload(house)
    try:
        with flooding.connect(house.student_port) as a, flooding.connect(house.student_port) as b:
            a.hello()
            b.hello()
            answers = [connection.upload(result()) for _ in range(6) for connection in (a, b)]
            told = [answer.fault for answer in answers if answer.WhichOneof("body") == "fault"]
            assert len(told) == 2 and all(one.code == pb.FAULT_BUSY and not one.closing for one in told)
            with other.connect(house.student_port) as c:
                c.hello()
                assert c.upload(result()).upload_receipt.status[0] == STORED
            assert a.ask(standing=pb.StandingRequest()).standing.results_used == 10
    finally:
        house.extra["student"]["uploads_per_minute"] = 100000
        house.write_conf()
        reload(house)


def test_standing_is_part_of_the_receipt(house):
    device = house.new_student("receipt")
    with device.connect(house.student_port) as connection:
        connection.hello()
        standing = connection.upload(result(score_centi=7000)).upload_receipt.standing
    assert standing.state != pb.STATE_UNSPECIFIED and standing.results_used == 1
    assert 0 <= standing.p_low <= standing.p_pass <= standing.p_high <= 1
    assert abs(sum(r.points for r in standing.reasons) - standing.p_pass) < 1e-9
    assert all(r.text for r in standing.reasons) and standing.parameters


# ---------------------------------------------------------------- once, and whose


def test_the_same_upload_again_is_identical_and_changes_nothing(house):
    device = house.new_student("replay")
    rows = [result(score_centi=5000 + i) for i in range(20)]
    with device.connect(house.student_port) as connection:
        connection.hello()
        first = connection.upload(*rows).upload_receipt
        stored = house.stored("replay")
        again = connection.upload(*rows).upload_receipt
    assert list(first.status) == [STORED] * 20 and list(again.status) == [IDENTICAL] * 20
    assert house.stored("replay") == stored and len(stored) == 20
    assert again.standing.p_pass == pytest.approx(first.standing.p_pass, abs=1e-6)
    assert again.standing.results_used == 20


def test_a_row_twice_in_one_upload_counts_once(house):
    device = house.new_student("twice")
    row = result()
    with device.connect(house.student_port) as connection:
        connection.hello()
        receipt = connection.upload(row, row).upload_receipt
    assert sorted(receipt.status) == [STORED, IDENTICAL]
    assert len(house.stored("twice")) == 1


def test_other_content_under_the_same_id_is_a_conflict(house):
    device = house.new_student("conflict")
    row = result(score_centi=6000)
    with device.connect(house.student_port) as connection:
        connection.hello()
        connection.upload(row)
        row.score_centi = 9000
        assert list(connection.upload(row).upload_receipt.status) == [CONFLICT]
    assert list(house.stored("conflict").values()) == [6000]


def test_an_id_of_another_student_is_a_conflict_that_tells_nothing(house):
    mine, theirs = house.new_student("mine"), house.new_student("theirs")
    row = result(score_centi=6000)
    with theirs.connect(house.student_port) as connection:
        connection.hello()
        connection.upload(row)
    with mine.connect(house.student_port) as connection:
        connection.hello()
        receipt = connection.upload(row).upload_receipt
    assert list(receipt.status) == [CONFLICT] and not receipt.refusals and receipt.standing.results_used == 0
    assert house.stored("mine") == {}


def test_the_highest_revision_counts_whatever_order_they_come_in(house):
    device = house.new_student("revise")
    row = result(score_centi=5000)
    newer = pb.Result()
    newer.CopyFrom(row)
    newer.revision, newer.score_centi = 2, 7200
    older = pb.Result()
    older.CopyFrom(row)
    older.revision, older.score_centi = 1, 1000
    with device.connect(house.student_port) as connection:
        connection.hello()
        connection.upload(newer)
        connection.upload(row)
        standing = connection.upload(older).upload_receipt.standing
        alone = house.new_student("revise-alone")
        with alone.connect(house.student_port) as other:
            other.hello()
            expected = other.upload(result(score_centi=7200, taken_at_ms=row.taken_at_ms)).upload_receipt.standing
    assert standing.results_used == 1
    assert standing.readiness_mean == pytest.approx(expected.readiness_mean, abs=0.01)
    assert len(house.stored("revise")) == 3  # all are kept


def test_a_retracted_result_counts_no_more(house):
    device = house.new_student("retract")
    row = result(score_centi=9500)
    with device.connect(house.student_port) as connection:
        connection.hello()
        before = connection.ask(standing=pb.StandingRequest()).standing
        connection.upload(row)
        row.revision, row.retracted = 1, True
        after = connection.upload(row).upload_receipt.standing
    assert after.results_used == 0
    assert after.readiness_mean == pytest.approx(before.readiness_mean, abs=0.01)


# ---------------------------------------------------------------- the exam plan


def plan(**fields):
    today = datetime.date.today()
    change = dict(change_id=uuid7(), action=pb.PLAN_SET, attempt=1, exam_day=peer.day(today) + 30, made_at_ms=now_ms())
    change.update(fields)
    return pb.PlanChange(**{k: v for k, v in change.items() if v is not None})


def test_a_planned_exam_moves_the_estimate_to_its_day(house):
    device = house.new_student("plan")
    with device.connect(house.student_port) as connection:
        connection.hello()
        connection.upload(result(score_centi=5800))
        change = plan()
        receipt = connection.ask(plan_change=change).plan_receipt
        again = connection.ask(plan_change=change).plan_receipt
        earlier = connection.ask(plan_change=plan(exam_day=change.exam_day - 9, made_at_ms=change.made_at_ms - 60_000)).plan_receipt
    assert receipt.status == STORED and receipt.standing.exam_day == change.exam_day
    assert again.status == IDENTICAL
    assert earlier.standing.exam_day == change.exam_day, "of two changes the later made one counts"


@pytest.mark.parametrize("field,change", [
    ("change_id", dict(change_id=b"x")), ("action", dict(action=0)), ("action", dict(action=44)), ("attempt", dict(attempt=0)),
    ("exam_day", dict(exam_day=None)), ("exam_day", dict(exam_day=10**6)),
    ("permit_to_day", dict(permit_from_day=20000, permit_to_day=19000)), ("outcome", dict(action=pb.PLAN_RESULT, outcome=0)),
    ("made_at", dict(made_at_ms=now_ms() + 90 * DAY_MS))
])
def test_an_impossible_plan_is_refused_by_its_field(ready, field, change):
    receipt = ready.ask(plan_change=plan(**change)).plan_receipt
    assert receipt.status == REJECTED and receipt.refusal.field.startswith(field) and receipt.refusal.reason.endswith(".")


# ---------------------------------------------------------------- signals


def test_hup_keeps_the_old_configuration_when_the_new_one_is_wrong(house, student):
    with open(house.conf_path) as f:
        good = f.read()
    try:
        with open(house.conf_path, "w") as f:
            f.write(good.replace("[student]", "[student]\nno_such_key = 1"))
        mark = len(house.daemon.text())
        house.daemon.signal(signal.SIGHUP)
        wait_for(lambda: "event=reload_refused" in house.daemon.text()[mark:], "the refusal of the reload")
        assert "no_such_key" in house.daemon.text()[mark:]
        with student.connect(house.student_port) as connection:
            assert connection.hello().WhichOneof("body") == "welcome"
    finally:
        with open(house.conf_path, "w") as f:
            f.write(good)
    reload(house)


def test_an_open_session_survives_a_reload(house, ready):
    reload(house)
    assert ready.ask(standing=pb.StandingRequest()).WhichOneof("body") == "standing"


def test_term_answers_what_was_asked_and_says_goodbye(house):
    device = house.new_student("term")
    with device.connect(house.student_port) as connection:
        connection.hello()
        rows = [result() for _ in range(5)]
        for row in rows:
            connection.send(upload=pb.Upload(results=[row]))
        house.daemon.signal(signal.SIGTERM)
        acknowledged, goodbye = 0, None
        try:
            while True:
                answer = connection.receive()
                if answer.WhichOneof("body") == "upload_receipt":
                    acknowledged += 1
                else:
                    goodbye = fault(answer)
        except Closed:
            pass
    assert house.daemon.popen.wait(30) == 0
    assert goodbye is not None and goodbye.code == pb.FAULT_SHUTTING_DOWN and goodbye.retry == pb.RETRY_RECONNECT
    assert len(house.stored("term")) >= acknowledged
    house.start_daemon()


# ---------------------------------------------------------------- what it costs


class StatementLog:
    """What the daemon sends to PostgreSQL, by the database's own log."""

    def __init__(self, house):
        self.house = house
        status = dict(line.split("=", 1) for line in house.cluster("status").splitlines())
        self.path, self.mark = status["log"].strip("'"), 0

    def __enter__(self):
        self.house.sql("alter system set log_statement = 'all'")
        self.house.sql("select pg_reload_conf()")
        return self

    def __exit__(self, *_):
        self.house.sql("alter system reset log_statement")
        self.house.sql("select pg_reload_conf()")

    def begin(self):
        self.mark = os.path.getsize(self.path)

    def read(self):
        with open(self.path) as log:
            log.seek(self.mark)
            return [one for one in re.findall(r"execute (\w+):", log.read()) if one not in ("claim_stale", "job_claim")]

    def ask(self, connection, **one):
        """Asks, and waits until the record that follows the answer is in the log too."""
        before = self.read().count("record")
        connection.ask(**one)
        wait_for(lambda: self.read().count("record") > before, "the record")

    def settle(self, connection):
        """By now both connections of the daemon have taken the setting over."""
        for _ in range(4):
            self.ask(connection, standing=pb.StandingRequest())
        self.begin()


def test_an_upload_is_two_statements(house):
    """Store, record. A third round trip for each upload would show here."""
    device = house.new_student("statements")
    with StatementLog(house) as log, device.connect(house.student_port) as connection:
        connection.hello()
        log.settle(connection)
        for _ in range(3):
            log.ask(connection, upload=pb.Upload(results=[result()]))
        assert log.read() == ["ingest", "record"] * 3


def test_uploads_of_one_turn_travel_as_one_call(house):
    device = house.new_student("one-turn")
    with StatementLog(house) as log, device.connect(house.student_port) as connection:
        window = connection.hello().welcome.limits.window
        log.settle(connection)
        first = connection.last_id + 1
        connection.send_bytes(b"".join(  # one TLS record, so that all of it is there in one turn
            peer.frame(pb.ClientMessage(request_id=first + i, upload=pb.Upload(results=[result()]))) for i in range(window)))
        for _ in range(window):
            assert list(connection.receive().upload_receipt.status) == [STORED]
        assert log.read().count("ingest") == 1
