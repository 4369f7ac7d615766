"""The office's API and its description, each held against the other: a school of 36 with everything there is, every operation asked as
everybody with values that the description allows. Every answer is one that is described, on the trail where it should be, and none is ours
to blame.

That routes, description and functions of the database name the same things is 45office/test_description.py; what is refused of bad values
is test_office_hostile.py.
"""
import functools
import glob
import importlib.util
import json
import os
import re
import time

import jsonschema
import pytest

import peer
from office import PASSWORD, Person, totp
from office_school import NUMBERS, day
from office_values import Values, operations

SEED = 20260101
EXAMPLES = 2  # of each operation and role, besides the smallest one
# What the port itself answers, before a function is asked; "default" describes it.
OF_THE_PORT = {400, 404, 405, 413, 415, 421, 429, 503}
SECURITY = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store"}
# What ends or changes the account that asks: asked by somebody made for it.
SPENDS = {"session_end", "sessions_end_all", "password_change", "totp_set_up", "totp_confirm", "recovery_codes"}
# What goes on for ever, or to somebody else's server.
ELSEWHERE = {"events", "oidc_start", "oidc_callback"}
# What wants more than good values (a file, a device, a mail, a fresh proof): done in 45office, where each answer is held to its description too.
DONE_THERE = {"device_revoke", "import_apply", "import_errors", "import_file", "import_rows", "import_show", "import_undo", "mail_choice_set",
              "mail_text_set", "message_retry", "packet_file", "report_accreditation_file", "report_class_file", "report_night", "report_night_file",
              "webhook_add", "webhook_change"}
# Everybody who asks. "half": signed in, without a second factor. "program": a token with the scopes records and model_read.
ASKING = ("dean", "ida", "olive", "audrey", "aspen", "program", "half", "nobody")


@functools.cache
def document():
    """As the build makes it."""
    spec = importlib.util.spec_from_file_location("openapi", f"{peer.ROOT}/deploy/cmake/openapi.py")
    merger = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(merger)
    fragments = {}
    for path in glob.glob(f"{peer.ROOT}/server/office/openapi/*.json"):
        with open(path, encoding="utf-8") as file:
            fragments[os.path.basename(path)] = json.load(file)
    merged = merger.merge(fragments, "0")
    merger.check(merged)
    return merged


@functools.cache
def kinds():
    """{name: READ, WRITE or HANDLER} of the daemon's own table."""
    with open(f"{peer.ROOT}/server/db/office_routes.def", encoding="utf-8") as table:
        return dict(re.findall(r'^ROUTE\(\w+, "[^"]+", (\w+), (\w+),', table.read(), re.M))


OPERATIONS = operations(document())
for one in OPERATIONS:
    one.kind = kinds()[one.name]


@pytest.fixture(scope="module")
def north(schools):
    return schools["north"]


def asking(school, tag):
    """A client that asks as this one, fresh where the one before was spent."""
    if tag == "nobody":
        return school.stranger()
    if tag == "program":
        return school.program
    if tag == "half" and tag not in school.people:
        school.people[tag] = Person(school.house, "half@north.example", "Half Rowan", "dean").choose_password().enter()
    person = school.people[tag]
    if not person.cookie or person.get("/session").status != 200:
        person.enter()
    return person


def spending(school, tag):
    """Somebody of the same roles who may be spent."""
    tag = f"spent-{tag}"
    if tag not in school.people:
        school.person(tag, *{"dean": ["dean"], "ida": ["adviser"], "olive": ["operator"], "audrey": ["auditor"], "aspen": ["administrator"]}[tag[6:]])
    else:
        person = school.people[tag]
        school.house.sql("update core.staff set password_hash = (select password_hash from core.staff where staff_id = %s) where staff_id = %s",
                         (school.spare.staff_id, person.staff_id))
        person.enter()
    return school.people[tag].step_up()


# ---------------------------------------------------------------- the document by itself

# Fixed fields of OpenAPI 3.1.0, 4.8: which object may have which. Debian has no validator of OpenAPI; what it would say about ours is this.
FIELDS = {
    "document": "openapi info jsonSchemaDialect servers security tags paths components",
    "info": "title summary description version license",
    "path": "get put post delete patch summary description parameters",
    "operation": "operationId summary description tags parameters requestBody responses security deprecated",
    "parameter": "name in required description schema",
    "requestBody": "description content required",
    "response": "description headers content",
    "media": "schema example",
    "components": "schemas parameters responses securitySchemes",
}


def known(kind, node, where):
    unknown = {name for name in node if not name.startswith("x-")} - set(FIELDS[kind].split())
    assert not unknown, f"{where}: {kind} has no {unknown}"


def test_the_document_keeps_to_the_form_of_openapi():
    whole = document()
    known("document", whole, "#")
    known("info", whole["info"], "info")
    known("components", whole["components"], "components")
    tags = {tag["name"] for tag in whole["tags"]}
    for operation in OPERATIONS:
        said = operation.said
        known("path", whole["paths"][operation.path], operation.path)
        known("operation", said, operation)
        assert set(said["tags"]) <= tags, f"{operation}: tag without a description: {said['tags']}"
        in_path = set(re.findall(r"{(\w+)}", operation.path))
        for name, parameter in operation.parameters.items():
            known("parameter", parameter, f"{operation} {name}")
            assert parameter["in"] == ("path" if name in in_path else "query") and (name not in in_path or parameter["required"] is True)
        assert in_path <= operation.parameters.keys(), operation
        if "requestBody" in said:
            known("requestBody", said["requestBody"], operation)
            assert list(said["requestBody"]["content"]) == (["text/csv", "application/zip"] if operation.name == "import_file" else ["application/json"])
        for status, response in said["responses"].items():
            assert re.fullmatch(r"[1-5][0-9][0-9]|default", status), f"{operation}: {status}"
            response = operation.resolve(response)
            known("response", response, f"{operation} {status}")
            assert response["description"]
            for media in response.get("content", {}).values():
                known("media", media, f"{operation} {status}")
        assert "default" in said["responses"], operation


def test_every_schema_is_one_and_every_reference_leads_somewhere():
    whole = document()
    jsonschema.Draft202012Validator.check_schema({"$defs": whole["components"]["schemas"]})
    used = set(re.findall(r'"#/components/(\w+)/(\w+)"', json.dumps(whole)))
    there = {(part, name) for part, members in whole["components"].items() for name in members if part != "securitySchemes"}
    assert used <= there
    assert there - used == set(), "described and never used"


def test_the_daemon_serves_this_one(north):
    served = north.stranger().get("/openapi.json").json
    served["info"]["version"] = "0"
    assert served == document()


# ---------------------------------------------------------------- every operation, as everybody


SEEN = {}  # {operation: the statuses it was answered with}


def held(school, operation, answer, who):
    """What is true of every answer."""
    SEEN.setdefault(operation.name, set()).add(answer.status)
    here = f"{operation} as {who}: {answer}"
    assert answer.status < 500, here
    responses = operation.said["responses"]
    assert str(answer.status) in responses or answer.status in OF_THE_PORT, f"not described: {here}"
    for name, value in SECURITY.items():
        assert answer.header(name) == value, f"{name} {here}"
    assert "default-src 'none'" in answer.header("Content-Security-Policy") and "unsafe" not in answer.header("Content-Security-Policy")
    if answer.status >= 400:
        problem = answer.problem
        assert problem["detail"][-1] in ".?", here
        assert re.fullmatch(r"[a-z0-9_]{1,40}", problem["code"]), here
    on_the_trail(school, operation, answer, who)


def students_in(node):
    """Whose records are in an answer: the school's own ids, wherever they stand."""
    if isinstance(node, dict):
        if "student_id" in node and isinstance(node["student_id"], str):
            yield node["student_id"]
        for value in node.values():
            yield from students_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from students_in(value)


# Lines of their own kind (45office/test_sign_in.py), or none: to stay signed in, and to end a job that had ended, are no deeds.
UNNOTED = {"sign_in", "invitation", "oidc_show", "step_up", "session_extend", "job_cancel"}


def on_the_trail(school, operation, answer, who):
    """Every look at a record, every change, and every refusal by right or ground left its line, under this request's own id."""
    if operation.name in UNNOTED or operation.name in SPENDS or who == "nobody":
        return
    rows = school.house.sql("""select e.action, e.status, (select coalesce(array_agg(s.external_id), '{}') from core.student s
                                                         where s.school_id = e.school_id and s.student_id = any (e.students)), e.ground
                                 from audit.event e where e.school_id = %s and e.request_id = %s""",
                            (school.school_id, answer.header("X-Request-Id")))
    here = f"{operation} as {who}: {answer}: {rows}"
    if answer.status in (401, 403, 404, 409) and answer.problem["code"] not in ("csrf", "cross_site"):
        assert [(row[0], row[1]) for row in rows] == [(operation.name, answer.status)], here
        assert set(students_in(answer.problem.get("current"))) <= set(rows[0][2]), here
    elif answer.status < 300:
        shown = set(students_in(answer.json)) if answer.headers.get_content_type() == "application/json" else set()
        noted = set().union(*(row[2] for row in rows)) if rows else set()
        assert shown <= noted, f"shown and not on the trail: {shown - noted} {here}"
        assert not shown or all(row[3] for row in rows), f"without a ground: {here}"
        if operation.method != "GET":
            assert rows, f"changed and not on the trail: {here}"


@functools.cache
def rights(house):
    return {tuple(row) for row in house.sql('select role, "right" from core.role_rights()')}


ROLE = {"dean": "dean", "ida": "adviser", "olive": "operator", "audrey": "auditor", "aspen": "administrator"}


def known_numbers(school, tag):
    """Numbers to ask with: what is there, and for changes of accounts nobody whom the next test needs."""
    known = {name: [str(n) for n in school.numbers(name)] for name in NUMBERS}
    known["staff"] = known["absent"] = known["to"] = known["owner"] = [str(school.spare.staff_id)]
    known["cases"] = None
    known["version"] = known["replaces"] = [school.house.sql("select version from ops.parameter_set limit 1")[0][0]]
    known["key"] = ["capacity_per_week", "queue_marginal"]
    known["session"], known["token"] = known["session"][-3:], known["token"][1:] or ["999"]
    known["revision"] = ["1", "2", "3"]
    known["rules"] = [row[0] for row in school.house.sql("select rule from core.policy_examples()")]
    return known


def expected(operation, tag, answer):
    """What those hear who have no role, or only half of what it takes."""
    if tag == "nobody":
        answer.refused(401, "not_signed_in")
    elif tag == "half" and operation.right != "self":
        answer.refused(403, "second_factor_needed")
    elif tag == "program" and operation.method != "GET":
        answer.refused(403, "no_right")


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.name not in ELSEWHERE], ids=str)
def test_what_is_described_is_what_is_answered(north, operation):
    house = north.house
    for tag in ASKING:
        if operation.name in SPENDS and tag not in ROLE:
            continue
        values = Values(f"{SEED}/{operation.name}/{tag}", known_numbers(north, tag))
        for n in range(EXAMPLES + 1):
            client = spending(north, tag) if operation.name in SPENDS else asking(north, tag)
            url, body = values.request(operation, minimal=n == 0)
            house.sql("delete from core.throttle")
            answer = client.ask(operation.method, url, body)
            held(north, operation, answer, tag)
            if operation.right and tag in ROLE and operation.name not in ("case_act", "setting_set"):
                may = {(ROLE[tag], right) for right in operation.rights} <= rights(house)
                refused = answer.status == 403 and answer.problem["code"] == "no_right"
                more = {"decides", "field"} & (answer.problem.keys() if refused else set())  # the policy names others; more than one has oneself
                assert refused != may or more or (answer.status == 422 and operation.kind == "HANDLER"), (url, body, answer)
            elif operation.right and not (operation.kind == "HANDLER" and answer.status == 422):
                expected(operation, tag, answer)
        north.house.sql("update core.staff set status = 'active', roles = '{adviser}', email = 'spare@north.example' where staff_id = %s",
                        (north.spare.staff_id,))


# Whose answer is another one a moment later: each look is itself a line of them, or what they say is computed for this moment.
NEVER_TWICE = {"trail", "student_access", "sessions", "student_estimate"}
FILES = "/{form}"  # of papers: taken along with a fresh proof
ABOUT = {"/reports/class/{form}": "/reports/class/json?class_year=2028", "/reports/accreditation/{form}":
         "/reports/accreditation/json?from=2025-07-01&to=2026-06-30"}


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.method == "GET" and one.right and one.name not in ELSEWHERE], ids=str)
def test_who_has_it_already_is_told_so(north, operation):
    values = Values(SEED, known_numbers(north, "dean"))
    for tag in ROLE:
        client = asking(north, tag)
        if operation.path.endswith(FILES):
            client.step_up()
        url, _ = values.request(operation, minimal=True)
        url = ABOUT.get(operation.path, url)
        first = client.get(url)
        if first.status != 200:
            continue
        tag = first.header("ETag")
        assert re.fullmatch(r'"[A-Za-z0-9_-]{16,}"', tag), first.headers.items()
        again = client.get(url, If_None_Match=tag)
        if operation.name not in NEVER_TWICE:
            assert (again.status, again.body, again.header("ETag")) == (304, b"", tag), url
        head = client.ask("HEAD", url)
        assert head.status == 200 and head.body == b"" and head.header("Content-Type") == first.header("Content-Type")
        return
    raise AssertionError(f"nobody was shown {operation}: {first}")


# ---------------------------------------------------------------- what takes more than good values


def first(client, path, **like):
    """The first of a list that is like this."""
    return next(item for item in client.get(path).json["items"] if like.items() <= item.items())


def a_case(school):
    return school.dean.post(f"/students/{school.numbers('student')[3]}/cases", {"sentence": "Asked again"}).json


def a_policy(school, *verbs):
    dean = school.dean
    made = dean.post("/policies", {"rule": first(dean, "/policies/examples")["rule"], "reason": "x", "class_year": 2099}).json
    for verb in verbs:
        answer = dean.post(f"/policies/{made['policy_id']}/{verb}", {"revision": made["revision"]})
        assert answer.status == 200, answer
        made = dean.get(f"/policies/{made['policy_id']}").json
    return {"policy": made["policy_id"]}, made["revision"]


def a_newcomer(school, name):
    made = school.aspen.post("/staff", {"email": f"{name}@north.example", "name": name, "roles": ["adviser"]})
    assert made.status == 201, made
    return made.json


def a_version(school, name):
    """A set of parameters beside the one in force, looked at."""
    body, = school.house.sql("select body from ops.parameter_set order by parameters_id limit 1")[0]
    path = f"{school.house.dir}/{name}.ini"
    with open(path, "w", encoding="utf-8") as out:
        out.write(re.sub(r"(?m)^version .*$", f"version = {name}", body))
    school.house.ctl("params", "add", path)
    return {"version": name}


def looked_at(school, name):
    version = a_version(school, name)
    school.dean.post(f"/model/versions/{name}/preview")
    school.settled()
    return version


def revision_of(client, path):
    return client.get(path).json["revision"]


# Operations that do nothing without something made for them: who, and the parameters and body by which it is done. A row is what the
# tables of the other tests cannot draw.
DEEDS = {
    "access_request_change": lambda s: (s.dean, {"request": s.numbers("request")[0]}, {
        "revision": first(s.dean, "/access-requests?state=any", request_id=s.numbers("request")[0])["revision"], "words": "Looked for"}),
    "calendar_rule_set": lambda s: (s.dean, {}, {"code": "lockout_days", "number": 10, "class_year": 2098, "reason": "x", "revision": 0}),
    "case_act": lambda s: (s.dean, {"case": (case := a_case(s))["case"], "verb": "acknowledge"}, {"revision": case["revision"]}),
    "clearance_decide": lambda s: (s.dean, {"student": (row := first(s.dean, "/clearance?sort=-exam_on", revision=0))["student"]["student_id"]},
                                   {"revision": 0, "state": "not_cleared", "reason": "x", "reviewed": ["results"], **fingerprint(s, row)}),
    "cover_add": lambda s: (s.dean, {}, {"absent": a_newcomer(s, "absent")["staff_id"], "staff": s.ida.staff_id, "until": day(2)}),
    "disclosure_add": lambda s: (s.dean, {}, {"students": s.numbers("student")[:2], "recipient": "x", "interest": "x", "what": "x", "basis": "accreditor"}),
    "invitation": lambda s: (s.stranger(), {}, {"code": a_newcomer(s, "invited")["code"], "password": PASSWORD}),
    "life_event_change": lambda s: (s.dean, {"student": "1002", "event": s.dean.post("/students/1002/life-events", {
        "kind": "leave", "category": "family", "starts_on": day(40), "ends_on": day(50)}).json["event"]}, {"revision": 1, "ends_on": day(45)}),
    "model_preview": lambda s: (s.dean, a_version(s, "looked-at"), None),
    "model_promote": lambda s: (s.dean, looked_at(s, "promoted"), {"reason": "x", "replaces": s.dean.get("/model/versions").json["in_force"]}),
    "password_change": lambda s: (spending(s, "dean"), {}, {"password": PASSWORD + " twice"}),
    "policy_activate": lambda s: (s.dean, (made := a_policy(s, "preview"))[0], {"revision": made[1], "replaces": None}),
    "policy_retire": lambda s: (s.dean, (made := a_policy(s))[0], {"revision": made[1], "reason": "x"}),
    "replay_begin": lambda s: (s.dean, {}, {"parameters": {"floor": 0.6}, "every_days": 28}),
    "session_end_other": lambda s: (s.dean, {"session": s.dean.another().get("/session").json["session"]["session_id"]}, None),
    "setting_set": lambda s: (s.dean, {"key": "capacity_per_week"}, {
        "revision": first(s.dean, "/settings?limit=200", key="capacity_per_week")["revision"], "value": 20}),
    "sign_in": lambda s: (s.stranger(), {}, {"email": s.dean.email, "password": s.dean.password, "code": s.dean.code()}),
    "staff_add": lambda s: (s.aspen, {}, {"email": "new@north.example", "name": "New", "roles": ["adviser"]}),
    "staff_change": lambda s: (s.aspen, {"staff": (made := a_newcomer(s, "changed"))["staff_id"]}, {"revision": made["revision"], "name": "Changed"}),
    "step_up": lambda s: (s.dean, {}, {"password": s.dean.password, "code": s.dean.code()}),
    "student_plan_change": lambda s: (s.dean, {"student": "1003"}, {
        "revision": revision_of(s.dean, "/students/1003/calendar"), "action": "planned", "exam_day": day(30), "reason": "By letter"}),
    "totp_confirm": lambda s: (half := asking(s, "half"), {}, {"code": totp(half.post("/me/totp").json["secret"], int(time.time()) // 30)}),
}


def fingerprint(school, row):
    seen = school.dean.get(f"/students/{row['student']['student_id']}/clearance").json["fingerprint"]
    return {"fingerprint": seen} if seen else {}


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed(north, name):
    operation = next(one for one in OPERATIONS if one.name == name)
    for tag in ("dean", "aspen"):
        asking(north, tag).step_up()
    client, parameters, body = DEEDS[name](north)
    answer = client.ask(operation.method, operation.url(parameters), body)
    assert answer.status in (200, 201, 202), answer
    held(north, operation, answer, name)


def test_nothing_is_described_that_was_not_done(north):
    """Each operation was answered as it is meant to be, at least once, and each answer was held to its description."""
    if len(SEEN) < len(OPERATIONS) - len(ELSEWHERE):
        pytest.skip("only where all of this file has run")
    done = {name for name, statuses in SEEN.items() if statuses & {200, 201, 202}}
    left = {one.name for one in OPERATIONS} - done - ELSEWHERE - DONE_THERE
    assert not left, sorted(left)
