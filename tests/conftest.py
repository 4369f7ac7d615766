"""What every group may use: the house (a school's whole server, started once a module) and where things are."""
import os
import sys

import pytest

TESTS = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(TESTS, "peer"))

from house import BIN, House  # noqa: E402  (peer/ is put on the path above)

# Deadlines short enough to wait for, long enough for a loaded machine under ASan.
QUICK = {"student": {"frame_deadline_s": 3, "hello_deadline_s": 20, "handshake_deadline_s": 20,
                     "uploads_per_minute": 100000}}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"), BIN, conf=QUICK)
    try:
        yield house.start()
    finally:
        house.stop()
