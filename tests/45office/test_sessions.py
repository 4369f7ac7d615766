"""How a session ends, whoever ends it: idle, at its absolute end, signed out here or elsewhere, with the account; and within five seconds
for a stream that is open at another worker."""
import http.client
import time

import pytest

from house import wait_for
from office import OfficeClient, Person

SOON_S = 5  # the promise


@pytest.fixture(scope="module")
def ash(office):
    with Person(office, "ash@school.example", "Ash Willow", "dean").settle() as person:
        yield person


def age(office, client, column, interval):
    """Time passes for this session."""
    import hashlib

    office.sql(f"update core.session set {column} = {column} - interval '{interval}' where token_hash = %s",
               (hashlib.sha256(client.cookie.encode()).digest(),))


def test_silence_ends_it(office, ash):
    ash.enter()
    age(office, ash, "last_seen_at", "14 min")
    assert ash.get("/session").status == 200  # seen, so it counts anew
    age(office, ash, "last_seen_at", "14 min")
    assert ash.get("/session").status == 200
    age(office, ash, "last_seen_at", "15 min 1 s")
    ash.get("/session").refused(401, "session_ended")


@pytest.mark.parametrize("name", ["X-Stepguard-Background", "x-stepguard-background"])
def test_what_a_page_asks_by_itself_is_no_sign_of_life(office, ash, name):
    """All else is equal: the answer, its tag, the trail; and a hand on the page counts as before."""
    ash.enter()
    age(office, ash, "last_seen_at", "14 min")
    tag = ash.get("/students").header("ETag")
    age(office, ash, "last_seen_at", "14 min")
    by_itself = {name: "1"}
    assert (answer := ash.get("/students", **by_itself)).status == 200 and answer.header("ETag") == tag
    assert ash.get("/students", If_None_Match=tag, **by_itself).status == 304
    age(office, ash, "last_seen_at", "50 s")
    assert ash.get("/session", **by_itself).status == 200
    age(office, ash, "last_seen_at", "11 s")
    ash.get("/session", **by_itself).refused(401, "session_ended")


@pytest.mark.parametrize("value", ["0", "true", ""])
def test_only_a_1_says_that_a_page_asks_by_itself(office, ash, value):
    ash.enter()
    for _ in range(2):
        age(office, ash, "last_seen_at", "14 min")
        assert ash.get("/session", X_Stepguard_Background=value).status == 200


def test_a_deed_is_a_sign_of_life_whatever_the_page_says(office, ash):
    ash.enter()
    for _ in range(2):
        age(office, ash, "last_seen_at", "14 min")
        assert ash.post("/session/extend", None, {"X-Stepguard-Background": "1"}).status == 200


def test_activity_does_not_prolong_the_absolute_end(office, ash):
    ash.enter()
    age(office, ash, "expires_at", "7 h 59 min")
    assert ash.post("/session/extend").status == 200
    age(office, ash, "expires_at", "2 min")
    ash.get("/session").refused(401, "session_ended")


def test_signing_out(ash):
    ash.enter()
    cookie, csrf = ash.cookie, ash.csrf
    answer = ash.delete("/session")
    assert answer.status == 200 and ash.cookie is None and "Max-Age=0" in ash.set_cookie
    ash.cookie, ash.csrf = cookie, csrf
    ash.get("/session").refused(401, "session_ended")


def test_a_cookie_is_not_taken_away_by_a_refusal(ash):
    ash.enter()
    ash.set_cookie = None
    ash.delete("/session", {"X-CSRF-Token": "x"}).refused(403, "csrf")
    assert ash.set_cookie is None and ash.get("/session").status == 200


def test_ones_own_sessions_are_listed_and_end_one_by_one(ash):
    ash.enter()
    other = ash.another()
    mine = other.get("/session").json["session"]["session_id"]
    assert mine in [item["session_id"] for item in ash.get("/sessions").json["items"]]
    assert ash.delete(f"/sessions/{mine}").status == 200
    other.get("/session").refused(401, "session_ended")
    assert ash.get("/session").status == 200


def test_nobody_ends_somebody_elses(office, ash, dean):
    ash.enter()
    theirs = ash.get("/session").json["session"]["session_id"]
    dean.delete(f"/sessions/{theirs}").refused(404, "not_found")
    assert ash.get("/session").status == 200


def test_signing_out_everywhere(ash):
    ash.enter()
    others = [ash.another() for _ in range(3)]
    assert ash.delete("/sessions").status == 200 and ash.cookie is None and "Max-Age=0" in ash.set_cookie
    for other in others:
        other.get("/session").refused(401, "session_ended")


def test_an_account_that_is_disabled_is_out(office, admin, ash):
    person = Person(office, "gone@school.example", "Gone Willow", "adviser").settle()
    admin.step_up()
    account = next(item for item in admin.get("/staff").json["items"] if item["staff_id"] == person.staff_id)
    answer = admin.patch(f"/staff/{person.staff_id}", {"status": "disabled", "revision": account["revision"]})
    assert answer.status == 200, answer
    person.get("/session").refused(401, "session_ended")
    person.sign_in(person.email, person.password, person.code()).refused(401, "wrong_credentials")


# ---- streams


class Stream:
    """An open GET /events, read line by line."""

    def __init__(self, office, person, port=None):
        self.client = OfficeClient(port or office.office_port, office.ca_file)
        connection = self.client.connect()
        connection.request("GET", "/api/v1/events", headers={"Cookie": f"__Host-sid={person.cookie}", "Accept": "text/event-stream"})
        self.socket = connection.sock  # the connection lets go of it, for the answer has no end
        self.response = connection.getresponse()
        assert self.response.status == 200, self.response.read()
        assert self.response.headers.get_content_type() == "text/event-stream"

    def event(self, seconds=60):
        """The next event's name; None at the end of the stream."""
        self.socket.settimeout(seconds)
        name = None
        while line := self.response.fp.readline():
            line = line.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line == "" and name:
                return name
        return None

    def close(self):
        self.response.close()
        self.client.close()

    def silent(self, seconds):
        try:
            return self.event(seconds) is None and False
        except TimeoutError:
            return True


@pytest.fixture
def stream(office, ash):
    ash.enter()
    streams = []

    def opened(person=ash, port=None):
        streams.append(Stream(office, person, port))
        assert streams[-1].event() == "hello"
        return streams[-1]

    yield opened
    for one in streams:
        one.close()


def changed(office):
    office.sql("select pg_notify('sg_changed', (select school_id::text from core.school where code = 'demo'))")


def test_a_change_is_told_to_everybody_of_the_school(office, ash, stream):
    streams = [stream() for _ in range(3)]
    changed(office)
    assert [one.event() for one in streams] == ["changed"] * 3


def test_what_a_person_did_is_told_to_who_has_a_page_open(office, ash, stream):
    one = stream()
    ash.step_up()
    answer = ash.post("/tokens", {"name": "nightly mirror", "scopes": ["records"], "days": 1})
    assert answer.status == 201, answer
    assert one.event() == "changed"


def test_many_changes_are_told_once(office, stream):
    one = stream()
    for _ in range(50):
        changed(office)
    assert one.event() == "changed"
    changed(office)
    assert one.event() == "changed"
    assert one.silent(2)  # 51 changes made two events


def test_another_schools_changes_are_not_told(office, stream):
    one = stream()
    office.sql("select pg_notify('sg_changed', '999')")
    office.sql("select pg_notify('sg_changed', 'x')")
    assert one.silent(2)


def test_nobody_listens_without_a_session(stranger):
    stranger.get("/events").refused(401, "not_signed_in")


def test_head_opens_nothing(ash):
    ash.enter()
    assert (ash.ask("HEAD", "/events").status, ash.get("/session").status) == (200, 200)


def test_a_session_has_a_bounded_number_of_streams(ash, stream):
    for _ in range(6):
        stream()
    answer = ash.get("/events")
    answer.refused(429, "too_many_streams")
    assert int(answer.header("Retry-After")) > 0


def test_a_stream_that_went_away_makes_room(office, ash, stream):
    ones = [stream() for _ in range(6)]
    ones[0].close()

    def again():
        try:
            return Stream(office, ash)
        except AssertionError:
            return None

    assert wait_for(again, "room for a stream").event() == "hello"


@pytest.mark.parametrize("how", ["here", "everywhere", "elsewhere", "at another worker", "disabled"])
def test_the_end_of_a_session_cuts_its_streams(office, another_daemon, ash, stream, how):
    port = another_daemon("elsewhere")[1] if how == "at another worker" else None
    one = stream(port=port)
    began = time.monotonic()
    if how == "disabled":
        office.sql("update core.staff set status = 'disabled' where staff_id = %s", (ash.staff_id,))
        office.sql("select pg_notify('sg_session', (select school_id || '/*' from core.school where code = 'demo'))")
    elif how == "elsewhere":
        other = ash.another()
        other.delete(f"/sessions/{ash.get('/session').json['session']['session_id']}")
    elif how == "everywhere":
        ash.delete("/sessions")
        ash.delete("/session")
    else:
        ash.delete("/session")
    try:
        assert one.event() == "ended" and one.event() is None
        assert time.monotonic() - began < SOON_S
    finally:
        office.sql("update core.staff set status = 'active' where staff_id = %s", (ash.staff_id,))


def test_other_peoples_streams_go_on(office, ash, dean, stream):
    theirs = stream(dean)
    mine = stream()
    ash.delete("/session")
    assert mine.event() == "ended"
    changed(office)
    assert theirs.event() == "changed"


def test_an_open_stream_is_no_sign_of_life(office, ash, stream):
    stream()
    age(office, ash, "last_seen_at", "16 min")
    changed(office)
    ash.get("/session").refused(401, "session_ended")


def test_what_was_missed_while_the_database_was_away_is_asked_for_again(office, stream):
    one = stream()
    office.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'sg_office'")
    assert one.event() == "changed"


def test_a_daemon_that_stops_ends_its_streams(another_daemon, ash, stream):
    process, port = another_daemon("stopping")
    one = stream(port=port)
    assert process.stop() == 0
    assert one.event() is None


def test_ended_in_the_middle_of_everything(office, another_daemon):
    """Killed politely while people sign in, read and listen: it ends, and every answer that came is whole."""
    import concurrent.futures

    process, port = another_daemon("torn")

    def busy(n):
        statuses = []
        try:
            with OfficeClient(port, office.ca_file) as client:
                while len(statuses) < 200:
                    statuses.append(client.sign_in(f"nobody{n}@school.example", "not that one at all").status if n % 2 else
                                    client.get("/students").status)
        except (OSError, http.client.HTTPException):
            pass
        return statuses

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(busy, n) for n in range(8)]
        time.sleep(1.5)
        assert process.stop() == 0, process.text()[-3000:]
        statuses = {status for one in running for status in one.result()}
    assert statuses <= {200, 401, 429, 503}
