"""The kinds of fault, in the order in which they are done."""
import certificates
import clocks
import kills
import lines
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
    "clock": clocks.Clock,
    "expiry": clocks.Expiry,
    "rolling": rolling.Rolling,
    "fail-over": standby.FailOver,
    "no-copy": standby.NoCopy,
}

SHORT = {"worker": 3}  # rounds inside tests/run, where not two
