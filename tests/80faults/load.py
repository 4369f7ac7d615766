"""Load: a swarm of devices that upload practice results, each in a thread of its own, and remember durably what was acknowledged.

A device sends a few rows at a time and goes on to the next ones only when the receipt has come; until then it sends the same rows under the
same ids, over as many connections as it takes. A receipt is written to the device's ledger with O_DSYNC before anything else is sent, so
that the ledger is what a client could swear to, whatever ends first. Verdicts read the ledger, not the memory.
"""
import os
import socket
import ssl
import threading
import time

import peer
from house import WAIT_S, wait_for
from peer import pb

PATIENCE_S = 3       # for an answer; a network that swallows it is given up after this
PAUSE_S = 0.05       # between two uploads at most, so that a round has hundreds of rows and not thousands
BACKOFF_S = 0.1      # after a failure at most
ROWS = 8             # in one upload at most
ROUNDS_OF_STUDENT = 20  # then another one takes over: an upload costs by the results that its student has


def enrolled(house, code):
    """A device that has spent the code, however long the house takes to get over what was done to it before."""
    device = peer.Device(house.ca_file)

    def certified():
        try:
            return device.enrol(house.enrol_port, code).WhichOneof("body") == "certificate"
        except (OSError, ssl.SSLError, peer.Closed):
            return False

    wait_for(certified, "a certificate")
    return device


class Writer:
    """One student's device. `sent` is every row it ever put on the wire: {result id: (form, score)}."""

    def __init__(self, swarm, student_id, code, ledger):
        self.swarm, self.student_id, self.ledger_path = swarm, student_id, ledger
        house = swarm.house
        self.device = enrolled(house, code)
        self.context = peer.context_for(house.ca_file, self.device.key, self.device.certificate)
        self.ledger = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_DSYNC, 0o600)
        self.sent, self.pending, self.wrong, self.faults = {}, [], [], {}
        self.expected = set()  # faults that are no surprise
        self.receipts = self.n = self.judged = 0  # judged: acknowledged rows that a verdict has counted
        self.connection = None

    # ---- one exchange

    def rows(self, rng):
        """The next few: a readiness check now and then, question bank blocks else. The form tells rows of a student apart."""
        made = []
        for _ in range(rng.randint(1, ROWS)):
            self.n += 1
            fields = {"result_id": peer.uuid7(), "form": f"f{self.n}"}
            if rng.random() < 0.9:
                correct = rng.randint(8, 38)
                fields |= {"instrument": "qbank_uworld", "scale": pb.SCALE_PERCENT, "score_centi": correct * 250, "items": 40, "correct": correct}
            else:
                fields |= {"score_centi": rng.randint(4500, 8500)}
            made.append(peer.result(**fields))
        self.sent.update({row.result_id: (row.form, row.score_centi) for row in made})
        return made

    def connect(self):
        self.connection = peer.Connection("127.0.0.1", self.swarm.port or self.swarm.house.student_port, self.context, timeout=PATIENCE_S)
        welcome = self.connection.hello()
        if welcome.WhichOneof("body") != "welcome":
            self.refused(welcome.fault)
            raise peer.Closed("no Welcome")

    def refused(self, fault):
        self.faults[fault.code] = self.faults.get(fault.code, 0) + 1
        if fault.retry == pb.RETRY_NEVER and fault.code not in self.expected:
            self.wrong.append(f"{self.student_id} was refused for ever: {fault.text}")
        if fault.closing or fault.retry != pb.RETRY_LATER:
            raise peer.Closed(fault.text)

    def acknowledged(self, receipt):
        bad = [status for status in receipt.status if status not in (pb.ROW_STORED, pb.ROW_IDENTICAL)]
        if bad or len(receipt.status) != len(self.pending):
            self.wrong.append(f"{self.student_id} was told {list(receipt.status)} {[r.reason for r in receipt.refusals]}")
        told = "".join(f"{row.result_id.hex()} {row.score_centi}\n" for row, status in zip(self.pending, receipt.status)
                       if status in (pb.ROW_STORED, pb.ROW_IDENTICAL))
        os.write(self.ledger, told.encode())
        self.pending = []
        self.receipts += 1

    def exchange(self):
        """One try to have the pending rows acknowledged."""
        if self.connection is None:
            self.connect()
        answer = self.connection.upload(*self.pending)
        if answer.WhichOneof("body") == "fault":
            self.refused(answer.fault)
            return False
        self.acknowledged(answer.upload_receipt)
        return True

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    # ---- a round

    def work(self, rng, enough):
        """Uploads until `enough` is set and nothing is pending."""
        while self.pending or not enough.is_set():
            if not self.pending:
                self.pending = self.rows(rng)
            try:
                done = self.exchange()
            except (OSError, ssl.SSLError, peer.Closed):
                done = False
                self.hang_up()
            time.sleep(rng.uniform(0, PAUSE_S if done else BACKOFF_S))

    def begin(self, rng):
        self.enough = threading.Event()
        self.thread = threading.Thread(target=self.work, args=(rng, self.enough), daemon=True)
        self.thread.start()

    def told(self):
        """{result id: score} of everything that was ever acknowledged, from the ledger."""
        with open(self.ledger_path, encoding="ascii") as ledger:
            return {bytes.fromhex(id): int(score) for id, score in (line.split() for line in ledger)}

    def close(self):
        self.hang_up()
        os.close(self.ledger)


class Swarm:
    """Writers side by side. begin(), whatever is done to the house, finish()."""

    def __init__(self, house, size, ledgers):
        self.house, self.size, self.ledgers = house, size, ledgers
        self.port = None  # of something before the daemon
        self.writers, self.rounds = [], 0

    def begin(self, rng):
        if self.rounds % ROUNDS_OF_STUDENT == 0:
            self.close()
            ids = [f"w{self.rounds}-{i}" for i in range(self.size)]
            self.house.roster(*[{"student_id": id} for id in ids])
            self.writers = [Writer(self, id, code, f"{self.ledgers}/{id}") for id, code in self.house.codes(*ids).items()]
        self.rounds += 1
        for writer in self.writers:
            writer.begin(type(rng)(rng.random()))
        self.flowing("at the beginning")

    def flowing(self, when):
        """Each has had a receipt from now on, or what else is to be told."""
        before = [writer.receipts for writer in self.writers]
        wait_for(lambda: all(w.receipts > n or w.wrong for w, n in zip(self.writers, before)), f"receipts for everybody {when}")

    def finish(self):
        """Nobody begins anything new; gives those who could not have acknowledged what they had begun."""
        for writer in self.writers:
            writer.enough.set()
        end = time.monotonic() + WAIT_S
        for writer in self.writers:
            writer.thread.join(max(0, end - time.monotonic()))
        return [writer.student_id for writer in self.writers if writer.thread.is_alive()]

    @property
    def students(self):
        return [writer.student_id for writer in self.writers]

    def hang_up(self):
        for writer in self.writers:
            writer.hang_up()

    def cut(self):
        """Under the hands of those who use them."""
        for writer in self.writers:
            try:
                with socket.socket(fileno=os.dup(writer.connection.sock.fileno())) as line:  # below TLS, which is to notice by itself
                    line.shutdown(socket.SHUT_RDWR)
            except (AttributeError, OSError):  # it has none at the moment, or none any more
                pass

    def close(self):
        for writer in self.writers:
            writer.close()
        self.writers = []
