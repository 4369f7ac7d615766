"""kill -9, at any moment, of everything there is."""
import os
import signal
import subprocess

from fault import Fault


class Worker(Fault):
    """the daemon is killed and started again"""

    def arm(self, rng):
        self.house.daemon.kill()

    def heal(self, rng):
        self.house.start_daemon()


class Backend(Fault):
    """a session of PostgreSQL is killed; all of them are thrown out, and the log is replayed"""

    def arm(self, rng):
        sessions = self.house.sql("select pid from pg_stat_activity where usename = 'sg_student' order by pid")
        os.kill(rng.choice(sessions)[0], signal.SIGKILL)


class Postmaster(Fault):
    """PostgreSQL is killed, or told to stop on the spot, and started again"""

    def arm(self, rng):
        with open(f"{self.house.sql('show data_directory')[0][0]}/postmaster.pid", encoding="ascii") as file:
            self.pid = int(file.readline())
        os.kill(self.pid, rng.choice([signal.SIGKILL, signal.SIGQUIT]))

    def heal(self, rng):
        self.house.cluster("start")
