"""The client against a server that refuses, restarts and loses answers: every row arrives, and counts once."""
import time

import pytest

import peer
from fake_client import sync
from fake_server import CUT, FakeServer, fault
from peer import pb


NEVER = ["UNSUPPORTED_VERSION", "UNKNOWN_CERTIFICATE", "REVOKED", "WRONG_SCHOOL", "NOT_ACTIVE"]
LATER = ["BUSY", "UNAVAILABLE", "STORAGE_FULL", "UNKNOWN_OUTCOME", "INTERNAL"]


@pytest.mark.parametrize("kind", NEVER)
def test_final_fault(enrolled, server, kind):
    enrolled.import_rows(2)
    server.answers = lambda session, message: fault(getattr(pb, "FAULT_" + kind), closing=True)
    before = time.monotonic()
    answer = sync(enrolled, expect=3, max_wait=30)
    assert time.monotonic() - before < 15, "no use in waiting"
    assert answer["error"]["code"] == "refused" and answer["left"] == 2 and answer["connections"] == 1


@pytest.mark.parametrize("kind", LATER)
def test_passing_fault(enrolled, server, kind):
    """Refused twice, then taken: the client waits and comes back by itself."""
    enrolled.import_rows(2)
    left = [2]

    def answers(session, message):
        if message.WhichOneof("body") == "upload" and left[0] > 0:
            left[0] -= 1
            return fault(getattr(pb, "FAULT_" + kind), pb.RETRY_LATER, retry_after_ms=50)
        return None

    server.answers = answers
    report = sync(enrolled, max_wait=60)
    assert report["stored"] == 2 and report["left"] == 0 and len(server.rows) == 2


def test_restarting_server(enrolled, server):
    enrolled.import_rows(2)
    left = [1]

    def answers(session, message):
        if left[0] > 0:
            left[0] -= 1
            return fault(pb.FAULT_SHUTTING_DOWN, pb.RETRY_RECONNECT, closing=True)
        return None

    server.answers = answers
    report = sync(enrolled, max_wait=60)
    assert report["stored"] == 2 and report["connections"] == 2


def test_waits_as_long_as_asked(enrolled, server):
    enrolled.import_rows(1)
    times = []

    def answers(session, message):
        times.append(time.monotonic())
        return fault(pb.FAULT_BUSY, pb.RETRY_LATER, retry_after_ms=1500) if len(times) == 1 else None

    server.answers = answers
    sync(enrolled, max_wait=60)
    assert times[1] - times[0] >= 1.5


def test_a_wait_beyond_the_limit_is_not_begun(enrolled, server):
    enrolled.import_rows(1)
    server.answers = lambda session, message: fault(pb.FAULT_BUSY, pb.RETRY_LATER, retry_after_ms=4000000000)
    before = time.monotonic()
    answer = sync(enrolled, expect=3, max_wait=5)
    assert time.monotonic() - before < 5 and answer["error"]["fault"] == "busy"


@pytest.mark.parametrize("kind", ["MALFORMED", "TOO_LARGE", "INVALID_FIELD"])
@pytest.mark.parametrize("names_it", [True, False])
def test_poison_rows_do_not_block_the_others(enrolled, server, kind, names_it):
    """The server will not take any upload with one of these two rows in it; the other 98 get through."""
    enrolled.import_rows(100)
    ids = sorted(enrolled.ids())
    poison = {ids[13], ids[77]}

    def answers(session, message):
        if message.WhichOneof("body") == "upload" and any(row.result_id in poison for row in message.upload.results):
            return fault(getattr(pb, "FAULT_" + kind), closing=kind != "INVALID_FIELD", field="form" if names_it else "connection")
        return None

    server.answers = answers
    report = sync(enrolled, expect=1)
    assert (report["stored"], report["rejected"], report["left"]) == (98, 2, 0)
    refused = enrolled.json("list", "--rejected")["results"]
    assert enrolled.ids("rejected") == poison and all(row["reason"] for row in refused)
    assert sync(enrolled)["left"] == 0, "refused rows are not sent again"


def test_a_server_that_calls_everything_poison_is_what_is_wrong(enrolled, server):
    enrolled.import_rows(60)
    server.answers = lambda session, message: fault(pb.FAULT_INVALID_FIELD) if message.WhichOneof("body") == "upload" else None
    report = sync(enrolled, expect=3)
    assert report["rejected"] <= 16 and report["left"] >= 44


def test_a_row_the_server_fails_at_stays_queued_and_blocks_nobody(enrolled, server):
    enrolled.import_rows(30)
    poison = sorted(enrolled.ids())[7]

    def answers(session, message):
        if message.WhichOneof("body") == "upload" and any(row.result_id == poison for row in message.upload.results):
            return fault(pb.FAULT_INTERNAL, pb.RETRY_LATER)
        return None

    server.answers = answers
    report = sync(enrolled, max_wait=60)
    assert (report["stored"], report["left"]) == (29, 1)


def test_receipts_row_by_row(enrolled, server):
    enrolled.import_rows(6)

    def answers(session, message):
        if message.WhichOneof("body") != "upload":
            return None
        words = [pb.ROW_STORED, pb.ROW_IDENTICAL, pb.ROW_CONFLICT, pb.ROW_REJECTED, pb.ROW_REJECTED, pb.ROW_STORED]
        refusals = [pb.Refusal(row=3, field="form", reason="bad \x1b[31mform\x07"), pb.Refusal(row=99, field="x", reason="y")]
        return pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=words, refusals=refusals))

    server.answers = answers
    report = sync(enrolled, expect=1)
    assert (report["stored"], report["identical"], report["conflict"], report["rejected"]) == (2, 1, 1, 2)
    assert enrolled.states() == {"stored": 3, "conflict": 1, "rejected": 2}
    text = enrolled.run("list", "--rejected").stdout
    assert "\x1b" not in text and "\x07" not in text and "form: bad  [31mform" in text


# ---------------------------------------------------------------- limits


def test_window_and_limits_are_kept(client, tmp_path):
    limits = pb.Limits(max_frame_bytes=4096, max_results=20, window=3, idle_s=60)
    with FakeServer(tmp_path, limits=limits, hold=True) as server:
        client.enrol(server)
        client.import_rows(200)
        assert sync(client)["stored"] == 200
        assert server.most_ahead == 3 and max(server.uploads) <= 20




def test_a_window_of_nothing_is_one(client, tmp_path):
    with FakeServer(tmp_path, limits=pb.Limits(max_frame_bytes=65536, max_results=0, window=0)) as server:
        client.enrol(server)
        client.import_rows(3)
        assert sync(client)["stored"] == 3


# ---------------------------------------------------------------- lost answers


def test_lost_receipts_count_once(enrolled, server):
    """The rows are stored, the receipt is cut off at every kind of place; in the end each is there once."""
    enrolled.import_rows(40)
    cuts = iter([0, 1, 2, 7, -1])

    def answers(session, message):
        if message.WhichOneof("body") != "upload":
            return None
        receipt = session.server.answer_upload(message.upload)
        receipt.request_id = message.request_id
        at = next(cuts, None)
        return receipt if at is None else [peer.frame(receipt)[:at], CUT]

    server.answers = answers
    for _ in range(5):
        assert sync(enrolled, expect=3)["left"] == 40
    report = sync(enrolled)
    assert (report["stored"], report["identical"], report["left"]) == (0, 40, 0) and len(server.rows) == 40


# ---------------------------------------------------------------- exam plan


def test_plan_changes_travel(enrolled, server):
    enrolled.run("exam", "plan", "2027-03-01", "--permit-from", "2027-02-01", "--permit-to", "2027-04-30")
    enrolled.run("exam", "move", "2027-03-08")
    report = sync(enrolled)
    assert report["plans_stored"] == 2
    first, second = server.plans.values()
    assert (first.exam_day, first.permit_from_day, first.attempt) == (20878, 20850, 1) and second.exam_day == 20885
    assert [change["state"] for change in enrolled.json("exam")["changes"]] == ["stored", "stored"]


def test_a_refused_plan_change_is_shown(enrolled, server):
    enrolled.run("exam", "cancel")
    server.answers = lambda session, message: (pb.ServerMessage(plan_receipt=pb.PlanReceipt(
        status=pb.ROW_REJECTED, refusal=pb.Refusal(field="attempt", reason="There is nothing to cancel."))) if
        message.WhichOneof("body") == "plan_change" else None)
    assert sync(enrolled, expect=1)["plans_rejected"] == 1
    assert "There is nothing to cancel" in enrolled.run("exam").stdout


def test_the_next_attempt_after_a_failed_one(enrolled):
    enrolled.run("exam", "plan", "2026-08-01")
    enrolled.run("exam", "taken", "2026-08-01")
    assert enrolled.json("exam", "result", "fail")["attempt"] == 1
    assert enrolled.json("exam", "plan", "2027-03-01")["attempt"] == 2


def test_a_clock_that_is_off_is_named(enrolled, server):
    real = server.answer_hello

    def hello(message):
        answer = real(message)
        answer.welcome.server_time_ms -= 3600 * 1000
        return answer

    server.answer_hello = hello
    assert "60 minutes ahead" in sync(enrolled)["note"]
