"""A school whose office has people in it, one of each role, signed in with everything; and nobody of them has to wait for what the test
before did wrong."""
import pytest

from house import BIN, QUICK, House
from office import OfficeClient, Person


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """A house of its own, with deadlines as they ship but for what tests would wait for."""
    house = House(tmp_path_factory.mktemp("office"), BIN, conf=QUICK)
    try:
        yield house.start()
    finally:
        house.stop()


def settled(office, tag, *roles):
    return Person(office, f"{tag}@school.example", f"{tag.title()} Rowan", *roles).settle()


@pytest.fixture(scope="module")
def dean(office):
    with settled(office, "hazel", "dean") as person:
        yield person


@pytest.fixture(scope="module")
def admin(office):
    with settled(office, "aspen", "administrator") as person:
        yield person


@pytest.fixture
def another_daemon(office):
    """another_daemon(name, conf): one more worker of the school for this test; its process and its office port."""
    processes = []

    def started(name, conf=None):
        process, port = office.another_daemon(name, conf)
        processes.append(process)
        return process, port

    yield started
    for process in processes:
        process.stop()


@pytest.fixture
def stranger(office):
    """A browser that nobody has signed in at."""
    with OfficeClient(office.office_port, office.ca_file) as client:
        yield client


@pytest.fixture(autouse=True)
def forgiven(request):
    """Tries to sign in are counted per test, not per run."""
    if "office" in request.fixturenames:
        request.getfixturevalue("office").sql("delete from core.throttle")


@pytest.fixture(autouse=True)
def still_well(request):
    """After the test the daemon is the one that ran before it, unless the test itself started another."""
    if "office" not in request.fixturenames:
        yield
        return
    office = request.getfixturevalue("office")
    pid = office.daemon.popen.pid
    yield
    assert office.daemon.popen.pid != pid or office.daemon.popen.poll() is None, office.daemon.text()[-4000:]
