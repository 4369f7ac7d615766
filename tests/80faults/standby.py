"""Two clusters of PostgreSQL, one copying the other synchronously: what is acknowledged is on both, whichever dies.

Both are private clusters on Unix sockets; the daemon's connection string names the two. Each round the one that copies becomes the one that
writes, and what is left of the other is thrown away and copied anew, as whoever runs such a pair would do it.
"""
import os
import shlex
import shutil
import signal
import subprocess
import time

import psycopg
from fault import Fault
from house import ROOT, House, wait_for

ALONE_S = 1.0   # nobody may be told anything for so long without a copy
SETTLE_S = 0.3  # what was acknowledged before is on its way for so long


def stat_of(pid):
    """(state, parent) of a process, or None."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
        return words[0], int(words[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


class Node:
    """One of the two."""

    def __init__(self, directory):
        self.dir = directory

    def cluster(self, verb):
        return subprocess.run([f"{ROOT}/deploy/pg/private-cluster", verb, self.dir], check=verb != "status", capture_output=True, text=True).stdout

    def start(self):
        """A copy that died a moment ago may need a second try before it lets anybody in."""
        wait_for(lambda: subprocess.run([f"{ROOT}/deploy/pg/private-cluster", "start", self.dir], capture_output=True, check=False).returncode == 0,
                 "PostgreSQL")

    def facts(self):
        return {key: shlex.split(value)[0] for key, value in (line.split("=", 1) for line in self.cluster("status").splitlines()) if value}

    def learn(self):
        facts = self.facts()
        self.user, self.data, self.socket = facts["user"], facts["data"], facts["socket"]
        return self

    def sql(self, query):
        with psycopg.connect(f"host={self.socket} port=5432 dbname=stepguard user=postgres", autocommit=True) as db:
            cursor = db.execute(query)
            return cursor.fetchall() if cursor.description else None

    def as_user(self, *argv):
        program = f"{subprocess.run(['pg_config', '--bindir'], check=True, capture_output=True, text=True).stdout.strip()}/{argv[0]}"
        return subprocess.run([program, *argv[1:]], check=True, capture_output=True, text=True, cwd="/", env={"PATH": os.environ["PATH"]},
                              **({"user": self.user} if os.geteuid() == 0 else {}))

    def processes(self):
        with open(f"{self.data}/postmaster.pid", encoding="ascii") as file:
            postmaster = int(file.readline())
        found = {int(name): stat_of(name) for name in os.listdir("/proc") if name.isdigit()}
        return [postmaster, *[pid for pid, stat in found.items() if stat and stat[1] == postmaster]]

    def signal(self, signo):
        for pid in self.processes():
            try:
                os.kill(pid, signo)
            except ProcessLookupError:
                pass

    def dead(self):
        """Killed, its processes collected or not."""
        pids = self.processes()
        self.signal(signal.SIGKILL)
        wait_for(lambda: all((stat_of(pid) or "Z")[0] == "Z" for pid in pids), "the end of PostgreSQL")

    def copies(self, other):
        """Begins anew as the copy of the other one, and says when it has caught up."""
        shutil.rmtree(self.data)
        other.as_user("pg_basebackup", "-h", other.socket, "-U", "postgres", "-D", self.data, "-R", "-c", "fast", "-X", "stream")
        self.start()
        self.may_be_copied()
        wait_for(lambda: other.sql("select count(*) from pg_stat_replication where state = 'streaming'") == [(1,)], "the copy")

    def may_be_copied(self):
        """A private cluster lets nobody copy it, and says so again at each start."""
        with open(f"{self.data}/pg_hba.conf", "a", encoding="ascii") as hba:
            hba.write("local replication all peer map=stepguard\n")
        self.sql("select pg_reload_conf()")

    def wants_copy(self, wanted):
        """Whether it waits for a copy before it says that something is committed."""
        self.sql(f"alter system set synchronous_standby_names = '{'*' if wanted else ''}'")
        self.sql("select pg_reload_conf()")


class Pair(House):
    """A school on two clusters; nodes[0] is the one that writes."""

    def start(self):
        first, second = self.nodes = [Node(f"{self.dir}/pg"), Node(f"{self.dir}/pg2")]
        super().start()
        first.learn()
        second.start()
        second.learn()
        second.cluster("stop")
        first.may_be_copied()
        second.copies(first)
        first.wants_copy(True)
        self.url = f"host={first.socket},{second.socket} port=5432,5432 dbname=stepguard target_session_attrs=read-write"
        self.daemon.stop()
        self.write_conf()
        self.start_daemon()
        return self

    def stop(self):
        super().stop()  # wipes the first
        self.nodes[0].cluster("wipe")
        self.nodes[1].cluster("wipe")


class OnPair(Fault):
    """A kind on a pair, which both kinds share."""

    def __init__(self, stand):
        self.stand = stand
        self.house, self.swarm = stand.once("pair", self.made)

    def made(self):
        house = self.stand.new_house("pair", of=Pair).start()
        return house, self.stand.new_swarm(house)


class FailOver(OnPair):
    """PostgreSQL's primary is killed, or hangs, and its copy is promoted; the daemon follows"""

    def arm(self, rng):
        primary, copy = self.house.nodes
        self.hung = rng.random() < 0.5
        if self.hung:  # the machine is there and says nothing any more
            primary.signal(signal.SIGSTOP)
        else:
            primary.dead()
        copy.sql("select pg_promote()")
        copy.wants_copy(False)

    def heal(self, rng):
        """Whoever looks after the pair makes sure that the old one is gone, once everybody has gone over to the new one."""
        self.swarm.flowing("from the copy")
        if self.hung:
            self.house.nodes[0].dead()

    def round(self, rng):
        found = super().round(rng)
        primary, copy = self.house.nodes
        copy.may_be_copied()
        primary.copies(copy)
        copy.wants_copy(True)
        self.house.nodes = [copy, primary]
        return found


class NoCopy(OnPair):
    """the copy is killed, and waiting for it is cancelled; nobody is told that anything is stored until it is back"""

    def arm(self, rng):
        primary, copy = self.house.nodes
        copy.dead()
        time.sleep(SETTLE_S)
        before, end = [writer.receipts for writer in self.swarm.writers], time.monotonic() + ALONE_S
        self.cancelled = 0
        while time.monotonic() < end:
            self.cancelled += primary.sql("select count(pg_cancel_backend(pid)) from pg_stat_activity where wait_event = 'SyncRep'")[0][0]
            time.sleep(rng.uniform(0, SETTLE_S))
        self.early = sum(writer.receipts - n for writer, n in zip(self.swarm.writers, before))
        copy.start()

    def look(self, found):
        found.say("lost", self.early, f"{self.early} receipts while nothing was copied")
        if not self.cancelled:
            found.sentences.append("no wait was cancelled: this round shows nothing")
