"""The kinds of fault, in the order in which they are done."""
import kills
import lines

KINDS = {
    "worker": kills.Worker,
    "backend": kills.Backend,
    "postmaster": kills.Postmaster,
    "network": lines.Network,
    "database-network": lines.DatabaseNetwork,
}

SHORT = {"worker": 3}  # rounds inside tests/run, where not two
