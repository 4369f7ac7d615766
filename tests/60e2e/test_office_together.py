"""Several people, and several daemons, at one thing at a time: of two who saw the same revision one is done and the other is shown what stands
there now; nothing is overwritten and nothing is lost. What one daemon knows of a session or of somebody guessing, the other knows too.
"""
import concurrent.futures
import http.client
import time

import pytest

from house import BIN, QUICK, House
from office import OfficeClient
from office_school import School, day

WRITERS = 20
SOON_S = 5  # the promise about sessions that end


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("together"), BIN, conf=QUICK)
    try:
        school = School(house.start())
        school.person("dean", "dean")
        school.person("ida", "adviser")
        house.roster(*({"student_id": f"s{n}", "adviser_email": school.ida.email} for n in range(4)))
        yield school
    finally:
        house.stop()


@pytest.fixture(scope="module")
def ports(school):
    """Two daemons of one school on one database."""
    process, port = school.house.another_daemon("second")
    try:
        yield school.house.office_port, port
    finally:
        process.stop()


@pytest.fixture
def case(school):
    number = len(school.numbers("case"))
    answer = school.dean.post(f"/students/s{number % 4}/cases", {"sentence": f"Talk {number}"})
    assert answer.status == 201, answer
    return school.dean.get(f"/cases/{answer.json['case']}").json


def at(school, person, port):
    """The same session at another daemon."""
    client = OfficeClient(port, school.house.ca_file)
    client.cookie, client.csrf = person.cookie, person.csrf
    return client


def all_at_once(work, clients):
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(work, range(len(clients)), clients))


def test_of_two_who_saw_the_same_one_is_shown_what_is_there_now(school, case):
    url = f"/cases/{case['case']}"
    done = school.ida.post(f"{url}/acknowledge", {"revision": case["revision"]})
    assert done.status == 200 and done.json["owner"]["name"] == "Ida Rowan"
    problem = school.dean.post(f"{url}/resolve", {"revision": case["revision"], "resolution": "not_needed"}).refused(409, "conflict")
    assert problem["detail"].startswith("Ida Rowan changed this case meanwhile")
    now = school.dean.get(url).json
    assert problem["current"] == {name: now[name] for name in problem["current"]} and problem["by"] == {"staff_id": school.ida.staff_id, "name": "Ida Rowan"}
    assert now["state"] == "acknowledged"
    # With what was shown the next try goes through: nobody has to load the page again.
    assert school.dean.post(f"{url}/resolve", {"revision": problem["current"]["revision"], "resolution": "not_needed"}).status == 200


def test_twenty_who_saw_the_same(school, ports, case):
    """Half of them at each daemon. One is done; nineteen are told by whom, and hold its answer in their hands."""
    url = f"/cases/{case['case']}/due"
    clients = [at(school, (school.dean, school.ida)[n % 2], ports[n % 4 // 2]) for n in range(WRITERS)]
    answers = all_at_once(lambda n, client: client.post(url, {"revision": case["revision"], "on": day(n + 1)}), clients)
    won = [answer for answer in answers if answer.status == 200]
    lost = [answer.refused(409, "conflict") for answer in answers if answer.status != 200]
    assert (len(won), len(lost)) == (1, WRITERS - 1)
    now = school.dean.get(f"/cases/{case['case']}").json
    assert {problem["current"]["due_on"] for problem in lost} == {won[0].json["due_on"]} == {now["due_on"]}
    assert now["revision"] == case["revision"] + 1
    for client in clients:
        client.close()


def test_twenty_who_try_again_lose_nothing(school, ports, case):
    """Each adds a task and says which revision it saw, and again with the one it was shown, until it is done."""
    url = f"/cases/{case['case']}/task"
    clients = [at(school, (school.dean, school.ida)[n % 2], ports[n % 4 // 2]) for n in range(WRITERS)]

    def until_done(n, client):
        revision = case["revision"]
        for tries in range(1, 200):
            answer = client.post(url, {"revision": revision, "title": f"Task {n}"})
            if answer.status == 200:
                return tries
            revision = answer.refused(409, "conflict")["current"]["revision"]
        raise AssertionError("never done")

    tries = all_at_once(until_done, clients)
    now = school.dean.get(f"/cases/{case['case']}").json
    assert sorted(task["title"] for task in now["tasks"]) == sorted(f"Task {n}" for n in range(WRITERS))
    assert now["revision"] == case["revision"] + WRITERS
    steps = [step["revision"] for step in now["timeline"] if step["verb"] == "task"]
    assert sorted(steps) == list(range(case["revision"] + 1, case["revision"] + 1 + WRITERS)), "one step of the timeline for each"
    trail = school.house.sql("select count(*) from audit.event where action = 'case_task' and detail ->> 'case' = %s", (str(case["case"]),))
    assert trail == [(WRITERS,)] and max(tries) > 1
    for client in clients:
        client.close()


def test_twenty_decide_on_one_clearance(school, ports):
    """The ledger gets one decision of that revision, and no gap."""
    clients = [at(school, school.dean, ports[n % 2]) for n in range(WRITERS)]
    body = {"revision": 0, "state": "cleared", "reason": "x", "reviewed": ["results"]}
    answers = all_at_once(lambda n, client: client.post("/students/s3/clearance", {**body, "reason": f"Reason {n}"}), clients)
    assert sorted(answer.status for answer in answers) == [201] + [409] * (WRITERS - 1)
    decisions = school.dean.get("/students/s3/clearance").json["decisions"]
    assert [(decision["revision"], decision["state"]) for decision in decisions] == [(1, "cleared")]
    for client in clients:
        client.close()


# ---------------------------------------------------------------- two daemons


def test_a_session_is_one_at_both(school, ports):
    person = school.dean.another()
    with at(school, person, ports[1]) as second:
        assert second.get("/session").json["session"]["session_id"] == person.get("/session").json["session"]["session_id"]
        assert second.post("/session/extend").status == 200
        assert second.get("/students").json == person.get("/students").json
        assert second.delete("/session").status == 200
        person.get("/session").refused(401, "session_ended")


def test_signing_out_at_one_ends_the_others_stream(school, ports):
    person = school.dean.another()
    with at(school, person, ports[1]) as second:
        connection = second.connect()
        connection.request("GET", "/api/v1/events", headers={"Cookie": f"__Host-sid={person.cookie}"})
        sock, response = connection.sock, connection.getresponse()
        assert response.status == 200
        sock.settimeout(60)
        heard = response.fp.readline()
        assert person.delete("/session").status == 200
        began = time.monotonic()
        try:
            while heard:
                heard = response.fp.readline()
        except (OSError, http.client.HTTPException):
            pass
        assert time.monotonic() - began < SOON_S
        response.close()


def test_what_changes_at_one_is_told_at_the_other(school, ports, case):
    with at(school, school.ida, ports[1]) as second:
        connection = second.connect()
        connection.request("GET", "/api/v1/events", headers={"Cookie": f"__Host-sid={school.ida.cookie}"})
        sock, response = connection.sock, connection.getresponse()
        sock.settimeout(60)

        def event():
            while line := response.fp.readline().decode():
                if line.startswith("event: "):
                    return line.split(": ")[1].strip()

        assert event() == "hello"
        assert school.dean.post(f"/cases/{case['case']}/note", {"text": "x", "tier": "team"}).status == 200
        assert event() == "changed"
        response.close()


def test_guesses_are_counted_together(school, ports):
    """Who guesses at two daemons in turn has no more tries than who guesses at one."""
    def tries(*turns):
        school.house.sql("delete from core.throttle")
        clients = [OfficeClient(port, school.house.ca_file) for port in turns]
        for n in range(50):
            answer = clients[n % len(clients)].sign_in(school.ida.email, f"wrong wrong wrong {n}")
            if answer.status == 429:
                for client in clients:
                    assert client.sign_in(school.ida.email, "wrong again").status == 429, "the other one knows"
                    client.close()
                return n
        raise AssertionError("never slowed down")

    try:
        assert tries(ports[0]) == tries(*ports) == tries(ports[1]) > 0
    finally:
        school.house.sql("delete from core.throttle")
