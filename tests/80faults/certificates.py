"""Certificates while the helper that signs them is killed.

A load of its own: for each code two devices with two keys race, and whoever wins renews at once. Promised: no certificate is signed before its
row is committed; a code makes one device, however often and by whoever it is brought; what a device holds is what is kept, and opens the door.
"""
import re
import ssl
import threading
import time

import peer
import verdict
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fault import Fault
from house import WAIT_S
from peer import pb

CODES = 6
SERIAL_BYTES = 16
BACKOFF_S = 0.1
MOMENT_S = 0.6  # what the whole load takes when nothing happens


class Applicant:
    """One device with a code that another one has as well."""

    def __init__(self, house, code, rng):
        self.house, self.code, self.rng = house, code, rng
        self.device = peer.Device(house.ca_file)
        self.certificates, self.outcome = [], None  # won, spent, or what it was refused with
        self.thread = threading.Thread(target=self.work, daemon=True)

    def until_answered(self, ask):
        """The answer that is not to be asked for again."""
        while True:
            try:
                answer = ask()
                if answer.WhichOneof("body") != "fault" or answer.fault.retry == pb.RETRY_NEVER:
                    return answer
            except (OSError, ssl.SSLError, peer.Closed):
                pass
            time.sleep(self.rng.uniform(0, BACKOFF_S))

    def renew(self, csr):
        with self.device.connect(self.house.student_port) as connection:
            welcome = connection.hello()
            return connection.ask(renew=pb.Renew(csr_der=csr)) if welcome.WhichOneof("body") == "welcome" else welcome

    def work(self):
        answer = self.until_answered(lambda: self.device.enrol(self.house.enrol_port, self.code))
        if answer.WhichOneof("body") == "fault":
            self.outcome = "spent" if answer.fault.code == pb.FAULT_CODE_SPENT else answer.fault.text
            return
        self.certificates.append(self.device.certificate)
        key = ec.generate_private_key(ec.SECP256R1())
        csr = peer.make_csr(key).public_bytes(serialization.Encoding.DER)
        answer = self.until_answered(lambda: self.renew(csr))
        if answer.WhichOneof("body") == "fault":
            self.outcome = answer.fault.text
            return
        self.certificates.append(answer.certificate.certificate_der)
        self.device.key, self.device.certificate = key, answer.certificate.certificate_der
        with self.device.connect(self.house.student_port) as connection:
            welcome = connection.hello()
        self.outcome = "won" if welcome.WhichOneof("body") == "welcome" else welcome.fault.text


class Authority(Fault):
    """the helper with the CA's key is killed while devices enrol and renew, two for each code"""

    turn = 0

    def round(self, rng):
        Authority.turn += 1
        students = [f"c{self.turn}-{i}" for i in range(CODES)]
        self.house.roster(*[{"student_id": student} for student in students])
        codes = self.house.codes(*students)
        applicants = {student: [Applicant(self.house, code, type(rng)(rng.random())) for _ in range(2)] for student, code in codes.items()}
        everybody = [applicant for two in applicants.values() for applicant in two]
        for applicant in everybody:
            applicant.thread.start()
        time.sleep(rng.uniform(0, MOMENT_S))
        begun = time.monotonic()
        self.house.ca.kill()
        self.house.start_ca()
        end = time.monotonic() + WAIT_S
        for applicant in everybody:
            applicant.thread.join(max(0, end - time.monotonic()))
        self.back_s = time.monotonic() - begun
        return self.judge(applicants)

    def judge(self, applicants):
        found = verdict.Verdict()
        rows = {bytes(serial): (state, der, student) for serial, state, der, student in self.house.sql(
            """select c.serial, c.state, c.der, s.external_id from core.certificate c join core.student s using (school_id, student_id)""")}
        for student, two in applicants.items():
            outcomes = sorted(str(applicant.outcome) for applicant in two)
            winners = outcomes.count("won")
            found.say("doubled", max(0, winners - 1), f"{student}: one code made two devices")
            found.say("unrecovered", int(winners < 1 or outcomes != ["spent", "won"]), f"{student}: {outcomes}")
            for certificate in (certificate for applicant in two for certificate in applicant.certificates):
                kept = rows.get(serial_of(certificate))
                found.acknowledged += 1
                found.say("lost", int(kept is None or kept != ("issued", certificate, student)), f"{student}: a certificate that is not kept as it was given")
            of_device = sum(row[2] == student for row in rows.values())
            found.say("doubled", max(0, of_device - 2), f"{student}: {of_device} certificates for an enrolment and a renewal")
        signed = {bytes.fromhex(serial) for serial in re.findall(r"event=signed .*serial=([0-9a-f]+)", self.log())}
        found.say("lost", len(signed - set(rows)), "signed without a row to revoke it by")
        return found

    def log(self):
        with open(f"{self.house.dir}/ca.log", encoding="utf-8", errors="replace") as log:
            return log.read()


def serial_of(der):
    return x509.load_der_x509_certificate(der).serial_number.to_bytes(SERIAL_BYTES, "big")
