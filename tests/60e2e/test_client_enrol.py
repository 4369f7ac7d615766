"""Enrolment and the trust it makes: who gets the code, what is kept, and how the certificate renews itself."""
import os
import sqlite3
import stat

import pytest
from cryptography import x509

import peer
from fake_client import key_of, sync
from fake_server import CUT, FakeServer, School, fault
from peer import pb


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


def test_a_certificate_that_ran_out_is_said_kindly(client, tmp_path):
    """Too late to renew itself: what waits stays, and how to go on is said."""
    with FakeServer(tmp_path) as server:
        real = server.school.device
        server.school.device = lambda csr: real(csr, days=-1, start_days=90)
        client.enrol(server)
        client.import_rows(2)
        answer = sync(client, expect=3)
        assert "expired" in answer["error"]["text"] and "new code" in answer["error"]["text"] and answer["left"] == 2
        server.school.device = real
        server.spent.clear()
        client.json("enrol", "--server", f"127.0.0.1:{server.enrol_port}", "--replace", "--max-wait", "0", stdin=server.code)
        assert sync(client)["stored"] == 2


def test_a_clock_that_is_behind_is_named_when_nothing_can_be_trusted(client, tmp_path):
    school = School()
    context = school.server_context(str(tmp_path), start_days=-2, client_certificate=False)
    with FakeServer(tmp_path, school=school, enrol_context=context) as server:
        text = client.enrol(server, expect=3)["error"]["text"]
        assert "not valid yet" in text and "clock" in text and server.seen == []


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
        foreign = peer.make_csr(other.key).public_bytes(peer.serialization.Encoding.DER)
        device = other.device(message.renew.csr_der) if answer == "wrong ca" else server.school.device(foreign)
        return session.server.certificate(device)

    server.answers = answers
    report = sync(enrolled)
    assert report["stored"] == 3 and report["renewed"] is False and "could not be renewed" in report["note"]
    assert key_of(enrolled) == before
