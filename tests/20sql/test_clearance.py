"""The ledger of clearance where it takes more than one session: two who activate or decide at once; the language of policies against its
JSON Schema; and every answer of calendar and clearance against its description."""

import copy
import datetime
import glob
import hashlib
import json
import os
import subprocess
import sys
import threading
import uuid

import jsonschema
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

URL, SQL = os.environ["SG_SQL_URL"], os.environ["SG_SQL_DIR"]
MIGRATE = os.path.join(os.environ["SG_SQL_BUILD"], "tests", "sql_migrate")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "cmake"))
import openapi  # noqa: E402  (the merger of the description; put on the path above)

LEAF = {"checks": {"at_least": 1, "of": [{"instrument": "cbssa", "scale": "epc", "min_score": 62}]}}
RULE = {"language": 1, "title": "Ours", "require": LEAF, "by": {"days_before_exam": 14}, "decides": ["dean"], "waiver": {"by": ["dean"]},
        "conditional": {"means": "Meet first", "when": {"state": {"in": ["borderline"]}}}, "valid_days": 60}


def description():
    """The one document that the daemon serves, made as the build makes it."""
    fragments = {}
    for path in glob.glob(os.path.join(ROOT, "server", "office", "openapi", "*.json")):
        with open(path, encoding="utf-8") as file:
            fragments[os.path.basename(path)] = json.load(file)
    return openapi.merge(fragments, "0")


DOCUMENT = description()
OPERATIONS = {item[method]["operationId"]: item[method] for item in DOCUMENT["paths"].values() for method in item.keys() & set(openapi.METHODS)}


def validator(schema):
    return jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver.from_schema(DOCUMENT))


class Office:
    """A school of its own with four students, its dean, and calls as the daemon makes them. A refusal is (status, code, field, more)."""

    def __init__(self, admin, url, school):
        self.url, self.school, self.open = url, school, []
        self.admin = admin
        self.admin.execute("select api.school_ensure(%s, 'A school', 'America/New_York')", [school])
        self.school_id = self.admin.execute("select school_id from core.school where code = %s", [school]).fetchone()[0]
        self.admin.execute("select api.roster_import(%s, 'x', %s)", (school, psycopg.types.json.Jsonb(
            [{"student_id": str(n), "given_name": "Viridian", "family_name": "Hackberry", "class_year": 2028} for n in range(1, 5)])))
        self.token, self.csrf = (hashlib.sha256((school + word).encode()).digest() for word in ("token", "csrf"))
        staff = self.admin.execute("insert into core.staff (school_id, email, name, roles, status) "
                                   "values (%s, 'd@x', 'Dean', '{dean}', 'active') returning staff_id",
                                   [self.school_id]).fetchone()[0]
        self.admin.execute("insert into core.session (school_id, token_hash, staff_id, csrf_hash, method, created_at, last_seen_at, "
                           "stepped_up_at, expires_at, address, agent) "
                           "values (%s, %s, %s, %s, 'password', now(), now(), now(), now() + interval '8 h', '192.0.2.1', 't')",
                           (self.school_id, self.token, staff, self.csrf))

    def session(self):
        self.open.append(psycopg.connect(f"{self.url} user=sg_office", autocommit=True))
        return self.open[-1]

    def call(self, function, session=None, **args):
        session = session or (self.open[0] if self.open else self.session())
        try:
            status, media, body = session.execute(
                f"select status, media, body from api.{function}(row(%s, %s, false, %s, '192.0.2.1', 't', 'r')::api.caller, %s)",
                (self.school, self.token, self.csrf, psycopg.types.json.Jsonb(args))).fetchone()
        except psycopg.Error as refusal:
            assert refusal.sqlstate.startswith("SG"), refusal
            return int(refusal.sqlstate[2:]), refusal.diag.constraint_name, refusal.diag.column_name, json.loads(refusal.diag.message_detail)
        described = OPERATIONS[function]
        content = described["responses"][str(status)]["content"]
        if media == "application/json":
            answer = json.loads(body)
            validator(content[media]["schema"]).validate(answer)
            return answer
        assert media.split(";")[0] in content
        return body

    def policy(self, **change):
        return self.call("policy_add", body={"rule": {**RULE, **change}, "reason": "new"})

    def previewed(self, **change):
        policy = self.policy(**change)
        return self.call("policy_preview", policy=str(policy["policy_id"]), body={"revision": policy["revision"]})


@pytest.fixture(scope="module")
def database():
    name = "clearance_" + uuid.uuid4().hex[:8]
    with psycopg.connect(f"{URL} user=postgres", autocommit=True) as admin:
        admin.execute(f"create database {name}")
        url = URL.replace("dbname=stepguard", f"dbname={name}")
        done = subprocess.run([MIGRATE, url, SQL], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        with psycopg.connect(f"{url} user=postgres", autocommit=True) as session:
            yield session, url
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def office(database):
    office = Office(*database, "s" + uuid.uuid4().hex[:8])
    yield office
    for session in office.open:
        session.close()


def together(*works):
    out, start = [None] * len(works), threading.Barrier(len(works))

    def run(i, work):
        start.wait()
        out[i] = work()

    threads = [threading.Thread(target=run, args=(i, work), daemon=True) for i, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return out


# ---------------------------------------------------------------- two at once


def test_of_two_who_activate_at_once_one_comes_into_force(office):
    one, two = office.session(), office.session()
    before = None
    for turn in range(15):
        drafts = [office.previewed(title=f"{turn} {n}") for n in range(2)]
        assert all(draft["replaces"] == before for draft in drafts)

        def activate(session, draft):
            policy = draft["policy"]
            return lambda: office.call("policy_activate", session, policy=str(policy["policy_id"]), body={"revision": policy["revision"], "replaces": before})

        answers = together(activate(one, drafts[0]), activate(two, drafts[1]))
        won = [answer for answer in answers if isinstance(answer, dict)]
        lost = [answer for answer in answers if not isinstance(answer, dict)]
        assert len(won) == 1 and lost[0][:2] == (409, "conflict"), answers
        assert lost[0][3]["current"]["policy_id"] == won[0]["policy_id"]  # and is told by whom
        before = won[0]["policy_id"]
        states = [item["state"] for item in office.call("policies", limit="200")["items"]]
        assert states.count("active") == 1 and states.count("superseded") == turn


def test_of_two_who_decide_at_once_one_decides(office):
    draft = office.previewed()["policy"]
    office.call("policy_activate", policy=str(draft["policy_id"]), body={"revision": draft["revision"]})
    one, two = office.session(), office.session()
    for turn in range(15):
        page = office.call("student_clearance", student="1")
        assert page["revision"] == turn

        def decide(session, state):
            return lambda: office.call("clearance_decide", session, student="1", body={
                "revision": page["revision"], "fingerprint": page["fingerprint"], "state": state, "reason": "looked", "reviewed": ["results"]})

        answers = together(decide(one, "cleared"), decide(two, "not_cleared"))
        lost = [answer for answer in answers if not isinstance(answer, dict)]
        assert len(lost) == 1 and lost[0][:2] == (409, "conflict"), answers
        assert lost[0][3]["current"]["revision"] == turn + 1


def test_of_two_who_set_a_rule_at_once_one_sets_it(office):
    one, two = office.session(), office.session()
    for turn in range(15):

        def set_rule(session, weeks):
            return lambda: office.call("calendar_rule_set", session, body={"code": "result_weeks", "number": weeks, "reason": "x", "revision": turn})

        lost = [answer for answer in together(set_rule(one, 7), set_rule(two, 9)) if not isinstance(answer, dict)]
        assert len(lost) == 1 and lost[0][:2] == (409, "conflict") and lost[0][3]["current"]["revision"] == turn + 1


def test_two_drafts_at_once_are_two_versions(office):
    one, two = office.session(), office.session()
    for turn in range(10):
        answers = together(*[lambda s=s: office.call("policy_add", s, body={"rule": RULE, "reason": "x"}) for s in (one, two)])
        assert sorted(answer["version"] for answer in answers) == [2 * turn + 1, 2 * turn + 2]


# ---------------------------------------------------------------- the language, said twice


@pytest.fixture(scope="module")
def language(database):
    check = validator({"$ref": "#/components/schemas/PolicyRule"})
    session = database[0]

    def judge(rule):
        """(fits the schema, paths of the faults that SQL finds)"""
        return check.is_valid(rule), [row[0] for row in session.execute("select path from core.policy_problems(%s)", [psycopg.types.json.Jsonb(rule)])]

    return judge


ITEMS = st.fixed_dictionaries({"instrument": st.sampled_from(("cbssa", "cbse", "uwsa2", "free120")),
    "scale": st.sampled_from(("epc", "percent", "three_digit"))},
                              optional={"min_score": st.integers(0, 1000) | st.floats(0, 1000, allow_nan=False)})
LISTS = st.lists(ITEMS, min_size=1, max_size=4, unique_by=lambda item: (item["instrument"], item["scale"]))
FLAGS = {name: st.booleans() for name in ("timed", "new_form", "official")}
EVIDENCE = st.one_of(
    st.fixed_dictionaries({"checks": st.fixed_dictionaries({"at_least": st.integers(1, 20), "of": LISTS}, optional={
        "pick": st.sampled_from(("any", "latest")), "within_days": st.integers(1, 730), "within_days_of_exam": st.integers(1, 730), **FLAGS})}),
    st.fixed_dictionaries({"last_check": st.fixed_dictionaries({"of": LISTS, "within_days_of_exam": st.integers(1, 365)}, optional=FLAGS)}),
    st.fixed_dictionaries({"attempt": st.fixed_dictionaries({"most": st.integers(1, 10)})}),
    st.just({"exam": {"planned": True}}))
ESTIMATE = st.one_of(
    st.fixed_dictionaries({"p_pass": st.fixed_dictionaries({"at_least": st.floats(0, 1)}, optional={"low_at_least": st.floats(0, 1),
        "max_age_days": st.integers(1, 90)})}),
    st.just({"state": {"in": ["on_track"]}}))
TREES = st.recursive(EVIDENCE | ESTIMATE, lambda inner: st.one_of(
    st.builds(lambda x: {"all": x}, st.lists(inner, min_size=1, max_size=3)), st.builds(lambda x: {"any": x}, st.lists(inner, min_size=1, max_size=3)),
    st.builds(lambda x: {"not": x}, inner)), max_leaves=6)
RULES = st.fixed_dictionaries({"language": st.just(1), "title": st.just("T"), "require": st.builds(lambda leaf, tree: {"all": [leaf, tree]}, EVIDENCE, TREES),
                               "by": st.sampled_from(({"days_before_exam": 14}, {"date": "2027-03-15"})),
                                   "decides": st.sampled_from((["dean"], ["dean", "adviser"]))},
                              optional={"missing": st.sampled_from(("cannot_say", "does_not_meet")), "waiver": st.just({"by": ["dean"]}),
                                  "counsellor_decides": st.booleans(),
                                        "conditional": st.builds(lambda when: {"means": "M", "when": when}, TREES), "valid_days": st.integers(1, 730)})
FEW = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(RULES)
def test_what_the_schema_lets_pass_passes(language, rule):
    fits, faults = language(rule)
    assert fits and not [fault for fault in faults if fault != "/require"], faults  # "/require": the negation of what asks for evidence may ask for none


def places(node, path=""):
    yield path, node
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(value, f"{path}/{key}")


@FEW
@given(RULES, st.data())
def test_what_is_broken_is_found_where_it_is(language, rule, data):
    """Puts something wrong in one place: both judges refuse, and SQL names that place or the object around it."""
    rule = copy.deepcopy(rule)
    path = data.draw(st.sampled_from([path for path, _ in places(rule) if path]))
    *steps, last = path.split("/")[1:]
    at = rule
    for step in steps:
        at = at[int(step) if isinstance(at, list) else step]
    last = int(last) if isinstance(at, list) else last
    wrong = [None, {}, [], "", -1, 1e9, {"a/b": 1}] + ["x\x01"] * (last not in ("title", "means"))
    at[last] = data.draw(st.sampled_from(wrong))
    fits, faults = language(rule)
    assert not fits and faults
    assert any(path.startswith(fault) or fault.startswith(path) for fault in faults), (path, faults)


def test_the_table_of_the_language_and_the_schema_have_the_same_members(database):
    said = {}
    for construct, member, required in database[0].execute("select construct, member, required from core.policy_language()"):
        said.setdefault(construct, {})[member] = required
    schemas = DOCUMENT["components"]["schemas"]
    rule, expr = schemas["PolicyRule"], schemas["PolicyExpression"]
    shown = {"policy": rule, "expr": expr, "item": schemas["PolicyItem"], "by": rule["properties"]["by"], "waiver": rule["properties"]["waiver"],
             "conditional": rule["properties"]["conditional"]}
    shown.update({name: expr["properties"][name] for name in expr["properties"] if name not in ("all", "any", "not")})
    assert {name: {member: member in schema.get("required", ()) for member in schema["properties"]} for name, schema in shown.items()} == said


# ---------------------------------------------------------------- answers


def test_every_answer_is_as_described(office):
    """A policy's life, a student's, and every list, through the functions; Office.call holds each answer to its schema."""
    today = datetime.date.today()
    exam = today + datetime.timedelta(days=60)
    days = {"from": str(today), "to": str(today + datetime.timedelta(days=300))}
    plan = office.call("student_plan_change", student="1", body={"revision": 0, "action": "planned", "exam_day": str(exam), "permit_from": str(today),
                       "permit_to": str(exam + datetime.timedelta(days=30)), "reason": "told us"})
    assert plan["coming"]["exam_on"] == str(exam)
    office.call("student_plan_change", student="2", body={"revision": 0, "action": "taken", "exam_day": str(today - datetime.timedelta(days=40)),
        "reason": "told us"})
    office.call("student_plan_change", student="2", body={"revision": 1, "action": "result", "attempt": 1, "outcome": "fail", "reason": "letter"})
    office.call("student_plan_change", student="3", body={"revision": 0, "action": "taken", "exam_day": str(today - datetime.timedelta(days=40)),
        "reason": "told us"})
    office.call("student_plan_change", student="3", body={"revision": 1, "action": "result", "attempt": 1, "outcome": "pass", "reason": "letter"})
    for body in ({"code": "block_start", "item": "Medicine", "day": str(exam + datetime.timedelta(days=90))}, {"code": "study_weeks", "number": 8},
        {"code": "passed_by", "day": str(exam + datetime.timedelta(days=90))},
                 {"code": "taken_by", "day": str(exam), "class_year": 2028}, {"code": "attempt_limit", "number": 3}):
        office.call("calendar_rule_set", body={**body, "reason": "handbook", "revision": 0})
    office.call("calendar_rule_set", body={"code": "attempt_limit", "withdraw": True, "reason": "handbook", "revision": 1})
    for student in "1234":
        assert office.call("student_calendar", student=student)["rules"]
    assert {item["kind"] for item in office.call("calendar", limit="200", **days)["items"]} == {
        "last_safe_day", "exam", "deadline", "pass_due", "permit_end", "result_typical", "result_expected", "retake_from", "block_start"}
    assert office.call("calendar", format="csv", **days).startswith("day,kind,")
    assert len(office.call("calendar_rules")["items"]) > 15 and office.call("calendar_rules", format="csv")

    assert office.call("clearance_list")["items"][0]["proposal"] == "no_policy" and office.call("student_clearance", student="1")["policy"] is None
    assert [item["name"] for item in office.call("policy_examples")["items"]] == ["early-check", "several-ways",
        "shared-form"] and office.call("policy_examples", format="csv")
    for example in office.call("policy_examples")["items"]:
        draft = office.call("policy_add", body={"rule": example["rule"], "reason": example["words"], "class_year": 2028})
        preview = office.call("policy_preview", policy=str(draft["policy_id"]), body={"revision": 1})
        assert sum(row["students"] for row in preview["counts"]) == 3  # of four, one has passed
        office.call("policy_activate", policy=str(draft["policy_id"]), body={"revision": 1, "replaces": preview["replaces"]})
        assert office.call("policy_replay", policy=str(draft["policy_id"]))["attempts"] == 2
        page = office.call("student_clearance", student="1")
        for state in ("conditional", "cleared", "not_cleared", "waived", "undecided"):
            page = office.call("clearance_decide", student="1", body={"revision": page["revision"], "fingerprint": page["fingerprint"], "state": state,
                "reason": "looked",
                               "reviewed": ["results", "student"], "student_view": "agrees"})
            assert page["state"] == state
        assert office.call("clearance_list", proposal="cannot_say")["items"] and office.call("clearance_list", format="csv")
    assert len(page["decisions"]) == 15
    changed = office.call("policy_change", policy=str(office.policy()["policy_id"]), body={"revision": 1, "reason": "better"})
    office.call("policy_retire", policy=str(changed["policy_id"]), body={"revision": 2, "reason": "not needed"})
    assert office.call("policies", format="csv") and office.call("policy", policy=str(changed["policy_id"]))["state"] == "retired"
    assert office.call("policy_add", body={"rule": {**RULE, "require": {"all": [LEAF, {"checks": {"at_least": 0, "of": []}}]}}, "reason": "x"})[:3] == (
        422, "invalid", "rule/require/all/1/checks/at_least")
