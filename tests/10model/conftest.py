import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from model import Model  # noqa: E402  (this folder is put on the path above)


@pytest.fixture(scope="session")
def model():
    model = Model()
    yield model
    model.close()
