"""A second client, written from proto/README.md with Google's protobuf and the standard library alone.

It is what the tests speak to the daemon with: where our C client and our C server agree on a mistake, this one does not.
It does what it is told, wrong things included: send any bytes, never read, say Hello twice.
"""
import datetime
import hashlib
import importlib
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ALPN = "stepguard/1"
DEADLINE_S = 30  # of one read: a test that waits longer has found something


def _messages():
    out = tempfile.mkdtemp(prefix="sg-pb-")
    subprocess.run(["protoc", f"--python_out={out}", f"--proto_path={ROOT}/proto", "stepguard.proto"], check=True)
    sys.path.insert(0, out)
    return importlib.import_module("stepguard_pb2")


pb = _messages()

# ---------------------------------------------------------------- frames


def varint(n):
    out = bytearray()
    while True:
        out.append((n & 0x7F) | (0x80 if n > 0x7F else 0))
        n >>= 7
        if n == 0:
            return bytes(out)


def frame(message):
    body = message if isinstance(message, bytes) else message.SerializeToString()
    return varint(len(body)) + body


class Closed(Exception):
    """The server ended the connection (politely or not)."""


# ---------------------------------------------------------------- codes (proto/README.md, "Enrolment codes")

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def code_read(text):
    """The secret and the CA's fingerprint of a code as people write it."""
    letters = "".join(c for c in text.upper() if c not in "- \n").translate(str.maketrans("OIL", "011"))
    number = 0
    for letter in letters:
        number = number * 32 + ALPHABET.index(letter)
    raw = number.to_bytes(30, "big")
    if crc16(raw[:28]) != int.from_bytes(raw[28:], "big"):
        raise ValueError("check letters of the code are wrong")
    return raw[:16], raw[16:28]


# ---------------------------------------------------------------- results


def uuid7(ms=None):
    ms = int(time.time() * 1000) if ms is None else ms
    raw = bytearray(ms.to_bytes(6, "big") + os.urandom(10))
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    return bytes(raw)


def result(**fields):
    """A good CBSSA result of last week, changed by what is named."""
    taken = int((time.time() - 7 * 86400) * 1000)
    row = dict(result_id=uuid7(taken), instrument="cbssa", form="30", taken_at_ms=taken, scale=pb.SCALE_EPC, score_centi=6200,
               mode=pb.MODE_TIMED, items=200, correct=124)
    row.update(fields)
    return pb.Result(**{k: v for k, v in row.items() if v is not None})


# ---------------------------------------------------------------- a connection


class Connection:
    def __init__(self, host, port, context, alpn=ALPN, timeout=DEADLINE_S):
        if alpn:
            context.set_alpn_protocols([alpn])
        raw = socket.create_connection((host, port), timeout=timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.sock = context.wrap_socket(raw, server_hostname="localhost")
        except BaseException:
            raw.close()
            raise
        self.buffer = b""
        self.last_id = 0

    def send_bytes(self, data):
        self.sock.sendall(data)

    def send(self, body=None, request_id=None, **one):
        """send(hello=pb.Hello(...)) -> the request id used."""
        if request_id is None:
            self.last_id += 1
            request_id = self.last_id
        message = pb.ClientMessage(request_id=request_id, **one) if body is None else body
        self.send_bytes(frame(message))
        return request_id

    def receive(self):
        """The next ServerMessage; Closed when there will be none."""
        while True:
            length, used, shift = 0, 0, 0
            for byte in self.buffer:
                length |= (byte & 0x7F) << shift
                shift, used = shift + 7, used + 1
                if byte < 0x80:
                    if len(self.buffer) >= used + length:
                        message = pb.ServerMessage()
                        message.ParseFromString(self.buffer[used:used + length])
                        self.buffer = self.buffer[used + length:]
                        return message
                    break
            try:
                more = self.sock.recv(65536)
            except (ConnectionError, ssl.SSLError) as error:
                raise Closed(str(error)) from error
            if not more:
                raise Closed("end of stream")
            self.buffer += more

    def ask(self, **one):
        request_id = self.send(**one)
        answer = self.receive()
        assert answer.request_id in (request_id, 0), answer
        return answer

    def hello(self, protocol=1):
        return self.ask(hello=pb.Hello(protocol=protocol, client="peer 1", client_time_ms=int(time.time() * 1000)))

    def upload(self, *results):
        return self.ask(upload=pb.Upload(results=results))

    def ended(self):
        """True once the server has closed; whatever comes before is thrown away."""
        try:
            while True:
                self.receive()
        except Closed:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# ---------------------------------------------------------------- a device


def make_csr(key, common_name="whatever it says is ignored"):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())


def context_for(ca_file, key=None, certificate_der=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(ca_file)
    if key is not None:
        with tempfile.NamedTemporaryFile(suffix=".pem") as pem:
            pem.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
            pem.write(x509.load_der_x509_certificate(certificate_der).public_bytes(serialization.Encoding.PEM))
            pem.flush()
            context.load_cert_chain(pem.name)
    return context


class Device:
    """A key and, after enrol(), a certificate."""

    def __init__(self, ca_file, host="127.0.0.1"):
        self.ca_file, self.host = ca_file, host
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = None

    def enrol(self, enrol_port, code, csr=None):
        """The ServerMessage that came back: certificate or fault."""
        secret, fingerprint = code_read(code)
        with open(self.ca_file, "rb") as pem:
            der = x509.load_pem_x509_certificate(pem.read()).public_bytes(serialization.Encoding.DER)
        assert hashlib.sha256(der).digest()[:12] == fingerprint, "the code is of another school"
        csr = make_csr(self.key).public_bytes(serialization.Encoding.DER) if csr is None else csr
        with Connection(self.host, enrol_port, context_for(self.ca_file)) as connection:
            answer = connection.ask(enrol=pb.Enrol(code_secret=secret, csr_der=csr, device_name="peer", client="peer 1"))
        if answer.WhichOneof("body") == "certificate":
            self.certificate = answer.certificate.certificate_der
        return answer

    def connect(self, port, alpn=ALPN):
        return Connection(self.host, port, context_for(self.ca_file, self.key, self.certificate), alpn)

    def serial(self):
        return x509.load_der_x509_certificate(self.certificate).serial_number


def day(date):
    return (date - datetime.date(1970, 1, 1)).days


def result_uuid(row):
    return uuid.UUID(bytes=row.result_id)


def fault(answer):
    """The fault that an answer must be."""
    assert answer.WhichOneof("body") == "fault", answer
    assert answer.fault.text.endswith("."), "a fault is a sentence"
    return answer.fault
