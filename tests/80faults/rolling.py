"""New workers for old ones, one after the other, while devices come and go: nobody may be turned away.

Three workers share the address (SO_REUSEPORT). A probe is a connection that is opened, says Hello and reads the answer; it may be told to come
again (that is an answer), but it may neither be refused nor cut off before.
"""
import ssl
import threading
import time

import peer
from fault import Fault
from house import Process

WORKERS, PROBES = 3, 4


class Probe(threading.Thread):
    """Comes and goes until it is told to stop."""

    def __init__(self, writer, port):
        super().__init__(daemon=True)
        self.writer, self.port, self.enough = writer, port, threading.Event()
        self.answered, self.refused = 0, []

    def run(self):
        while not self.enough.is_set():
            try:
                with peer.Connection("127.0.0.1", self.port, self.writer.context) as connection:
                    connection.hello()
                self.answered += 1
            except (OSError, ssl.SSLError, peer.Closed) as error:
                self.refused.append(f"{type(error).__name__}: {error}")


class Rolling(Fault):
    """each of three workers that share the port is replaced by a new one; no connection is refused"""

    def __init__(self, stand):
        super().__init__(stand)
        self.house.daemon.stop()
        self.made = 0
        self.workers = [self.worker() for _ in range(WORKERS)]

    def worker(self):
        self.made += 1
        process = Process([f"{self.house.bin}/stepguardd", "--config", self.house.conf_path, "--listen", f"127.0.0.1:{self.house.student_port}"],
                          f"{self.house.dir}/worker-{self.made}.log")
        self.house.daemon = process  # whichever is the newest
        self.stand.processes.append(process)
        process.wait_said(r"event=database_ready port=student")
        return process

    def arm(self, rng):
        probes = [Probe(writer, self.house.student_port) for writer in self.swarm.writers[:PROBES]]
        for probe in probes:
            probe.start()
        for _ in range(WORKERS):
            self.workers.append(self.worker())
            time.sleep(rng.uniform(0, 0.1))  # any point of what the probes do
            self.stopped(self.workers.pop(0))
        for probe in probes:
            probe.enough.set()
        for probe in probes:
            probe.join()
        self.refused = [error for probe in probes for error in probe.refused]
        self.answered = sum(probe.answered for probe in probes)

    def stopped(self, worker):
        assert worker.stop() == 0, worker.text()[-2000:]

    def look(self, found):
        found.acknowledged += self.answered
        tries = len(self.refused) + self.answered
        found.say("unrecovered", len(self.refused), f"{len(self.refused)} of {tries} connections refused: {sorted(set(self.refused))}")

    def close(self):
        for worker in self.workers:
            worker.stop()
        self.house.start_daemon()
