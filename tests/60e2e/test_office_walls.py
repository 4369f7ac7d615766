"""Nobody is told that there is something they may not see: what is another adviser's, or another school's, is answered byte by byte as what
there is not. Every number that a path or a body can name is tried, by everybody who could use the operation at all.
"""
import copy
import json
import re

import pytest

from office_school import day
from office_values import Values
from test_office_api import OPERATIONS, ROLE, asking, known_numbers, rights

NOWHERE = "987654321"  # no number of anything
NO_STUDENT = "no-such-student"
NUMBERED = {"case", "policy", "ground", "cover", "request", "session", "staff", "token", "job", "event"}
# Members of bodies that name something with a number: whose it is, and operations to try it in.
NAMED = {"staff": "staff", "absent": "staff", "to": "staff", "owner": "staff", "into": "case", "task": "task", "item": "item", "note": "note",
         "corrects": "disclosure"}


@pytest.fixture(scope="module")
def north(schools):
    return schools["north"]


@pytest.fixture(scope="module")
def theirs(schools):
    """Numbers of things that the first school's people may not see: {name: [...]}, and students that only the other school has."""
    south = schools["south"]
    south.house.roster({"student_id": "south-1"}, {"student_id": "south-2"})
    for student in ("south-1", "south-2"):
        assert asking(south, "dean").post(f"/students/{student}/cases", {"sentence": "x"}).status == 201
    numbers = {name: [str(n) for n in south.numbers(name)] for name in (*NUMBERED, "task", "item", "note", "disclosure")}
    assert all(numbers.values()), numbers
    return {**numbers, "student": ["south-1", "south-2"]}


@pytest.fixture(scope="module")
def bens(north):
    """The same of students whom ida does not advise."""
    house = north.house
    mine = {row[0] for row in house.sql("select external_id from core.student where adviser_email = %s", (north.ida.email,))}
    students = [student for student in north.numbers("student") if student not in mine]
    of = lambda table, number: [str(row[0]) for row in house.sql(
        f"select t.{number} from {table} t join core.student s using (school_id, student_id) where s.external_id = any (%s)", (students,))]
    numbers = {"student": students[:3], "case": of("core.case_file", "case_id")[:3], "event": of("core.life_event", "event_id") or [NOWHERE]}
    assert numbers["case"]
    return numbers


def said(answer):
    """All of an answer but its own id and the clock."""
    id = answer.header("X-Request-Id")
    headers = sorted((name.lower(), value) for name, value in answer.headers.items()
                     if name.lower() not in ("x-request-id", "date", "content-length", "set-cookie"))
    return answer.status, headers, answer.body.replace(id.encode(), b"ID")


def plain(answer):
    """Without the id that was asked for, where a sentence repeats it."""
    status, headers, body = answer
    return status, headers, re.sub(rb'(\\")(?:south-[12]|no-such-student)(\\")', rb"\1IT\2", body)


def same_as_nothing(client, operation, there, nothing, body_there=None, body_nothing=None):
    got, want = (client.ask(operation.method, operation.url(at), body) for at, body in ((there, body_there), (nothing, body_nothing)))
    assert plain(said(got)) == plain(said(want)), f"{operation} {there} {body_there}\n{got}\n{want}"
    assert got.status in (403, 404, 409, 422), got
    return got


def may_use(school, operation):
    return [tag for tag, role in ROLE.items() if {(role, right) for right in operation.rights} <= rights(school.house)]


def fresh(school):
    school.house.sql("update core.session set stepped_up_at = now(), stepped_up_full = true where ended_at is null")


IN_PATH = [(one, name) for one in OPERATIONS for name in one.parameters if "{%s}" % name in one.path and name in NUMBERED | {"student"}]


@pytest.mark.parametrize("operation,name", IN_PATH, ids=str)
def test_of_another_school_in_a_path(north, theirs, operation, name):
    for tag in may_use(north, operation):
        client = asking(north, tag)
        fresh(north)
        for n, number in enumerate(theirs[name]):
            values = Values(n, known_numbers(north, tag))
            good = {other: values.value(operation, p["schema"], other) for other, p in operation.parameters.items() if p.get("required")}
            body = values.value(operation, operation.body) if operation.body else None
            nothing = NO_STUDENT if name == "student" else NOWHERE
            same_as_nothing(client, operation, {**good, name: number}, {**good, name: nothing}, body, copy.deepcopy(body))


@pytest.mark.parametrize("operation,name", [(one, name) for one, name in IN_PATH if name in ("student", "case", "event")], ids=str)
def test_of_another_adviser_in_a_path(north, bens, operation, name):
    if "ida" not in may_use(north, operation):
        pytest.skip("advisers may not do this at all")
    client = asking(north, "ida")
    fresh(north)
    for n, number in enumerate(bens[name]):
        values = Values(n, known_numbers(north, "ida"))
        good = {other: values.value(operation, p["schema"], other) for other, p in operation.parameters.items() if p.get("required")}
        body = values.value(operation, operation.body) if operation.body else None
        nothing = NO_STUDENT if name == "student" else NOWHERE
        same_as_nothing(client, operation, {**good, name: number}, {**good, name: nothing}, body, copy.deepcopy(body))


@pytest.mark.parametrize("name,operation", [("student", one) for one in OPERATIONS if one.method == "GET" and "student" in one.parameters
                                            and "{student}" not in one.path] + [("owner", one) for one in OPERATIONS if "owner" in one.parameters]
                         + [("staff", one) for one in OPERATIONS if "staff" in one.parameters and one.method == "GET"], ids=str)
def test_in_a_query(north, theirs, bens, name, operation):
    nothing = NO_STUDENT if name == "student" else NOWHERE
    for tag in may_use(north, operation):
        others = theirs["student" if name == "student" else "staff"] + (bens["student"] if tag == "ida" and name == "student" else [])
        for number in others:
            client = asking(north, tag)
            got, want = client.get(operation.url({name: number})), client.get(operation.url({name: nothing}))
            if operation.name in ("trail", "student_access") and got.status == 200:
                assert got.json["items"] == want.json["items"] == []
            else:
                assert blank(said(got)) == blank(said(want)), (operation, tag, number, got, want)


def blank(answer):
    """A cursor or a tag holds the question, and the question is another one."""
    status, headers, body = answer
    return status, [(name, value) for name, value in headers if name != "etag"], body


WRITES = {  # operation: a body that is good but for the number; None where the member is to be put
    "ground_add": {"kind": "committee", "until": day(3), "reason": "x"}, "cover_add": {"until": day(3)},
    "case_act": {}, "disclosure_add": {"students": None, "recipient": "x", "interest": "x", "what": "x", "basis": "accreditor"},
    "access_request_add": {"kind": "inspection", "words": "x"}, "cases_bulk": {"verb": "acknowledge"},
}
VERBS = {"assign": ["to"], "hand_over": ["to"], "merge": ["into"], "task": ["owner"], "task_change": ["task", "owner"], "plan_change": ["item"],
         "note_change": ["note"]}


def operation_named(name):
    return next(one for one in OPERATIONS if one.name == name)


@pytest.mark.parametrize("verb,member", [(verb, member) for verb, members in VERBS.items() for member in members])
def test_in_the_body_of_a_verb(north, theirs, verb, member):
    dean = asking(north, "dean")
    case = next(item for item in dean.get("/cases?limit=200").json["items"])
    base = {"revision": case["revision"], "sentence": "x"} if verb == "hand_over" else {"revision": case["revision"]}
    base.update({"title": "x"} if verb == "task" else {"into_revision": 1} if verb == "merge" else {"text": "x"} if verb == "note_change" else {})
    if verb == "task_change" and member == "owner":
        base["task"] = dean.post(f"/cases/{case['case']}/task", {"revision": case["revision"], "title": "x"}) and north.numbers("task")[-1]
        base["revision"] += 1
    for number in theirs[NAMED[member]]:
        same_as_nothing(dean, operation_named("case_act"), {"case": case["case"], "verb": verb}, {"case": case["case"], "verb": verb},
                        {**base, member: int(number)}, {**base, member: int(NOWHERE)})


def test_in_other_bodies(north, theirs, bens):
    dean, ida = asking(north, "dean"), asking(north, "ida")
    fresh(north)
    student = {"student": north.numbers("student")[0]}
    for number in map(int, theirs["staff"]):
        same_as_nothing(dean, operation_named("ground_add"), student, student, {**WRITES["ground_add"], "staff": number},
                        {**WRITES["ground_add"], "staff": int(NOWHERE)})
        for member, other in (("staff", "absent"), ("absent", "staff")):
            good = {**WRITES["cover_add"], other: north.ben.staff_id}
            same_as_nothing(dean, operation_named("cover_add"), {}, {}, {**good, member: number}, {**good, member: int(NOWHERE)})
    for number in theirs["student"]:
        same_as_nothing(dean, operation_named("disclosure_add"), {}, {}, {**WRITES["disclosure_add"], "students": [number]},
                        {**WRITES["disclosure_add"], "students": [NO_STUDENT]})
        same_as_nothing(dean, operation_named("access_request_add"), {}, {}, {**WRITES["access_request_add"], "student": number},
                        {**WRITES["access_request_add"], "student": NO_STUDENT})
    for number in map(int, theirs["disclosure"]):
        good = {**WRITES["disclosure_add"], "students": student["student"] and [student["student"]]}
        same_as_nothing(dean, operation_named("disclosure_add"), {}, {}, {**good, "corrects": number}, {**good, "corrects": int(NOWHERE)})
    ida.post("/cases/bulk", {"verb": "acknowledge", "cases": [{"case": int(bens["case"][0]), "revision": 1}]}).refused(403, "no_right")
    answers = [dean.post("/cases/bulk", {"verb": "acknowledge", "cases": [{"case": int(n), "revision": 1}]}).json for n in (theirs["case"][0], NOWHERE)]
    for answer, number in zip(answers, (theirs["case"][0], NOWHERE)):
        assert answer["items"][0].pop("case") == int(number)
    assert answers[0] == answers[1] and answers[0]["items"][0]["status"] == 404


def test_no_list_shows_what_is_another_schools(schools, north, theirs):
    """Everything that everybody can be shown, searched for what only the other school has."""
    south = schools["south"]
    for operation in OPERATIONS:
        if operation.method != "GET" or not operation.right or "{" in operation.path or operation.name == "events":
            continue
        for tag in may_use(north, operation):
            answer = asking(north, tag).get(operation.path)
            assert answer.status == 200, (operation, tag, answer)
            text = answer.body.decode()
            assert "south" not in text, (operation, tag)
            numbers = {json.dumps(int(n)) for n in theirs["staff"]}
            shown = {json.dumps(n) for n in staff_in(answer.json)}
            assert not shown & numbers, (operation, tag, shown & numbers)
    assert south.dean.get("/students").json["total"] == 6


def staff_in(node):
    if isinstance(node, dict):
        if isinstance(node.get("staff_id"), int):
            yield node["staff_id"]
        for value in node.values():
            yield from staff_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from staff_in(value)


def test_a_session_of_one_school_is_none_at_the_other(schools, north):
    south = schools["south"]
    client = south.stranger()
    client.cookie, client.csrf = north.dean.cookie, north.dean.csrf
    client.get("/students").refused(401, "not_signed_in")
    client.post("/session/extend").refused(401, "not_signed_in")
    client.cookie, client.token = None, north.program.token
    client.get("/students").refused(401, "not_signed_in")
