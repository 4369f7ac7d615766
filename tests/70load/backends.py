"""What PostgreSQL's sessions of the programs that are measured take."""
import contextlib
import threading

import psycopg


class Backends:
    """Looked at twenty times a second: processor, and memory that is their own (not the shared buffers). `which` is a condition on
    pg_stat_activity."""

    def __init__(self, house, which):
        self.house, self.which, self.cpu_ns, self.most_kb, self.done = house, which, {}, 0, threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        with psycopg.connect(f"{self.house.url} user=postgres", autocommit=True) as db:
            while not self.done.wait(0.05):
                for (pid,) in db.execute(f"select pid from pg_stat_activity where {self.which}").fetchall():
                    with contextlib.suppress(OSError):
                        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
                            self.cpu_ns[pid] = int(file.read().split()[0])
                        with open(f"/proc/{pid}/status", encoding="ascii") as file:
                            self.most_kb = max([self.most_kb, *(int(line.split()[1]) for line in file if line.startswith("RssAnon"))])

    def cpu_s(self):
        return sum(self.cpu_ns.values()) / 1e9

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
