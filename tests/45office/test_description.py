"""The description of the interface, the table of routes and the functions of the database are one thing said three times: each must know
what the others know. Every answer that the tests of this folder get is held to the description as well (peer/office.py)."""
import glob
import json
import os
import re

import jsonschema
import pytest

import peer

ROOT = peer.ROOT
METHODS = {"get", "put", "post", "delete", "patch"}


def routes():
    """{(method, path): (name, kind)} of the daemon's own table."""
    with open(f"{ROOT}/server/db/office_routes.def", encoding="utf-8") as table:
        rows = re.findall(r'^ROUTE\((\w+), "([^"]+)", (\w+), (\w+), [^)]*\)$', table.read(), re.M)
    return {(method, path): (name, kind) for method, path, name, kind in rows}


def described():
    document = {}
    for path in glob.glob(f"{ROOT}/server/office/openapi/*.json"):
        with open(path, encoding="utf-8") as fragment:
            for name, item in json.load(fragment).get("paths", {}).items():
                for method in item.keys() & METHODS:
                    document[method.upper(), name] = item[method]
    return document


ROUTES, DESCRIBED = routes(), described()
NAMES = [f"{method} {path}" for method, path in ROUTES]


@pytest.fixture(scope="module")
def document(office):
    from office import OfficeClient

    with OfficeClient(office.office_port, office.ca_file) as client:
        return client.get("/openapi.json").json


def test_the_table_is_read_whole():
    assert len(ROUTES) > 40


def test_every_route_is_described_and_nothing_else():
    assert sorted(ROUTES) == sorted(DESCRIBED)


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_route_and_its_description_agree(route):
    name, kind = ROUTES[route]
    operation = DESCRIBED.get(route)
    assert operation is not None, "not described"
    assert operation["operationId"] == name
    assert operation["summary"] and operation["tags"] and operation["responses"]
    given = {p["name"] if "name" in p else p["$ref"].rsplit("/", 1)[1].lower() for p in operation.get("parameters", [])}
    assert set(re.findall(r"{(\w+)}", route[1])) <= given
    assert (kind == "READ") <= (route[0] == "GET") and (kind == "WRITE") <= (route[0] != "GET")
    assert route[0] != "GET" or "requestBody" not in operation


@pytest.mark.parametrize("route", [route for route, (_, kind) in ROUTES.items() if kind != "HANDLER"], ids=str)
def test_a_function_says_its_route(route):
    """In the head of its file, where whoever changes it looks."""
    path = f"{ROOT}/sql/api/{ROUTES[route][0]}.sql"
    assert os.path.exists(path)
    with open(path, encoding="utf-8") as file:
        head = re.sub(r"\s+", " ", re.match(r"(?:--[^\n]*\n)+", file.read()).group().replace("\n--", " "))
    assert re.search(re.escape(f"{route[0]} /api/v1{route[1]}") + r"(?![\w/{])", head), head


def test_every_function_of_the_office_is_asked_by_somebody(office):
    """What takes a caller is a route, or asked by the daemon itself (CALL in the table, or a statement of another shape)."""
    functions = {name for (name,) in office.sql("""select proname from pg_proc where pronamespace = 'api'::regnamespace
                                                   and proargtypes[0] = 'api.caller'::regtype""")}
    with open(f"{ROOT}/server/db/office_routes.def", encoding="utf-8") as table:
        text = table.read()
    with open(f"{ROOT}/server/db/stmts.c", encoding="utf-8") as table:
        shaped = set(re.findall(r'api\.(\w+)\(" CALLER', table.read()))
    asked = set(re.findall(r"^CALL\((\w+),", text, re.M)) | {name for name, kind in ROUTES.values() if kind != "HANDLER"} | shaped
    assert functions == asked


def test_every_statement_could_be_prepared(office):
    assert "event=statement_failed" not in office.daemon.text()


def test_the_document_is_openapi(document):
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"] and document["servers"] == [{"url": "/api/v1"}]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = [operation["operationId"] for item in document["paths"].values() for method, operation in item.items() if method in METHODS]
    assert len(names) == len(set(names)) == len(ROUTES)


def test_objects_say_all_their_members(document):
    """A member that is not described would be read by nobody, or by mistake."""
    open_ended = []

    def walk(node, path):
        if isinstance(node, dict):
            if node.get("type") == "object" and "properties" in node and node.get("additionalProperties") is not False and path[-1] != "Problem":
                open_ended.append("/".join(map(str, path)))
            for key, value in node.items():
                walk(value, [*path, key])
        elif isinstance(node, list):
            for n, value in enumerate(node):
                walk(value, [*path, n])

    walk(document, ["#"])
    assert open_ended == []
