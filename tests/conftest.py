"""What every group may use: the house (a school's whole server, started once a module) and where things are."""
import os
import sys

import pytest

TESTS = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(TESTS, "peer"))

from house import BIN, QUICK, House  # noqa: E402  (peer/ is put on the path above)


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("house"), BIN, conf=QUICK)
    try:
        yield house.start()
    finally:
        house.stop()
