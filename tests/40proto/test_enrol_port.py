"""The enrolment port with the real database and the real signer: one code makes one device, nothing is signed that has no row,
what is signed was chosen by the server, and whatever is killed in the middle, the same device gets its certificate in the end."""
import concurrent.futures
import datetime
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import peer
from house import BIN, House
from peer import Closed, Device, pb

DER = serialization.Encoding.DER


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A house of its own, in which nobody has to wait long for a slow peer to be cut off."""
    house = House(tmp_path_factory.mktemp("house"), BIN, conf={"student": {"hello_deadline_s": 4, "handshake_deadline_s": 20}}).start()
    yield house
    house.stop()


@pytest.fixture(scope="module")
def student(house):
    house.roster({"student_id": "enrol-1"}, {"student_id": "enrol-2"})
    return "enrol-1"


def fault_of(answer):
    assert answer.WhichOneof("body") == "fault", answer
    assert answer.fault.closing
    return pb.FaultCode.Name(answer.fault.code)


def certificates(house):
    return house.sql("select encode(serial, 'hex'), state, device_id from core.certificate order by created_at")


def test_certificate_is_what_the_server_chose(house, student):
    device = Device(house.ca_file)
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the dean"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "another school")]))
    builder = builder.add_extension(x509.SubjectAlternativeName(
        [x509.UniformResourceIdentifier("stepguard://demo/students/1/devices/1"), x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    csr = builder.sign(device.key, hashes.SHA256()).public_bytes(DER)
    answer = device.enrol(house.enrol_port, house.code(student), csr)
    assert answer.WhichOneof("body") == "certificate", answer
    got = answer.certificate
    assert got.student_port == house.student_port and got.school_name == "School of the tests"
    certificate, ca = x509.load_der_x509_certificate(got.certificate_der), x509.load_der_x509_certificate(got.ca_der)
    ca.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(certificate.signature_hash_algorithm))
    (uri,) = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ((student_id, device_id),) = house.sql(
        "select s.student_id, d.device_id from core.student s join core.device d using (school_id, student_id) where external_id = %s", (student,))
    assert uri.value == f"stepguard://demo/students/{student_id}/devices/{device_id}"
    assert [a.value for a in certificate.subject] == [f"student {student_id} device {device_id}"]
    assert list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    life = certificate.not_valid_after - certificate.not_valid_before
    assert datetime.timedelta(days=89) < life <= datetime.timedelta(days=90, minutes=30)
    assert abs(certificate.not_valid_after.replace(tzinfo=datetime.timezone.utc).timestamp() - got.not_after_ms / 1000) < 1
    with device.connect(house.student_port) as connection:
        assert connection.hello().WhichOneof("body") == "welcome"


def test_each_refusal_has_its_name(house, student):
    code = house.code(student)
    assert fault_of(Device(house.ca_file).enrol(house.enrol_port, code, b"0\x03\x02\x01\x00")) == "FAULT_CSR_REFUSED"
    weak = rsa.generate_private_key(65537, 2048)
    assert fault_of(Device(house.ca_file).enrol(house.enrol_port, code, peer.make_csr(weak).public_bytes(DER))) == "FAULT_CSR_REFUSED"
    device = Device(house.ca_file)
    assert device.enrol(house.enrol_port, code).WhichOneof("body") == "certificate"  # none of those spent it
    assert fault_of(Device(house.ca_file).enrol(house.enrol_port, code)) == "FAULT_CODE_SPENT"
    # The key of an enrolled device cannot become a second device.
    thief = Device(house.ca_file)
    thief.key = device.key
    assert fault_of(thief.enrol(house.enrol_port, house.code("enrol-2"))) == "FAULT_CSR_REFUSED"
    expired = house.code(student)
    house.sql("update core.enrol_code set expires_at = now() - interval '1 s' where spent_at is null")
    assert fault_of(Device(house.ca_file).enrol(house.enrol_port, expired)) == "FAULT_CODE_EXPIRED"
    with peer.Connection("127.0.0.1", house.enrol_port, peer.context_for(house.ca_file)) as connection:
        unknown = connection.ask(enrol=pb.Enrol(code_secret=bytes(16), csr_der=peer.make_csr(device.key).public_bytes(DER), device_name="x"))
        assert fault_of(unknown) == "FAULT_CODE_UNKNOWN"
        assert connection.ended()  # one message, whatever came of it


def test_a_lost_answer_is_asked_for_again(house, student):
    code, device = house.code(student), Device(house.ca_file)
    first = device.enrol(house.enrol_port, code).certificate.certificate_der
    again = device.enrol(house.enrol_port, code).certificate.certificate_der
    assert x509.load_der_x509_certificate(first).serial_number == x509.load_der_x509_certificate(again).serial_number


def test_of_many_who_bring_one_code_one_wins(house, student):
    contenders, rounds = 12, 5
    with concurrent.futures.ThreadPoolExecutor(contenders) as pool:
        for _ in range(rounds):
            before = len(certificates(house))
            code = house.code(student)
            answers = list(pool.map(lambda _, code=code: Device(house.ca_file).enrol(house.enrol_port, code), range(contenders)))
            kinds = sorted(a.WhichOneof("body") if a.WhichOneof("body") == "certificate" else fault_of(a) for a in answers)
            assert kinds == ["FAULT_CODE_SPENT"] * (contenders - 1) + ["certificate"]
            assert len(certificates(house)) == before + 1


def test_the_signer_away_and_back(house, student):
    code, device = house.code(student), Device(house.ca_file)
    house.ca.kill()
    answer = device.enrol(house.enrol_port, code)
    assert fault_of(answer) == "FAULT_UNAVAILABLE"
    assert answer.fault.retry_after_ms > 0 and "same code" in answer.fault.text
    assert certificates(house)[-1][1] == "issuing"  # the row was there before anybody was asked to sign
    house.start_ca()
    assert device.enrol(house.enrol_port, code).WhichOneof("body") == "certificate"
    assert certificates(house)[-1][1] != "issuing"


def test_killed_at_any_moment_every_certificate_has_its_row(house, student):
    """Signer and daemon die in turn while devices enrol; each device asks until it has its certificate, with the same code and key."""
    names = [f"killed-{i}" for i in range(12)]  # a student's new code makes the one before void, so each has a device of their own
    house.roster(*({"student_id": name} for name in [student, *names]))
    devices = [(house.code(name), Device(house.ca_file)) for name in names]

    def persist(pair):
        code, device = pair
        end = time.monotonic() + 90
        while time.monotonic() < end:
            try:
                answer = device.enrol(house.enrol_port, code)
                if answer.WhichOneof("body") == "certificate":
                    return True
                assert fault_of(answer) in ("FAULT_UNAVAILABLE", "FAULT_UNKNOWN_OUTCOME", "FAULT_SHUTTING_DOWN"), answer
            except (Closed, OSError, ssl.SSLError):
                pass
            time.sleep(0.05)
        return False

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = [pool.submit(persist, pair) for pair in devices]
        for turn in range(4):
            time.sleep(0.15)
            if turn % 2 == 0:
                house.ca.kill()
                house.start_ca()
            else:
                house.daemon.kill()
                house.start_daemon()
        assert all(f.result() for f in done)
    rows = {serial: state for serial, state, _ in certificates(house)}
    for _, device in devices:
        assert rows[f"{device.serial():032x}"] != "issuing"
    assert len({d.serial() for _, d in devices}) == len(devices)


def test_one_message_and_a_deadline(house):
    context = peer.context_for(house.ca_file)
    with peer.Connection("127.0.0.1", house.enrol_port, context) as connection:
        assert fault_of(connection.hello()) == "FAULT_OUT_OF_ORDER"
        assert connection.ended()
    with peer.Connection("127.0.0.1", house.enrol_port, context) as connection:
        connection.send_bytes(peer.varint(64 * 1024 + 1))
        assert fault_of(connection.receive()) == "FAULT_TOO_LARGE"
    begin = time.monotonic()
    with peer.Connection("127.0.0.1", house.enrol_port, context, timeout=40) as connection:
        try:
            for byte in peer.frame(pb.ClientMessage(request_id=1, enrol=pb.Enrol(device_name="x" * 60))):
                connection.send_bytes(bytes([byte]))
                time.sleep(0.25)
        except OSError:
            pass
        assert connection.ended()
    assert 3 < time.monotonic() - begin < 15


def test_a_device_certificate_gives_nothing_here(house, student):
    device = house.device(student)
    with device.connect(house.enrol_port) as connection:
        assert fault_of(connection.ask(upload=pb.Upload(results=[peer.result()]))) == "FAULT_OUT_OF_ORDER"


def test_old_tls_and_other_protocols_are_refused(house):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(house.ca_file)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        peer.Connection("127.0.0.1", house.enrol_port, old)
    for alpn in ("http/1.1", None):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            peer.Connection("127.0.0.1", house.enrol_port, peer.context_for(house.ca_file), alpn=alpn)


def test_curves_and_kinds(house, student):
    device = Device(house.ca_file)
    device.key = ec.generate_private_key(ec.SECP384R1())
    assert device.enrol(house.enrol_port, house.code(student)).WhichOneof("body") == "certificate"
    with device.connect(house.student_port) as connection:
        assert connection.hello().WhichOneof("body") == "welcome"
