"""Bad values, one at a time in an otherwise good request, for every parameter and member that the description knows: what the description
forbids is refused with a problem that names the field, nothing is ours to blame, and nothing of the inside is told. And good values that look
bad: names and notes that are markup or formulas come back as the data they are.
"""
import csv
import io
import json
import random
import re
import urllib.parse

import jsonschema
import pytest

from office_values import FORMULAS, HOSTILE_TEXTS, HOSTILE_VALUES, REFUSED_WHOLE, UNKNOWN, XSS, Values, literal
from test_office_api import ELSEWHERE, OPERATIONS, ROLE, SPENDS, asking, known_numbers, rights

SEED = 20260102
FEW, MANY = 4, 14  # values tried of a parameter that all lists share, and of any other
SECRET = {"password", "code"}  # what is wrong about them is not told
EACH_BY_ITSELF = "cases_bulk"  # what cannot be done to one case leaves the others done: answered 200, with a status for each
SHARED = {"limit", "cursor", "format", "sort", "student"}
# Of the inside: error codes and words of PostgreSQL, names of schemas, files, functions, what C says.
INSIDE = re.compile(r"sqlstate|\bpg_|plpgsql|PL/|jsonb|int[248]\b|bigint|syntax error|duplicate key|constraint|relation|violates|null value|column \"|"
                    r"\b(core|api|audit|ops)\.|\.sql\b|\.c:|libpq|operator does not|cannot cast|out of range for type|function|stack|0x[0-9a-f]{6}", re.I)
# What cannot be asked a hundred times over, or whose body is a file (45office/test_imports.py).
LEFT_OUT = ELSEWHERE | SPENDS | {"import_file", "session_end_other", "replay_begin", "model_preview", "model_promote", "oidc_show"}
TRIED = [one for one in OPERATIONS if one.name not in LEFT_OUT]


@pytest.fixture(scope="module")
def north(schools):
    return schools["north"]


def somebody(school, operation):
    """Who may do this, with a fresh proof."""
    if not operation.right:
        return school.stranger()
    tag = next(tag for tag, role in ROLE.items() if (role, operation.right) in rights(school.house))
    client = asking(school, tag)
    school.house.sql("update core.session set stepped_up_at = now(), stepped_up_full = true where ended_at is null")
    return client


def refused(operation, answer, name, usual, what):
    """A refusal that names what is to blame; `usual` is what the good request is answered."""
    here = f"{operation} {name}={what!r:.80}: {answer}"
    assert answer.status in (400, 404, 409, 413, 422) or answer.status == usual.status >= 400 or (answer.status in (401, 403) and name in SECRET), here
    problem = answer.problem
    assert not INSIDE.search(problem["detail"] + problem.get("remedy", "")), here
    if answer.status == 422:
        also = usual.problem.get("field") if usual.status == 422 else None
        field = problem.get("field", "").split("/")[0]  # in what is nested: rule/by/days
        assert field in {name, also} - {None}, here
    return problem


def allowed(operation, schema, value):
    resolver = jsonschema.RefResolver.from_schema(operation.document)
    return jsonschema.Draft202012Validator(schema, resolver=resolver, format_checker=jsonschema.FormatChecker()).is_valid(value)


def as_the_query_reads(schema, text):
    """What a text in a query stands for, by its schema."""
    if schema.get("type") == "integer":
        return int(text) if re.fullmatch("-?[0-9]{1,18}", text) else text
    if schema.get("type") == "number":
        return float(text) if re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,12})?", text) else text
    return text


@pytest.mark.parametrize("operation", TRIED, ids=str)
def test_of_a_query_or_path(north, operation):
    rng = random.Random(f"{SEED}/{operation.name}")
    values = Values(f"{SEED}/{operation.name}", known_numbers(north, "dean"))
    good = {name: values.value(operation, p["schema"], name) for name, p in operation.parameters.items() if p.get("required")}
    body = values.value(operation, operation.body) if operation.body else None
    client = somebody(north, operation)
    usual = client.ask(operation.method, operation.url(good), body)
    assert usual.status < 500, usual
    for name, parameter in operation.parameters.items():
        schema = operation.resolve(parameter["schema"])
        for text in rng.sample(HOSTILE_TEXTS, FEW if name in SHARED else MANY):
            text = text[:150]  # the whole of it is a request line that is too long (414)
            north.house.sql("delete from core.throttle")
            answer = client.ask(operation.method, operation.url({**good, name: text}), body)
            assert answer.status < 500, (operation, name, text, answer)
            if allowed(operation, parameter["schema"], as_the_query_reads(schema, text)):
                assert str(answer.status) in operation.said["responses"] or answer.status == 400, (operation, name, text, answer)
            else:
                assert answer.status >= 400, f"{operation} took {name}={text!r:.80}, which its description forbids"
                refused(operation, answer, name, usual, text)
    answer = client.ask(operation.method, operation.url({**good, UNKNOWN: "1"}), body)
    assert answer.status in (400, 422) and answer.problem["field"] == UNKNOWN, (operation, answer)


@pytest.mark.parametrize("operation", [one for one in TRIED if one.body and one.body.get("properties")], ids=str)
def test_of_a_body(north, operation):
    rng = random.Random(f"{SEED}/{operation.name}")
    values = Values(f"{SEED}/{operation.name}", known_numbers(north, "dean"))
    good = {name: values.value(operation, p["schema"], name) for name, p in operation.parameters.items() if p.get("required")}
    body = values.value(operation, {**operation.body, "properties": {k: v for k, v in operation.body["properties"].items()
                                                                   if k in operation.body.get("required", [])}})
    client, url = somebody(north, operation), operation.url(good)
    usual = client.ask(operation.method, url, body)
    assert usual.status < 500, usual
    for name, schema in operation.body["properties"].items():
        for value in (*HOSTILE_VALUES, *rng.sample(HOSTILE_TEXTS, MANY // 2)):
            north.house.sql("delete from core.throttle")
            answer = client.ask(operation.method, url, {**body, name: value})
            assert answer.status < 500, (operation, name, value, answer)
            if allowed(operation, schema, value):
                assert str(answer.status) in operation.said["responses"] or answer.status == 400, (operation, name, value, answer)
            elif not loosely(operation, name, schema, value):
                assert answer.status >= 400, f"{operation} took {name}={value!r:.80}, which its description forbids"
                refused(operation, answer, name, usual, value)
        for kind, text in REFUSED_WHOLE.items():
            assert client.ask(operation.method, url, literal(body, name, text)).refused(400, "invalid")["field"] == "body", kind
    answer = client.ask(operation.method, url, {**body, UNKNOWN: 1})
    if operation.name == EACH_BY_ITSELF:
        assert {item["code"] for item in answer.json["items"]} == {"unknown_field"}, answer
        return
    assert answer.status == usual.status >= 400 or (answer.refused(422, "unknown_field")["field"] == UNKNOWN), (operation, answer)


def loosely(operation, name, schema, value):
    """What is taken though the description is narrower, and does no harm: null for a member left out, and a plain value for its text, as in a query."""
    if value is None or (operation.name == EACH_BY_ITSELF and name != "verb"):
        return True
    kind = operation.resolve(operation.resolve(schema)["allOf"][0] if "allOf" in operation.resolve(schema) else schema).get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, (dict, list)):
        return False
    if "string" in kinds:
        return allowed(operation, schema, text)
    if "integer" in kinds or "number" in kinds:
        return isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,18}\s*", text) and allowed(operation, schema, int(text))
    return text in ("true", "false")


@pytest.mark.parametrize("operation", [one for one in TRIED if one.body], ids=str)
@pytest.mark.parametrize("body", [[], "x", 1, None, [{}], True], ids=repr)
def test_of_what_is_no_object(north, operation, body):
    values = Values(f"{SEED}/{operation.name}", known_numbers(north, "dean"))
    good = {name: values.value(operation, p["schema"], name) for name, p in operation.parameters.items() if p.get("required")}
    answer = somebody(north, operation).ask(operation.method, operation.url(good), json.dumps(body))
    assert answer.status in (400, 404, 409, 422), (operation, answer)
    assert not INSIDE.search(answer.problem["detail"])


# ---------------------------------------------------------------- good values that look bad


@pytest.fixture(scope="module")
def odd(north):
    """Students whose names are markup and formulas: {id: (given, family)}."""
    names = {f"odd-{n:02}": (text, FORMULAS[n % len(FORMULAS)]) for n, text in enumerate(XSS)}
    north.house.roster(*({"student_id": id, "given_name": given, "family_name": family, "adviser_email": north.ida.email}
                         for id, (given, family) in names.items()))
    return names


def test_names_come_back_as_they_are(north, odd):
    for id, (given, family) in odd.items():
        answer = asking(north, "dean").get(f"/students/{id}")
        student = answer.json["student"]
        assert (student["given_name"].strip(), student["family_name"].strip()) == (given.strip(), family.strip()), student
        assert answer.header("X-Content-Type-Options") == "nosniff"


def test_notes_come_back_as_they_are(north, odd):
    dean = asking(north, "dean")
    case = dean.post("/students/odd-00/cases", {"sentence": XSS[0]}).json
    for text in (*XSS, *FORMULAS[:12]):
        answer = dean.post(f"/cases/{case['case']}/note", {"text": text, "tier": "team"})
        assert answer.status == 200, answer
    shown = dean.get(f"/cases/{case['case']}").json
    assert {note["text"].strip() for note in shown["notes"]} == {text.strip() for text in (*XSS, *FORMULAS[:12])}
    assert shown["reasons"][0]["text"] == XSS[0]


def test_no_cell_of_a_file_is_a_formula(north, odd):
    dean = asking(north, "dean")
    dean.step_up()
    answer = dean.get("/students?format=csv&q=odd-")
    assert answer.status == 200 and answer.headers.get_content_type() == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    assert len(rows) == len(odd)
    for row in rows:
        for name, cell in row.items():
            assert not re.match(r"[\s\ufeff\u200b\u00a0]*[=+@＝＋－＠]|[\t\r\n]", cell), (name, cell)
            assert not re.match(r"\s*-(?![0-9.]+$)", cell), (name, cell)
        given, family = odd[row["student_id"]]
        assert row["given_name"].lstrip("'") == given.strip().lstrip("'")
        assert row["family_name"].lstrip("' ").endswith(family.strip().lstrip("'"))


@pytest.mark.parametrize("q,n", [("%", None), ("_", None), ("\\", None), ("odd-0_", 0), ("odd-%", 0), ("odd-0", 10), ("ODD-1", 10), ("'", None),
                                 ("<script", None)])
def test_a_search_takes_letters_for_letters(north, odd, q, n):
    items = asking(north, "dean").get(f"/students?limit=200&q={urllib.parse.quote(q)}").json["items"]
    found = {item["student_id"] for item in items}
    want = {id for id, (given, family) in odd.items() if q.lower() in f"{given.strip()} {family.strip()} {id}".lower()}
    assert {id for id in found if id in odd} == want
    assert n is None or len(found) == n


def test_a_colleague_may_be_called_anything(north):
    admin = asking(north, "aspen")
    admin.step_up()
    for n, name in enumerate((XSS[0], XSS[1], "=1+1", "a\u202eb")):
        answer = admin.post("/staff", {"email": f"odd{n}@north.example", "name": name, "roles": ["operator"]})
        assert answer.status in (201, 422) and (answer.status == 422 or answer.json["name"] == name), answer
    listed = {item["name"] for item in admin.get("/staff?limit=200").json["items"]}
    assert {XSS[0], XSS[1], "=1+1"} <= listed
    assert f"'{FORMULAS[0]}" in admin.get("/staff?format=csv").body.decode()


def test_what_was_typed_does_not_stand_in_the_log(north):
    """Neither a value nor a name: a log is read by others than a record."""
    assert "odd-07" not in north.house.daemon.text() and "jndi" not in north.house.daemon.text()
