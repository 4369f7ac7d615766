"""One call of the daemon fails, whichever it is: an allocation, or a system call of a list (failing.c)."""
import errno
import mmap
import os
import struct

from fault import Fault
from house import BIN, wait_for

SHIM = os.path.join(os.path.dirname(BIN), "tests", "failing.so")
ALLOCATIONS = {"malloc": [errno.ENOMEM], "calloc": [errno.ENOMEM], "realloc": [errno.ENOMEM]}
SYSCALLS = {"read": [errno.EIO, errno.ECONNRESET, errno.EINTR], "write": [errno.EPIPE, errno.ENOSPC, errno.EINTR], "readv": [errno.ECONNRESET],
            "writev": [errno.EPIPE, errno.ENOBUFS], "recv": [errno.ECONNRESET, errno.ENOMEM], "send": [errno.EPIPE, errno.ENOBUFS],
            "accept4": [errno.EMFILE, errno.ECONNABORTED, errno.ENOMEM], "connect": [errno.ECONNREFUSED, errno.EAGAIN], "socket": [errno.EMFILE],
            "open": [errno.EMFILE, errno.EACCES], "epoll_ctl": [errno.ENOMEM]}
CALLS = ["", *ALLOCATIONS, *SYSCALLS]  # in the order of the enum in failing.c
WITHIN = 3000  # calls: that many are made by a few dozen uploads
STRUCK_S = 2


class Failing(Fault):
    """one of the daemon's calls fails, once"""

    calls = {}

    @staticmethod
    def impossible():
        return None if os.path.exists(SHIM) else f"needs {SHIM}: cmake --build builds it"

    def __init__(self, stand):
        super().__init__(stand)
        path = f"{stand.room('plan')}/plan"
        with open(path, "wb") as file:
            file.write(bytes(16))
        with open(path, "r+b") as file:
            self.plan = mmap.mmap(file.fileno(), 16)
        asan = os.environ.get("ASAN_OPTIONS", "")
        self.env = {**os.environ, "LD_PRELOAD": SHIM, "SG_FAILING": path, "ASAN_OPTIONS": f"{asan}:verify_asan_link_order=0"}
        self.house.daemon.stop()
        self.house.start_daemon(env=self.env)

    def struck(self):
        return struct.unpack("=4i", self.plan[:])[3]

    def arm(self, rng):
        call = rng.choice(list(self.calls))
        n = int(WITHIN ** rng.random())  # as many tries at the first few as at all the rest
        self.what = f"the {n}th {call}"
        self.plan[:] = struct.pack("=4i", CALLS.index(call), n, rng.choice(self.calls[call]), 0)
        if rng.random() < 0.5:  # what comes with new connections, too
            self.swarm.cut()
        try:
            wait_for(self.struck, "the failure", STRUCK_S)
        except AssertionError:
            pass  # of some there are not so many in a round

    def heal(self, rng):
        self.plan[:] = bytes(16)

    def look(self, found):
        ended = self.house.daemon.popen.poll()
        found.say("unrecovered", int(ended is not None), f"{self.what} ended the daemon with {ended}")

    def close(self):
        self.house.daemon.stop()
        self.house.start_daemon()


class Memory(Failing):
    """one allocation of the daemon gives nothing"""

    calls = ALLOCATIONS


class System(Failing):
    """one system call of the daemon fails"""

    calls = SYSCALLS
