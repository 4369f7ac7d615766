"""A school's server that does what a test tells it, wrong things included: what the client is held against.

It speaks the protocol of proto/README.md over real TLS and keeps what a real one would keep, in memory. A test changes one
thing about it: `answers` is asked before the honest answer is made, and may give another message, raw bytes, a list of those,
CUT (end the connection without a word) or None (be honest).
"""
import datetime
import hashlib
import ipaddress
import os
import socket
import ssl
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import peer
from peer import pb

CUT = object()
SALT = b"salt of a student"[:16]
QUIET_S = 0.3  # a client that has not sent more by then is waiting for answers


def owned(local_id):
    """The id under which a result travels whose id was made from its content (proto/README.md, "Whose id")."""
    raw = bytearray(local_id[:6] + hashlib.sha256(SALT + local_id).digest()[:10])
    raw[6], raw[8] = 0x80 | (raw[6] & 0x0F), 0x80 | (raw[8] & 0x3F)
    return bytes(raw)


def name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def usage_of_key(is_ca):
    return x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, content_commitment=False,
                         key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                         decipher_only=False)


class School:
    """A CA, as strict about its certificates as the real one."""

    def __init__(self):
        self.student = 7
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ca = self.sign(name("fake school CA"), self.key.public_key(), self_signed=True)

    def sign(self, subject, public_key, self_signed=False, usage=None, names=(), days=90, start_days=1):
        now = datetime.datetime.utcnow()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject if self_signed else self.ca.subject)
                   .public_key(public_key).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=start_days)).not_valid_after(now + datetime.timedelta(days=days))
                   .add_extension(x509.BasicConstraints(self_signed, 0 if self_signed else None), critical=True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
                   .add_extension(usage_of_key(self_signed), critical=True))
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def server_context(self, directory, names=None, days=90, start_days=1, client_certificate=True):
        names = names or [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self.sign(name("fake server"), key.public_key(), usage=ExtendedKeyUsageOID.SERVER_AUTH, names=names, days=days,
                         start_days=start_days)
        path = os.path.join(directory, f"server-{os.urandom(4).hex()}.pem")
        with open(path, "wb") as out:
            out.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                        serialization.NoEncryption()))
            out.write(pem(leaf) + pem(self.ca))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0
        context.set_alpn_protocols([peer.ALPN])
        context.load_cert_chain(path)
        if client_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=pem(self.ca).decode())
        return context

    def device(self, csr_der, days=90, start_days=0):
        csr = x509.load_der_x509_csr(csr_der)
        assert csr.is_signature_valid
        uri = x509.UniformResourceIdentifier(f"stepguard://fake/students/{self.student}/devices/3")
        return self.sign(name(f"student {self.student} device 3"), csr.public_key(), usage=ExtendedKeyUsageOID.CLIENT_AUTH,
                         names=[uri], days=days, start_days=start_days)

    def code(self, secret):
        raw = secret + hashlib.sha256(der(self.ca)).digest()[:12]
        raw += peer.crc16(raw).to_bytes(2, "big")
        number = int.from_bytes(raw, "big")
        letters = "".join(peer.ALPHABET[(number >> (5 * i)) & 31] for i in reversed(range(48)))
        return "-".join(letters[i:i + 4] for i in range(0, 48, 4))


def fault(code, retry=pb.RETRY_NEVER, retry_after_ms=0, text="", field="", closing=False):
    return pb.ServerMessage(fault=pb.Fault(code=code, retry=retry, retry_after_ms=retry_after_ms, text=text, field=field,
                                           closing=closing))


def standing(**fields):
    values = dict(state=pb.STATE_ON_TRACK, as_of_ms=int(time.time() * 1000), results_used=3, readiness_mean=68.5,
                  readiness_sd=2.0, exam_day_mean=70.0, exam_day_sd=2.5, p_pass=0.93, p_low=0.88, p_high=0.97, exam_day=21000,
                  parameters="test-1",
                  reasons=[pb.Reason(code="base_rate", points=0.90, text="others in your place"),
                           pb.Reason(code="result:cbssa", points=0.03, text="CBSSA 31 of last week")],
                  flags=[pb.Flag(code="borderline", version=1, text="Close to the line")])
    values.update(fields)
    return pb.Standing(**values)


class FakeServer:
    """Two ports on 127.0.0.1, a thread a connection. `stop()` ends it."""

    def __init__(self, directory, school=None, answers=None, limits=None, enrol_context=None, student_context=None, hold=False):
        self.school = school or School()
        self.answers = answers or (lambda session, message: None)
        self.limits = limits or pb.Limits(max_frame_bytes=1 << 20, max_results=500, window=8, idle_s=60)
        self.hold = hold  # answer only once the client has fallen silent: shows how much it sends ahead
        self.renew_now = False
        self.secret = os.urandom(16)
        self.lock = threading.Lock()
        self.rows, self.plans, self.study, self.spent = {}, {}, {}, {}
        self.messages, self.devices = pb.Messages(), pb.Devices()
        self.seen, self.uploads, self.most_ahead, self.connections = [], [], 0, 0
        self.errors = []
        self.listeners, self.open = [], set()
        self.enrol_port = self._listen(enrol_context or self.school.server_context(directory, client_certificate=False))
        self.student_port = self._listen(student_context or self.school.server_context(directory))

    @property
    def code(self):
        return self.school.code(self.secret)

    def _listen(self, context):
        listener = socket.create_server(("127.0.0.1", 0))
        self.listeners.append(listener)
        threading.Thread(target=self._accept, args=(listener, context), daemon=True).start()
        return listener.getsockname()[1]

    def _accept(self, listener, context):
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw, context), daemon=True).start()

    def _serve(self, raw, context):
        raw.settimeout(peer.DEADLINE_S)
        self.open.add(raw)
        try:
            with context.wrap_socket(raw, server_side=True) as sock:
                self.connections += 1
                Session(self, sock).run()
        except (OSError, ssl.SSLError):
            pass  # the client went away, or was turned away: each test looks at what it wants
        except Exception as error:  # a fault of a test's answers must not vanish with the thread
            self.errors.append(error)
        finally:
            self.open.discard(raw)
            raw.close()

    def stop(self):
        while self.listeners:
            with self.listeners.pop() as listener:
                listener.shutdown(socket.SHUT_RDWR)
        for raw in list(self.open):
            raw.close()
        assert not self.errors, self.errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # ------------------------------------------------------------ the honest answers

    def answer_hello(self, hello):
        return pb.ServerMessage(welcome=pb.Welcome(protocol=1, server_time_ms=int(time.time() * 1000), limits=self.limits,
                                                   school_name="Fake School", zone="America/Chicago", renew_now=self.renew_now,
                                                   id_salt=SALT))

    def answer_upload(self, upload):
        receipt = pb.UploadReceipt(standing=standing())
        with self.lock:
            self.uploads.append(len(upload.results))
            for row in upload.results:
                key, body = (row.result_id, row.revision), row.SerializeToString()
                known = self.rows.setdefault(key, body)
                receipt.status.append(pb.ROW_STORED if known is body else pb.ROW_IDENTICAL if known == body else pb.ROW_CONFLICT)
        return pb.ServerMessage(upload_receipt=receipt)

    def answer_standing(self, _):
        return pb.ServerMessage(standing=standing())

    def answer_plan_change(self, change):
        with self.lock:
            known = self.plans.setdefault(change.change_id, change)
        return pb.ServerMessage(plan_receipt=pb.PlanReceipt(status=pb.ROW_STORED if known is change else pb.ROW_IDENTICAL))

    def answer_study_entry(self, entry):
        with self.lock:
            known = self.study.setdefault(entry.entry_id, entry)
        status = pb.ROW_STORED if known is entry else pb.ROW_IDENTICAL if known == entry else pb.ROW_CONFLICT
        return pb.ServerMessage(study_receipt=pb.StudyReceipt(status=status))

    def answer_study(self, _):
        return pb.ServerMessage(study=pb.Study(entries=self.study.values()))

    def answer_messages(self, _):
        return pb.ServerMessage(messages=self.messages)

    def answer_devices(self, _):
        return pb.ServerMessage(devices=self.devices)

    def answer_device_revoke(self, revoke):
        for one in self.devices.devices:
            if one.device_id == revoke.device_id:
                one.state = pb.DEVICE_REVOKED
        return self.answer_devices(None)

    def answer_disclosures(self, _):
        return pb.ServerMessage(disclosures=pb.Disclosures())

    def certificate(self, certificate):
        until = int(certificate.not_valid_after.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)
        return pb.ServerMessage(certificate=pb.Certificate(certificate_der=der(certificate), ca_der=der(self.school.ca),
                                                           not_after_ms=until, school_name="Fake School",
                                                           student_port=self.student_port))

    def answer_renew(self, renew):
        return self.certificate(self.school.device(renew.csr_der))

    def answer_enrol(self, enrol):
        """A code is spent by one key; the same code with the same key again gives the same certificate."""
        if enrol.code_secret != self.secret:
            return fault(pb.FAULT_CODE_UNKNOWN, closing=True)
        public = x509.load_der_x509_csr(enrol.csr_der).public_key()
        spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        with self.lock:
            owner, certificate = self.spent.setdefault(enrol.code_secret, (spki, self.school.device(enrol.csr_der)))
        return self.certificate(certificate) if owner == spki else fault(pb.FAULT_CODE_SPENT, closing=True)


class Session:
    def __init__(self, server, sock):
        self.server, self.sock, self.buffer, self.frame_cap = server, sock, b"", 64 * 1024

    def next_message(self, wait_s=None):
        """The next ClientMessage, or None at the end, or when `wait_s` pass without one."""
        self.sock.settimeout(wait_s if wait_s is not None else peer.DEADLINE_S)
        while True:
            used = next((i + 1 for i, byte in enumerate(self.buffer[:4]) if byte < 0x80), 0)
            length = sum((byte & 0x7F) << (7 * i) for i, byte in enumerate(self.buffer[:used]))
            if used and len(self.buffer) >= used + length:
                body, self.buffer = self.buffer[used:used + length], self.buffer[used + length:]
                assert length <= self.frame_cap, "the client sends more than it was told to"
                return pb.ClientMessage.FromString(body)
            try:
                more = self.sock.recv(65536)
            except TimeoutError:
                return None
            if not more:
                return None
            self.buffer += more

    def run(self):
        while True:
            message = self.next_message()
            if message is None:
                return
            batch = [message]
            while self.server.hold and (message := self.next_message(QUIET_S)) is not None:
                batch.append(message)
            self.server.most_ahead = max(self.server.most_ahead, len(batch))
            for one in batch:
                if not self.answer(one):
                    return

    def answer(self, message):
        kind = message.WhichOneof("body")
        self.server.seen.append(kind)
        if kind == "hello":
            self.frame_cap = self.server.limits.max_frame_bytes
        answer = self.server.answers(self, message)
        if answer is None:
            answer = getattr(self.server, "answer_" + kind)(getattr(message, kind))
        for one in answer if isinstance(answer, list) else [answer]:
            if one is CUT:
                self.sock.close()
                return False
            if isinstance(one, pb.ServerMessage):
                if one.request_id == 0 and not (one.WhichOneof("body") == "fault" and one.fault.field == "connection"):
                    one.request_id = message.request_id
                closing = one.WhichOneof("body") == "fault" and one.fault.closing
                self.sock.sendall(peer.frame(one))
                if closing:
                    return False
            else:
                self.sock.sendall(one)
        return kind != "enrol"
