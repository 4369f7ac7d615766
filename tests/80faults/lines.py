"""Networks that fail: between devices and the daemon, and between the daemon and PostgreSQL."""
import time

from fault import Fault
from house import wait_for
from proxy import DOWN, MODES, UP, Plan, Proxy, to_path, to_port

EXCHANGE_BYTES = 5000  # handshake, Hello, Welcome, and some uploads with their receipts, in each direction
STRUCK_S = 2           # for the fault to happen; at an offset that nobody reaches it does not


class Network(Fault):
    """the network between devices and daemon delays, cuts, swallows or falls silent at any byte"""

    def __init__(self, stand):
        super().__init__(stand)
        self.proxy = Proxy(to_port(lambda: self.house.student_port))
        self.swarm.hang_up()
        self.swarm.port = self.proxy.port

    def arm(self, rng):
        before = self.proxy.struck
        self.proxy.plan_for_all(Plan(rng.choice(MODES[1:]), rng.choice([UP, DOWN]), rng.randrange(EXCHANGE_BYTES)))
        try:
            wait_for(lambda: self.proxy.struck >= before + self.swarm.size, "the fault", STRUCK_S)
        except AssertionError:
            pass

    def heal(self, rng):
        self.proxy.clear()

    def close(self):
        self.swarm.hang_up()
        self.swarm.port = None
        self.proxy.close()


class DatabaseNetwork(Fault):
    """the same between the daemon and PostgreSQL"""

    def __init__(self, stand):
        super().__init__(stand)
        where = dict(pair.split("=", 1) for pair in self.house.url.split())
        line = stand.room("l")
        self.proxy = Proxy(to_path(f"{where['host']}/.s.PGSQL.{where['port']}"), f"{line}/.s.PGSQL.{where['port']}")
        self.house.extra["database"]["url"] = f"host={line} port={where['port']} dbname={where['dbname']}"
        self.restart()

    def restart(self):
        self.house.daemon.stop()
        self.house.write_conf()
        self.house.start_daemon()

    def arm(self, rng):
        self.proxy.plan_for_all(Plan(rng.choice(MODES[1:]), rng.choice([UP, DOWN]), rng.randrange(30 * EXCHANGE_BYTES)))
        time.sleep(rng.uniform(0, STRUCK_S))

    def heal(self, rng):
        self.proxy.clear()

    def close(self):
        del self.house.extra["database"]["url"]
        self.restart()
        self.proxy.close()
