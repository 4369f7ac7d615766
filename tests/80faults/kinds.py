"""The kinds of fault, in the order in which they are done."""
import certificates
import clocks
import failing
import kills
import lines
import power
import programs
import rolling
import standby
import stores

KINDS = {
    "worker": kills.Worker,
    "backend": kills.Backend,
    "postmaster": kills.Postmaster,
    "authority": certificates.Authority,
    "client": programs.ClientProgram,
    "night": programs.Night,
    "network": lines.Network,
    "database-network": lines.DatabaseNetwork,
    "disk": stores.DiskFull,
    "power": power.DatabasePower,
    "client-power": power.ClientPower,
    "clock": clocks.Clock,
    "expiry": clocks.Expiry,
    "memory": failing.Memory,
    "system": failing.System,
    "rolling": rolling.Rolling,
    "fail-over": standby.FailOver,
    "no-copy": standby.NoCopy,
}

# Rounds inside tests/run, where not one. The disk that forgets is Python: PostgreSQL takes its time on it.
SHORT = {"worker": 2, "network": 2, "power": 0}
SHORT_S = 60  # after which tests/run begins no further kind; their order is the seed's, so that each has its turn
