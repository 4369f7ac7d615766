"""Clocks that jump, and certificates that end while they are in use."""
import os
import time

from fault import Fault
from house import wait_for
from peer import pb

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
# Backwards by less than the results are old: a server that takes them to be of the future refuses them, and says so.
JUMPS = "-6d", "-1d", "-3600", "-90", "+90", "+3600", "+1d", "+60d", "+100d", "+400d", "+10y", "+30y"
AWAY_S = 0.5


class Clock(Fault):
    """the daemon's clock jumps, by a minute or by thirty years, and back"""

    @staticmethod
    def impossible():
        return None if os.path.exists(FAKETIME) else "needs libfaketime"

    def __init__(self, stand):
        super().__init__(stand)
        self.file = f"{stand.room('clock')}/offset"
        self.set("+0")
        asan = os.environ.get("ASAN_OPTIONS", "")
        self.house.daemon.stop()
        self.house.start_daemon(env={**os.environ, "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.file, "FAKETIME_NO_CACHE": "1",
                                     "FAKETIME_DONT_FAKE_MONOTONIC": "1", "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0"})

    def set(self, offset):
        with open(f"{self.file}.new", "w", encoding="ascii") as out:
            out.write(offset)
        os.rename(f"{self.file}.new", self.file)

    def arm(self, rng):
        for writer in self.swarm.writers:  # it goes by its clock
            writer.expected.add(pb.FAULT_UNKNOWN_CERTIFICATE)
        self.set(rng.choice(JUMPS))
        time.sleep(rng.uniform(0, AWAY_S))

    def heal(self, rng):
        self.set("+0")

    def close(self):
        self.house.daemon.stop()
        self.house.start_daemon()


class Expiry(Fault):
    """certificates end while connections that they opened are in use"""

    NOT_AFTER = """update core.certificate c set not_after = {} from core.student s
                    where s.school_id = c.school_id and s.student_id = c.student_id and s.external_id = any(%s) returning 1"""

    def arm(self, rng):
        self.ended = rng.sample(self.swarm.writers, self.swarm.size // 2)
        before = [writer.faults.get(pb.FAULT_UNKNOWN_CERTIFICATE, 0) for writer in self.ended]
        for writer in self.ended:
            writer.expected.add(pb.FAULT_UNKNOWN_CERTIFICATE)
        self.students = [writer.student_id for writer in self.ended]
        self.change("now() + interval '0.3 s'")
        wait_for(lambda: all(w.faults.get(pb.FAULT_UNKNOWN_CERTIFICATE, 0) > n for w, n in zip(self.ended, before)), "refusals")
        # A second, because what was asked before the end may be stored a moment after it.
        self.late = self.house.sql("""select count(*) from core.result r join core.student s using (school_id, student_id)
                                        join core.certificate c using (school_id, student_id)
                                       where s.external_id = any(%s) and r.received_at > c.not_after + interval '1 s'""", (self.students,))[0][0]

    def change(self, to):
        self.house.sql("set session_replication_role = replica; " + self.NOT_AFTER.format(to).replace("%s", f"array{self.students}"))

    def heal(self, rng):
        self.change("now() + interval '90 days'")

    def look(self, found):
        found.say("unrecovered", self.late, f"{self.late} rows were taken after the certificate's end")
