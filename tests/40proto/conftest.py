"""One enrolled student for what leaves no mark, a session of theirs, and the promise that the daemon survives every test."""
import pytest


@pytest.fixture(scope="module")
def student(house):
    """One enrolled student for everything that leaves no mark."""
    return house.new_student("port-1")


@pytest.fixture
def ready(house, student):
    with student.connect(house.student_port) as connection:
        assert connection.hello().WhichOneof("body") == "welcome"
        yield connection


@pytest.fixture
def still_well(house):
    """After the test the daemon is the one that ran before it, unless the test itself started another."""
    pid = house.daemon.popen.pid
    yield
    assert house.daemon.popen.pid != pid or house.daemon.popen.poll() is None, house.daemon.text()[-4000:]
