"""Who may speak at the student port: certificates forged in every way, revocation, and renewal."""
import datetime
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import peer
from peer import Closed, fault, pb, result

pytestmark = pytest.mark.usefixtures("still_well")


# ---------------------------------------------------------------- certificates


def sign(house, uri, key, usage=ExtendedKeyUsageOID.CLIENT_AUTH, days=90, ago=1, ca=None, serial=None):
    """A certificate that the school's real CA key signs, with whatever the test wants in it."""
    if ca is None:
        with open(house.ca_file, "rb") as c, open(house.ca_key, "rb") as k:
            ca = x509.load_pem_x509_certificate(c.read()), serialization.load_pem_private_key(k.read(), None)
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])).issuer_name(ca[0].subject)
               .public_key(key.public_key()).serial_number(serial or x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=ago)).not_valid_after(now + datetime.timedelta(days=days - ago))
               .add_extension(x509.BasicConstraints(False, None), True)
               .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), False)
               .add_extension(x509.ExtendedKeyUsage([usage]), False)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca[0].public_key()), False)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
    return builder.sign(ca[1], hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def forged(house, uri, **options):
    device = peer.Device(house.ca_file)
    device.certificate = sign(house, uri, device.key, **options)
    return device


def refused_or_dropped(device, house):
    """The fault, or None when TLS itself refused."""
    try:
        with device.connect(house.student_port) as connection:
            return connection.hello().fault
    except (Closed, ssl.SSLError, ConnectionError):
        return None


def test_no_certificate_no_session(house):
    with pytest.raises((Closed, ssl.SSLError, ConnectionError)):
        with peer.Connection("127.0.0.1", house.student_port, peer.context_for(house.ca_file)) as connection:
            connection.hello()


def test_a_certificate_of_another_ca_is_refused(house):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another school")])
    now = datetime.datetime.utcnow()
    own = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1).not_valid_before(now)
           .not_valid_after(now + datetime.timedelta(days=9)).add_extension(x509.BasicConstraints(True, 0), True).sign(key, hashes.SHA256()))
    device = forged(house, "stepguard://demo/students/1/devices/1", ca=(own, key))
    assert refused_or_dropped(device, house) is None


@pytest.mark.parametrize("uri,code", [
    ("stepguard://elsewhere/students/1/devices/1", pb.FAULT_WRONG_SCHOOL),
    ("stepguard://demo/students/1/devices/1", pb.FAULT_UNKNOWN_CERTIFICATE),
    ("stepguard://demo/students/01/devices/1", pb.FAULT_UNKNOWN_CERTIFICATE),
    ("https://demo/students/1/devices/1", pb.FAULT_UNKNOWN_CERTIFICATE),
])
def test_a_certificate_that_names_nobody_here_is_refused(house, student, uri, code):
    answer = refused_or_dropped(forged(house, uri), house)
    assert answer is not None and answer.code == code and answer.closing


def test_an_expired_certificate_and_one_for_servers_are_refused(house):
    uri = "stepguard://demo/students/1/devices/1"
    assert refused_or_dropped(forged(house, uri, days=5, ago=10), house) is None
    assert refused_or_dropped(forged(house, uri, usage=ExtendedKeyUsageOID.SERVER_AUTH), house) is None


def test_a_students_certificate_is_no_ca(house, student):
    leaf = x509.load_der_x509_certificate(student.certificate)
    device = forged(house, "stepguard://demo/students/1/devices/1", ca=(leaf, student.key))
    assert refused_or_dropped(device, house) is None


@pytest.mark.parametrize("alpn", ["h2", None])
def test_another_protocol_is_refused(house, student, alpn):
    with pytest.raises((Closed, ssl.SSLError, ConnectionError)):
        with student.connect(house.student_port, alpn=alpn) as connection:
            connection.hello()


def test_tls_1_2_is_refused(house, student):
    context = peer.context_for(house.ca_file, student.key, student.certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        peer.Connection("127.0.0.1", house.student_port, context)


def test_no_ticket_is_given(house, student):
    with student.connect(house.student_port) as connection:
        connection.hello()
        assert connection.sock.session is None or not connection.sock.session.has_ticket


# ---------------------------------------------------------------- revocation and the roster


def test_a_revoked_device_is_cut_off_at_once_and_for_good(house):
    device = house.new_student("revoked")
    with device.connect(house.student_port) as connection:
        connection.hello()
        connection.upload(result())
        house.ctl("device", "revoke", "--student", "revoked", "--all", "--reason", "lost laptop")
        assert fault(connection.receive()).code == pb.FAULT_REVOKED
        assert connection.ended()
    answer = refused_or_dropped(device, house)
    assert answer.code == pb.FAULT_REVOKED and answer.retry == pb.RETRY_NEVER


def test_an_upload_checks_the_certificate_again(house):
    """Even when the notice of the revocation gets lost."""
    device = house.new_student("revoked-late")
    with device.connect(house.student_port) as connection:
        connection.hello()
        house.sql("update core.device d set revoked_at = now() from core.student s "
                  "where s.school_id = d.school_id and s.student_id = d.student_id and s.external_id = 'revoked-late'")
        answer = connection.upload(result())
        assert fault(answer).code in (pb.FAULT_REVOKED, pb.FAULT_UNKNOWN_CERTIFICATE)
    assert house.stored("revoked-late") == {}


# ---------------------------------------------------------------- renewal


def test_a_certificate_is_renewed_with_a_new_key(house):
    device = house.new_student("renew")
    key = ec.generate_private_key(ec.SECP256R1())
    csr = peer.make_csr(key).public_bytes(serialization.Encoding.DER)
    with device.connect(house.student_port) as connection:
        connection.hello()
        answer = connection.ask(renew=pb.Renew(csr_der=csr))
        assert answer.WhichOneof("body") == "certificate", answer
        lost = connection.ask(renew=pb.Renew(csr_der=csr))  # asked again because the answer got lost
    first, second = (x509.load_der_x509_certificate(a.certificate.certificate_der) for a in (answer, lost))
    assert first.serial_number == second.serial_number != device.serial()
    renewed = peer.Device(house.ca_file)
    renewed.key, renewed.certificate = key, answer.certificate.certificate_der
    for one in (renewed, device):  # the old one is good until it ends
        with one.connect(house.student_port) as connection:
            assert connection.hello().WhichOneof("body") == "welcome"


def test_renewal_wants_a_request_that_proves_a_new_key(house):
    device = house.new_student("renew-bad")
    with device.connect(house.student_port) as connection:
        connection.hello()
        answer = connection.ask(renew=pb.Renew(csr_der=b"not a request"))
        assert fault(answer).code == pb.FAULT_CSR_REFUSED
    own = peer.make_csr(device.key).public_bytes(serialization.Encoding.DER)
    other = house.new_student("renew-other")
    with other.connect(house.student_port) as connection:
        connection.hello()
        assert fault(connection.ask(renew=pb.Renew(csr_der=own))).code == pb.FAULT_CSR_REFUSED, "a key of another device"
