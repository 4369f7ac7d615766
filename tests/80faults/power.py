"""Power cuts that forget what was not fsynced: of PostgreSQL's machine, and of the student's laptop (forgetful.py is the disk)."""
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

import verdict
from fake_client import sound
from fault import Fault
from house import wait_for
from programs import ROWS, ClientProgram
from standby import Node
from test_client_crash import killed

HERE = os.path.dirname(os.path.abspath(__file__))


def impossible():
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        return "needs root and FUSE, to mount a disk that forgets"
    if subprocess.run([sys.executable, "-c", "import fusepy"], capture_output=True, check=False).returncode:
        return "needs python3-fusepy"
    return None


class Disk:
    """A directory whose contents are only what was fsynced, once its power is cut."""

    def __init__(self, stand, room):
        self.stand, self.store, self.path = stand, f"{room}/store", f"{room}/disk"
        os.makedirs(self.store)
        os.makedirs(self.path)

    def mount(self):
        self.process = subprocess.Popen([sys.executable, f"{HERE}/forgetful.py", self.store, self.path], stdin=subprocess.DEVNULL)
        wait_for(lambda: os.path.ismount(self.path), "the disk")
        self.stand.mounts.append(self.path)

    def cut(self, rng):
        with open(f"{self.store}.new", "w", encoding="ascii") as out:
            out.write(str(rng.random()))
        os.rename(f"{self.store}.new", f"{self.store}.cut")
        try:
            os.stat(self.path)  # it hears of it with the next call
        except OSError:
            pass

    def again(self):
        """The power is back; whoever had files open is gone."""
        self.unmount()
        os.remove(f"{self.store}.cut")
        self.mount()

    def unmount(self):
        subprocess.run(["umount", "-l", self.path], check=True)
        self.stand.mounts.remove(self.path)
        self.process.wait()


class DatabasePower(Fault):
    """the power of PostgreSQL's machine is cut: what was not fsynced is gone, or half of it"""

    impossible = staticmethod(impossible)

    def __init__(self, stand):
        self.stand, self.house = stand, stand.new_house("power").start()
        self.house.cluster("stop")
        self.disk = Disk(stand, stand.room("platter"))
        facts = dict(line.split("=", 1) for line in self.house.cluster("status").splitlines())
        data = shlex.split(facts["data"])[0]
        shutil.move(data, f"{self.disk.store}/data")
        os.symlink(f"{self.disk.path}/data", data)
        self.disk.mount()
        self.house.cluster("start")
        self.node = Node(f"{self.house.dir}/pg").learn()
        self.swarm = stand.new_swarm(self.house)

    def arm(self, rng):
        processes = self.node.processes()
        self.disk.cut(rng)
        for pid in processes:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.disk.again()

    def heal(self, rng):
        self.house.cluster("start")

    def close(self):
        self.stand.dismiss(self.house)
        self.disk.unmount()


class ClientPower(ClientProgram):
    """the power of a student's laptop is cut while results are recorded and synced"""

    impossible = staticmethod(impossible)

    def __init__(self, stand):
        super().__init__(stand)
        self.disk = Disk(stand, stand.room("laptop"))
        for student, client in self.clients.items():
            shutil.move(client.home, f"{self.disk.store}/{student}")
            client.home = f"{self.disk.path}/{student}"
        self.disk.mount()

    def during(self, rng, *argv):
        """All of them do it until the cut; gives how each ended."""
        processes = [client.start(*argv) for client in self.clients.values()]
        time.sleep(rng.uniform(0, self.one_s))
        self.disk.cut(rng)
        for process in processes:
            killed(process, 0.1)
        self.disk.again()
        return [process.returncode for process in processes]

    def round(self, rng):
        found, path = verdict.Verdict(), self.a_file(rng)
        ends = self.during(rng, "import", path)
        for client, end in zip(self.clients.values(), ends):
            sound(client)
            recorded = client.json("import", path)["new"]
            found.say("lost", int(recorded not in ((0,) if end == 0 else (0, ROWS))), f"a file that was recorded: {recorded} rows were new the second time")
        begun = time.monotonic()
        self.during(rng, "sync", "--max-wait", "0")
        self.finish(found)
        self.back_s = time.monotonic() - begun
        found.add(verdict.of_derived(self.house, self.students))
        return found

    def close(self):
        self.disk.unmount()
