"""What somebody finds who looks for what goes wrong: sessions that change under what hangs on them, and many who come, leave, and are cut off
at once.
"""
import threading

import pytest

from house import wait_for
from office import OfficeClient, Person
from test_sessions import Stream


@pytest.fixture(scope="module")
def rowan(office):
    with Person(office, "rowan@school.example", "Rowan Alder", "dean").settle() as person:
        yield person


def tell_all_streams_to_look(office):
    office.sql("select pg_notify('sg_session', (select school_id || '/*' from core.school where code = 'demo'))")


def test_a_fresh_proof_is_no_end_of_the_session_for_its_streams(office, rowan):
    """The session has another token then: the stream with the old one ends and says nothing, and the browser comes back by itself."""
    stream = Stream(office, rowan)
    assert stream.event() == "hello"
    rowan.step_up()
    tell_all_streams_to_look(office)
    assert stream.event() is None
    stream.close()
    again = Stream(office, rowan)
    assert again.event() == "hello"
    rowan.delete("/sessions")
    assert again.event() == "ended"
    again.close()


def test_a_flood_of_tokens_that_are_none_shuts_out_nobody_who_is_in(office, rowan):
    """A program whose token was taken back goes on asking, behind the same address as the whole office. It has to wait; they have not."""
    statuses, over = [], threading.Event()

    def flood():
        with OfficeClient(office.office_port, office.ca_file, token="sgt_" + "0" * 43) as program:
            while not over.is_set():
                statuses.append(program.raw("GET", "/api/v1/students").status)

    rowan.enter()
    assert rowan.get("/session").status == 200
    floods = [threading.Thread(target=flood) for _ in range(2)]
    try:
        for one in floods:
            one.start()
        wait_for(lambda: 429 in statuses, "the flood to be held up")
        assert [rowan.get("/session").status for _ in range(20)] == [200] * 20
        assert rowan.another().get("/session").status == 200  # and who signs in meanwhile
    finally:
        over.set()
        for one in floods:
            one.join()
    assert statuses[0] == 401 and set(statuses) == {401, 429}
