"""The client against a server that misbehaves: what it says, what it keeps, and that nothing is lost or counted twice."""
import json
import os
import random
import signal
import sqlite3
import stat
import subprocess
import time

import pytest
from cryptography import x509

import peer
from house import BIN
from fake_server import CUT, FakeServer, School, fault, standing
from peer import pb

STEPGUARD = os.path.join(BIN, "stepguard")


class Client:
    """One state directory and the real program."""

    def __init__(self, home):
        self.home = str(home)

    def environment(self):
        return {**os.environ, "STEPGUARD_HOME": self.home, "NO_COLOR": "1"}

    def run(self, *argv, stdin="", expect=0, **options):
        done = subprocess.run([STEPGUARD, *argv], input=stdin, capture_output=True, text=True, env=self.environment(), timeout=120, **options)
        assert done.returncode == expect, (argv, done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *argv, **options):
        return json.loads(self.run(*argv, "--json", **options).stdout)

    def start(self, *argv):
        return subprocess.Popen([STEPGUARD, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=self.environment())

    def enrol(self, server, expect=0, host="127.0.0.1", code=None):
        return self.json("enrol", "--server", f"{host}:{server.enrol_port}", "--device-name", "test", "--max-wait", "0",
                         stdin=code or server.code, expect=expect)

    def import_rows(self, n, first=0):
        path = self.home + f"-{first}-{n}.csv"
        with open(path, "w", encoding="utf-8") as out:
            out.write("instrument,form,taken_at,score,items,correct\n")
            for i in range(first, first + n):
                out.write(f"qbank_uworld,b{i},2026-{1 + i // 28 % 9:02d}-{1 + i % 28:02d},,{40 + i % 7},{20 + i % 19}\n")
        return self.json("import", path)

    def states(self):
        counts = {}
        for row in self.json("list")["results"]:
            counts[row["state"]] = counts.get(row["state"], 0) + 1
        return counts

    def ids(self, state=None):
        return {row["result_id"].replace("-", "") for row in self.json("list")["results"] if state in (None, row["state"])}


@pytest.fixture
def client(tmp_path):
    return Client(tmp_path / "home")


@pytest.fixture
def server(tmp_path):
    with FakeServer(tmp_path) as server:
        yield server


@pytest.fixture
def enrolled(client, server):
    client.enrol(server)
    return client


def sync(client, expect=0, max_wait=0):
    return client.json("sync", "--max-wait", str(max_wait), expect=expect)


# ---------------------------------------------------------------- enrolment


def test_enrols_imports_and_syncs(client, server):
    about = client.enrol(server)
    assert about["school"] == "Fake School" and about["identity"] == "stepguard://fake/students/7/devices/3"
    assert client.import_rows(120)["new"] == 120
    report = sync(client)
    assert (report["stored"], report["left"], report["standing_fresh"]) == (120, 0, True)
    assert len(server.rows) == 120 and client.states() == {"stored": 120}
    assert client.import_rows(120)["identical"] == 120
    assert sync(client)["stored"] == 0 and sum(server.uploads) == 120
    status = client.json("status")
    assert status["standing"]["p_pass"] == 0.93 and status["zone"] == "America/Chicago" and status["results"]["stored"] == 120
    text = client.run("status").stdout
    assert "On track: 93 % to pass" in text and "from 3 results" in text and "CST" in text


def test_state_is_private(enrolled):
    assert stat.S_IMODE(os.stat(enrolled.home).st_mode) == 0o700
    for entry in os.scandir(enrolled.home):
        assert stat.S_IMODE(entry.stat().st_mode) == 0o600, entry.name
    os.chmod(enrolled.home + "/device.key", 0o644)
    assert "can be opened by other people" in sync(enrolled, expect=1)["error"]["text"]


def test_a_linked_outbox_is_refused(client, tmp_path):
    client.json("list")
    os.rename(client.home + "/outbox.db", tmp_path / "elsewhere.db")
    os.symlink(tmp_path / "elsewhere.db", client.home + "/outbox.db")
    assert "symbolic link" in client.json("list", expect=1)["error"]["text"]


def test_a_lost_enrolment_answer_is_asked_for_again(client, tmp_path):
    tries = []

    def answers(session, message):
        if message.WhichOneof("body") != "enrol":
            return None
        tries.append(message.enrol.csr_der)
        if len(tries) == 1:
            session.server.answer_enrol(message.enrol)  # spent, and then the line goes dead
            return CUT
        return None

    with FakeServer(tmp_path, answers=answers) as server:
        assert client.enrol(server, expect=3)["error"]["code"] == "unreachable"
        assert client.enrol(server)["enrolled"] is True
        keys = [x509.load_der_x509_csr(csr).public_key().public_numbers() for csr in tries]
        assert keys[0] == keys[1], "the same code goes with the same key"
        sync(client)


def test_a_code_of_another_school_gets_nothing(client, server):
    answer = client.enrol(server, expect=3, code=School().code(server.secret))
    assert answer["error"]["code"] == "untrusted" and "Nothing was sent" in answer["error"]["text"] and server.seen == []


def test_a_server_of_another_name_gets_nothing(client, tmp_path):
    school = School()
    context = school.server_context(str(tmp_path), names=[x509.DNSName("elsewhere.example")], client_certificate=False)
    with FakeServer(tmp_path, school=school, enrol_context=context) as server:
        for host in "127.0.0.1", "localhost":
            answer = client.enrol(server, expect=3, host=host)
            assert answer["error"]["code"] == "untrusted" and "another name" in answer["error"]["text"]
        assert server.seen == []


def test_an_expired_server_gets_nothing(client, tmp_path):
    school = School()
    context = school.server_context(str(tmp_path), days=-1, start_days=9, client_certificate=False)
    with FakeServer(tmp_path, school=school, enrol_context=context) as server:
        assert "expired" in client.enrol(server, expect=3)["error"]["text"] and server.seen == []


def test_another_ca_at_sync_gets_nothing(enrolled, server, tmp_path):
    """An impostor with a certificate for the right name from a CA of his own."""
    enrolled.import_rows(3)
    with FakeServer(tmp_path) as impostor:
        with sqlite3.connect(enrolled.home + "/outbox.db") as db:
            db.execute("update setting set value = ? where name = 'student_port'", (str(impostor.student_port),))
        db.close()
        answer = sync(enrolled, expect=3)
        assert answer["error"]["code"] == "untrusted" and impostor.seen == [] and answer["left"] == 3


@pytest.mark.parametrize("spoil, says", [
    (lambda code: code[:-1], "47 letters"),
    (lambda code: ("0" if code[0] != "0" else "1") + code[1:], "a slip"),
    (lambda code: "!" + code[1:], "position 1"),
    (lambda code: "", "no code"),
])
def test_a_mistyped_code_is_caught_before_the_network(client, server, spoil, says):
    code = spoil(server.code)
    answer = client.json("enrol", "--server", f"127.0.0.1:{server.enrol_port}", stdin=code, expect=1)
    assert says in answer["error"]["text"] and server.connections == 0


def test_enrolled_already(enrolled, server):
    assert "--replace" in enrolled.enrol(server, expect=1)["error"]["text"]


def test_code_unknown(client, server):
    answer = client.enrol(server, expect=3, code=server.school.code(b"x" * 16))
    assert answer["error"]["fault"] == "code_unknown"


# ---------------------------------------------------------------- faults


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
    ids = sorted(bytes.fromhex(i) for i in enrolled.ids())
    poison = {ids[13], ids[77]}

    def answers(session, message):
        if message.WhichOneof("body") == "upload" and any(row.result_id in poison for row in message.upload.results):
            return fault(getattr(pb, "FAULT_" + kind), closing=kind != "INVALID_FIELD", field="form" if names_it else "connection")
        return None

    server.answers = answers
    report = sync(enrolled, expect=1)
    assert (report["stored"], report["rejected"], report["left"]) == (98, 2, 0)
    refused = enrolled.json("list", "--rejected")["results"]
    assert {bytes.fromhex(row["result_id"].replace("-", "")) for row in refused} == poison and all(row["reason"] for row in refused)
    assert sync(enrolled)["left"] == 0, "refused rows are not sent again"


def test_a_server_that_calls_everything_poison_is_what_is_wrong(enrolled, server):
    enrolled.import_rows(60)
    server.answers = lambda session, message: fault(pb.FAULT_INVALID_FIELD) if message.WhichOneof("body") == "upload" else None
    report = sync(enrolled, expect=3)
    assert report["rejected"] <= 16 and report["left"] >= 44


def test_a_row_the_server_fails_at_stays_queued_and_blocks_nobody(enrolled, server):
    enrolled.import_rows(30)
    poison = bytes.fromhex(sorted(enrolled.ids())[7])

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


@pytest.mark.parametrize("limits", [pb.Limits(), pb.Limits(max_frame_bytes=10, max_results=1, window=1)])
def test_senseless_limits(client, tmp_path, limits):
    with FakeServer(tmp_path) as server:
        client.enrol(server)
        server.limits = limits
        assert sync(client, expect=3)["error"]["code"] == "protocol"


def test_a_window_of_nothing_is_one(client, tmp_path):
    with FakeServer(tmp_path, limits=pb.Limits(max_frame_bytes=65536, max_results=0, window=0)) as server:
        client.enrol(server)
        client.import_rows(3)
        assert sync(client)["stored"] == 3


# ---------------------------------------------------------------- hostile answers


def raw(message, request_id=2):
    message.request_id = request_id
    return peer.frame(message)


HOSTILE = {
    "an endless length": b"\xff" * 8,
    "a length of nothing": b"\x00",
    "a long way of writing a length": b"\x85\x00hello",
    "more than a megabyte": peer.varint(1 << 20 | 1) + b"x" * 100,
    "not a message": peer.varint(5) + b"\xff\xff\xff\xff\xff",
    "an empty message of the right number": raw(pb.ServerMessage()),
    "text that is no text": peer.frame(raw(pb.ServerMessage(fault=pb.Fault(text="xxxx")))[1:].replace(b"xxxx", b"\xff\xfe\x00x")),
    "another's number": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1, 1])), 77),
    "too few words": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1]))),
    "too many words": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1] * 500))),
    "words that are none": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1, 9]))),
    "a word for nothing": raw(pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1, 0]))),
    "another kind": raw(pb.ServerMessage(standing=standing())),
    "much memory in little space": peer.varint(900000) + b"\x08\x02" + b"\x1a" + peer.varint(899994) + b"\x12\x00" * 449997,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_answer_to_an_upload(enrolled, server, what):
    enrolled.import_rows(2)
    server.answers = lambda session, message: HOSTILE[what] if message.WhichOneof("body") == "upload" else None
    answer = sync(enrolled, expect=3)
    assert answer["error"]["code"] == "protocol", answer
    assert answer["left"] == 2 and enrolled.states() == {"pending": 2}, "no row is taken off the queue by nonsense"
    server.answers = lambda session, message: None
    assert sync(enrolled)["stored"] == 2


@pytest.mark.parametrize("fields", [dict(p_pass=3.0), dict(p_low=float("nan")), dict(readiness_mean=float("inf")), dict(state=9)])
def test_a_senseless_standing_is_left_out(enrolled, server, fields):
    enrolled.import_rows(2)
    before = enrolled.json("status")["standing"]
    server.answers = lambda session, message: (pb.ServerMessage(standing=standing(**fields)) if message.WhichOneof("body") == "standing" else
                                               pb.ServerMessage(upload_receipt=pb.UploadReceipt(status=[1, 1], standing=standing(**fields)))
                                               if message.WhichOneof("body") == "upload" else None)
    assert sync(enrolled)["stored"] == 2
    assert enrolled.json("status")["standing"] == before


def test_garbage_before_welcome(enrolled, server):
    server.answers = lambda session, message: os.urandom(3000)
    assert sync(enrolled, expect=3)["error"]["code"] in ("protocol", "unreachable")


def test_not_tls_at_all(client, server, tmp_path):
    import socket
    import threading
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def talk():
            with listener.accept()[0] as sock:
                sock.recv(1)
                sock.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        threading.Thread(target=talk, daemon=True).start()
        answer = client.json("enrol", "--server", f"127.0.0.1:{listener.getsockname()[1]}", "--max-wait", "0", stdin=server.code, expect=3)
        assert "not a Stepguard server" in answer["error"]["text"] or "broke" in answer["error"]["text"]


def test_nobody_there(enrolled, server):
    enrolled.import_rows(1)
    server.stop()
    answer = sync(enrolled, expect=3)
    assert answer["error"]["code"] == "unreachable" and answer["left"] == 1 and "127.0.0.1" in answer["error"]["text"]


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


# ---------------------------------------------------------------- exam plan and renewal


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


def key_of(client):
    with open(client.home + "/device.key", "rb") as key, open(client.home + "/device.crt", "rb") as certificate:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
        key, certificate = load_pem_private_key(key.read(), None), x509.load_pem_x509_certificate(certificate.read())
    assert key.public_key().public_numbers() == certificate.public_key().public_numbers(), "key and certificate belong together"
    return key.public_key().public_numbers()


def test_renewal_swaps_key_and_certificate(enrolled, server):
    server.renew_now, before = True, key_of(enrolled)
    assert sync(enrolled)["renewed"] is True
    server.renew_now, after = False, key_of(enrolled)
    assert before != after and sync(enrolled)["renewed"] is False
    assert sorted(os.listdir(enrolled.home)) == ["ca.crt", "device.crt", "device.key", "lock", "outbox.db"]


def test_a_certificate_in_its_last_third_renews_itself(client, tmp_path):
    with FakeServer(tmp_path) as server:
        server.school.device = lambda csr, real=server.school.device: real(csr, days=20, start_days=70)
        client.enrol(server)
        assert sync(client)["renewed"] is True


def test_a_lost_renewal_is_asked_for_with_the_same_key(enrolled, server):
    server.renew_now, keys = True, []

    def answers(session, message):
        if message.WhichOneof("body") != "renew":
            return None
        keys.append(x509.load_der_x509_csr(message.renew.csr_der).public_key().public_numbers())
        return CUT if len(keys) == 1 else None

    server.answers = answers
    assert sync(enrolled, max_wait=30, expect=0)["left"] == 0
    key_of(enrolled)
    sync(enrolled)
    assert keys[0] == keys[1]


@pytest.mark.parametrize("answer", ["refused", "wrong key", "wrong ca"])
def test_a_failed_renewal_stops_nothing(enrolled, server, answer):
    server.renew_now, before = True, key_of(enrolled)
    enrolled.import_rows(3)
    other = School()

    def answers(session, message):
        if message.WhichOneof("body") != "renew":
            return None
        if answer == "refused":
            return fault(pb.FAULT_CSR_REFUSED)
        csr = message.renew.csr_der if answer == "wrong ca" else peer.make_csr(other.key).public_bytes(peer.serialization.Encoding.DER)
        return session.server.certificate((other if answer == "wrong ca" else server.school).device(csr))

    server.answers = answers
    report = sync(enrolled)
    assert report["stored"] == 3 and report["renewed"] is False and "could not be renewed" in report["note"]
    assert key_of(enrolled) == before


def test_a_clock_that_is_off_is_named(enrolled, server):
    real = server.answer_hello

    def hello(message):
        answer = real(message)
        answer.welcome.server_time_ms -= 3600 * 1000
        return answer

    server.answer_hello = hello
    assert "60 minutes ahead" in sync(enrolled)["note"]


# ---------------------------------------------------------------- one at a time, crashes, full disks


def test_two_at_once(enrolled, server):
    enrolled.import_rows(2)
    server.answers = lambda session, message: time.sleep(4)
    first = enrolled.start("sync")
    time.sleep(0.5)
    answer = enrolled.json("list", expect=1)
    assert answer["error"]["code"] == "locked" and f"process {first.pid}" in answer["error"]["text"]
    assert first.wait(60) == 0


def sound(client):
    db = sqlite3.connect(client.home + "/outbox.db")
    assert db.execute("pragma quick_check").fetchall() == [("ok",)]
    db.close()


def killed(process, after_s):
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait(60)


def test_kill_at_any_moment_loses_nothing(enrolled, server):
    """import and sync are killed at random moments, again and again. Whatever import said was recorded is there; whatever is
    acknowledged is at the server; in the end every row is at the server exactly once."""
    rng = random.Random(1)
    server.limits.max_results = 7
    acknowledged, rows, rounds = set(), 0, int(os.environ.get("SG_KILLS", "25"))
    began = time.monotonic()
    sync(enrolled)
    one_s = max(0.05, time.monotonic() - began)
    for turn in range(rounds):
        path = f"{enrolled.home}-{turn}.csv"
        with open(path, "w", encoding="utf-8") as out:
            out.write("instrument,form,taken_at,score\n")
            out.writelines(f"cbssa,{turn}.{i},2026-0{1 + i % 9}-1{turn % 10},{40 + i}\n" for i in range(40))
        killed(enrolled.start("import", path), rng.random() * one_s)
        killed(enrolled.start("sync", "--max-wait", "0"), rng.random() * 2 * one_s)
        sound(enrolled)
        stored = enrolled.ids("stored")
        assert acknowledged <= stored, "what was acknowledged stays so"
        assert stored <= {key[0].hex() for key in server.rows}, "what counts as stored is at the server"
        acknowledged = stored
        answer = enrolled.json("import", path)
        rows += 40
        assert answer["new"] in (0, 40), "a file is recorded whole or not at all"
        assert len(enrolled.ids()) == rows
    report = sync(enrolled)
    assert report["left"] == 0 and len(server.rows) == rows
    assert {key[0].hex() for key in server.rows} == enrolled.ids("stored")


def test_kill_during_enrolment_and_renewal(client, tmp_path):
    """Whenever it is killed, the same command again ends well and key and certificate belong together."""
    rng = random.Random(2)
    with FakeServer(tmp_path) as server:
        argv = ["enrol", "--server", f"127.0.0.1:{server.enrol_port}", "--code-file", str(tmp_path / "code"), "--max-wait", "0"]
        (tmp_path / "code").write_text(server.code)
        for _ in range(8):
            killed(client.start(*argv), rng.random() * 0.4)
        if not os.path.exists(client.home + "/device.crt"):
            client.run(*argv)
        sync(client)
        server.renew_now = True
        for _ in range(12):
            killed(client.start("sync", "--max-wait", "0"), rng.random() * 0.4)
            sync(client)
            key_of(client)


def small_files(limit):
    import resource

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return limited


@pytest.mark.parametrize("limit", [1, 4096, 20000, 60000])
def test_full_disk(enrolled, server, tmp_path, limit):
    """A file system that takes no more: said clearly, nothing half recorded, and all is well once there is room."""
    enrolled.import_rows(20)
    path = tmp_path / "many.csv"
    path.write_text("instrument,form,taken_at,score\n" + "".join(f"cbssa,f{i},2026-05-01,{i % 90}\n" for i in range(2000)))
    done = subprocess.run([STEPGUARD, "import", str(path)], capture_output=True, text=True, env=enrolled.environment(),
                          preexec_fn=small_files(limit), timeout=60)
    assert done.returncode == 1 and "disk is full" in done.stderr, done
    sound(enrolled)
    assert len(enrolled.ids()) == 20
    assert enrolled.json("import", str(path))["new"] == 2000
    assert sync(enrolled)["stored"] == 2020


def test_full_disk_at_the_receipt(enrolled, server):
    """The server has the rows, the receipt cannot be written: they stay queued and are recognised the next time."""
    enrolled.import_rows(300)
    done = subprocess.run([STEPGUARD, "sync", "--max-wait", "0", "--json"], capture_output=True, text=True, env=enrolled.environment(),
                          preexec_fn=small_files(8192), timeout=60)
    assert done.returncode == 1 and "disk is full" in done.stdout, done
    sound(enrolled)
    assert enrolled.states() == {"pending": 300}
    assert sync(enrolled)["identical"] == 300


def test_a_row_changed_on_disk_is_not_sent(enrolled, server):
    enrolled.import_rows(5)
    with sqlite3.connect(enrolled.home + "/outbox.db") as db:
        db.execute("update result set score_centi = score_centi + 100 where seq = 3")
    db.close()
    report = sync(enrolled, expect=1)
    assert (report["stored"], report["damaged"], report["left"]) == (4, 1, 1)
    assert "changed on disk" in enrolled.run("list", "--pending").stdout


def test_a_damaged_outbox_is_named(enrolled):
    enrolled.import_rows(200)
    with open(enrolled.home + "/outbox.db", "r+b") as db:
        db.seek(4096 * 3)
        db.write(os.urandom(4096))
    answer = enrolled.json("list", expect=1)
    assert "damaged" in answer["error"]["text"] and answer["error"]["code"] == "local"
