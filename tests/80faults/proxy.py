"""A network that fails: between two ends, and at any byte of either direction it delays, cuts, swallows, or falls silent.

One thread for each direction of each connection. A plan says what happens to the connections that begin from now on; each takes its own copy
of it, so that with offset 0 … N every byte of an exchange can be the one at which it happens.

    pass       nothing
    trickle    a few bytes at a time, with pauses
    cut        at this byte both sides are reset
    end        at this byte both sides are closed politely, in the middle of whatever it was
    swallow    from this byte on nothing of this direction arrives any more; the other direction goes on
    silence    from this byte on nothing arrives in either direction, and nobody is told (half-open: a cable was pulled)
"""
import dataclasses
import os
import select
import socket
import struct
import threading
import time

UP, DOWN = 0, 1  # to the server, to the client
MODES = "pass", "trickle", "cut", "end", "swallow", "silence"
PIECE, PAUSE_S, LOOK_S = 16384, 0.002, 0.1


@dataclasses.dataclass(frozen=True)
class Plan:
    mode: str = "pass"
    direction: int = UP
    offset: int = 0


class Line:
    """One connection through the proxy."""

    def __init__(self, proxy, near, far, plan):
        self.proxy, self.sockets, self.plan = proxy, (near, far), plan
        self.silent, self.over = False, False
        for direction in (UP, DOWN):
            threading.Thread(target=self.pump, args=(direction,), daemon=True).start()

    def end(self, reset):
        self.over = True
        for sock in self.sockets:
            try:
                if reset and sock.family != socket.AF_UNIX:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def strike(self):
        """It happens now."""
        self.proxy.struck += 1
        if self.plan.mode in ("cut", "end"):
            self.end(reset=self.plan.mode == "cut")
        elif self.plan.mode == "silence":
            self.silent = True

    def pump(self, direction):
        source, sink = self.sockets if direction == UP else self.sockets[::-1]
        mine, passed, struck = self.plan.direction == direction, 0, False
        try:
            while not self.over:
                if not select.select([source], [], [], LOOK_S)[0]:
                    continue
                trickle = self.plan.mode == "trickle" and mine
                data = source.recv(7 if trickle else PIECE)
                if trickle:
                    time.sleep(PAUSE_S)
                if not data:
                    break
                if mine and not struck and self.plan.mode not in ("pass", "trickle") and passed + len(data) > self.plan.offset:
                    struck = True
                    sink.sendall(data[:self.plan.offset - passed])
                    self.strike()
                passed += len(data)
                if not (struck or self.silent):
                    sink.sendall(data)
        except (OSError, ValueError):
            pass
        if not self.silent:
            self.end(reset=False)
        self.proxy.lines.discard(self)


class Proxy:
    """Listens on a port of this machine, or on a Unix socket, and forwards to `there`: a function that gives a connected socket."""

    def __init__(self, there, path=None):
        self.there, self.plan, self.lines, self.struck, self.over = there, Plan(), set(), 0, False
        if path is None:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.port = self.listener.getsockname()[1]
        else:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            os.chmod(path, 0o777)
            self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.over:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            try:
                far = self.there()
            except OSError:  # nobody is there: as without us
                near.close()
                continue
            self.lines.add(Line(self, near, far, self.plan))

    def plan_for_all(self, plan):
        """Also for the connections that there are: their next byte is byte 0."""
        self.plan = plan
        for line in list(self.lines):
            line.end(reset=True)

    def clear(self):
        """A sound network again; connections that had fallen silent are forgotten by both sides."""
        self.plan_for_all(Plan())

    def close(self):
        self.over = True
        self.listener.close()
        for line in list(self.lines):
            line.end(reset=True)


def to_port(port):
    return lambda: socket.create_connection(("127.0.0.1", port() if callable(port) else port))


def to_path(path):
    def connected():
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        return sock

    return connected
