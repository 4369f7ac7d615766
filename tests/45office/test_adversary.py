"""What somebody finds who looks for what goes wrong: sessions that change under what hangs on them, and many who come, leave, and are cut off
at once.
"""
import pytest

from office import Person
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
