"""Where PostgreSQL keeps everything: full, all of it, its log of changes and the daemon's own log included."""
import os
import pathlib
import subprocess

from fault import Fault
from house import wait_for
from peer import pb
from test_full_disk import fill

DISK_MIB = 320
WAL = "alter system set max_wal_size = '64MB'", "alter system set min_wal_size = '32MB'", "select pg_reload_conf()"
NOTICED_S = 5


class DiskFull(Fault):
    """the disk of PostgreSQL's tables and log is full, and then has room again"""

    @staticmethod
    def impossible():
        return None if os.geteuid() == 0 else "needs root, to mount a small file system"

    def __init__(self, stand):
        self.stand, self.where = stand, stand.room("disk")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=0755", "none", self.where], check=True)
        stand.mounts.append(self.where)
        self.house = stand.new_house("disk", directory=self.where).start()
        for statement in WAL:
            self.house.sql(statement)
        self.swarm = stand.new_swarm(self.house)

    def arm(self, rng):
        before = sum(self.refused())
        self.ballast = fill(pathlib.Path(self.where))
        try:
            wait_for(lambda: sum(self.refused()) > before, "somebody to hear of it", NOTICED_S)
        except AssertionError:
            pass  # what there was room for was enough for this round

    def refused(self):
        return [writer.faults.get(code, 0) for writer in self.swarm.writers for code in (pb.FAULT_STORAGE_FULL, pb.FAULT_UNAVAILABLE, pb.FAULT_UNKNOWN_OUTCOME)]

    def heal(self, rng):
        """Where its log of changes found no room, PostgreSQL has ended itself."""
        os.remove(self.ballast)
        self.house.cluster("start")

    def close(self):
        self.stand.dismiss(self.house)
