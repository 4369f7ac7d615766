"""Every list of the office: a page at a time it gives each row once, in the order asked for, whatever is added meanwhile; as a file it has the
same rows and cells, and says on each line about students that it is not to be passed on.
"""
import csv
import io
import re

import pytest

from test_office_api import OPERATIONS, ROLE, asking, rights

LISTS = [one for one in OPERATIONS if one.is_list()]
FILES = [one for one in OPERATIONS if one.has_csv() and not one.name.startswith("cohort")]  # figures are no lists: 45office/test_cohort.py
MOVING = {"trail", "student_access"}  # every look at them is a further row of theirs
NOTICE = "34 CFR 99.33"


@pytest.fixture(scope="module")
def north(schools):
    return schools["north"]


def somebody(school, operation):
    tag = next(tag for tag, role in ROLE.items() if (role, operation.right) in rights(school.house))
    client = asking(school, tag)
    school.house.sql("update core.session set stepped_up_at = now(), stepped_up_full = true where ended_at is null")
    return client


def sorts(operation):
    """What the list can be sorted by, both ways."""
    schema = operation.parameters["sort"]["schema"]
    if "enum" in schema:
        return schema["enum"]
    names = re.fullmatch(r"\^-\?\(?([^()]*)\)?\$", schema["pattern"])[1].split("|")
    return [sign + name for name in names for sign in ("", "-")]


def url(school, operation, **query):
    imported = {"import": school.house.sql("select min(import_id) from ops.import where school_id = %s", (school.school_id,))[0][0]}
    return operation.url({**({"student": "1000"} if "{student}" in operation.path else {}), **(imported if "{import}" in operation.path else {}),
                          **WIDE.get(operation.name, {}), **query})


# As much as the list can give.
WIDE = {"covers": {"state": "any"}, "cases": {"state": "any"}, "access_requests": {"state": "any"}, "students": {"status": "active"}}


def walked(client, school, operation, limit, between=lambda: None, **query):
    """All rows, page by page, and the totals that were said."""
    rows, totals, cursor = [], [], None
    while True:
        answer = client.get(url(school, operation, limit=limit, **query, **({"cursor": cursor} if cursor else {})))
        assert answer.status == 200, answer
        page = answer.json
        assert len(page["items"]) == limit if page["next"] else len(page["items"]) <= limit
        rows += page["items"]
        totals.append(page["total"])
        cursor = page["next"]
        if not cursor:
            return rows, totals
        assert len(rows) < 5000
        between()


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_pages_make_the_list(north, operation):
    client = somebody(north, operation)
    for sort in sorts(operation):
        whole = client.get(url(north, operation, limit=200, sort=sort)).json
        if operation.name in MOVING or whole["next"]:
            continue
        rows, totals = walked(client, north, operation, max(1, len(whole["items"]) // 4), sort=sort)
        assert rows == whole["items"], (operation, sort)
        assert set(totals) == {len(rows)}, (operation, sort)
        if sort.startswith("-"):
            backwards = client.get(url(north, operation, limit=200, sort=sort[1:])).json["items"]
            assert sorted(map(str, backwards)) == sorted(map(str, rows)), (operation, sort)
            # The number of a row breaks ties, and turns round with the rest.
            assert backwards == rows[::-1], (operation, sort)


@pytest.mark.parametrize("sort", ["name", "-name", "student_id", "-student_id", "p", "-p"])
def test_rows_that_come_meanwhile_neither_hide_nor_repeat_others(north, sort):
    """A class is imported while somebody reads: between two pages students come before, within and behind what was read."""
    operation = next(one for one in OPERATIONS if one.name == "students")
    client = asking(north, "dean")
    north.settled()  # a row whose estimate comes meanwhile is another's in the order of p, and may rightly be passed over
    before = [item["student_id"] for item in client.get("/students?limit=200&status=active&q=new-").json["items"]]
    known = {item["student_id"] for item in walked(client, north, operation, 50)[0]}
    count = iter(range(1000))

    def come():
        n = next(count)
        if n < 4:
            north.house.roster(*({"student_id": f"new-{sort}-{n}-{family}", "family_name": family, "given_name": family}
                                 for family in ("Aaa", "Mmm", "Zzz")))

    rows, _ = walked(client, north, operation, max(5, len(known) // 6), come, sort=sort)
    ids = [row["student_id"] for row in rows]
    assert len(ids) == len(set(ids)), "shown twice"
    assert known <= set(ids), f"skipped: {known - set(ids)}"
    assert before is not None


def test_the_trail_grows_while_it_is_read(north):
    operation = next(one for one in OPERATIONS if one.name == "trail")
    client = asking(north, "audrey")
    known = [row["event_id"] for row in walked(client, north, operation, 200)[0]]
    rows = [row["event_id"] for row in walked(client, north, operation, 150)[0]]  # its own looks come before, newest first
    assert len(rows) == len(set(rows)) and set(known) <= set(rows) and rows == sorted(rows, reverse=True)
    upwards = [row["event_id"] for row in walked(client, north, operation, 150, sort="at")[0]]
    assert len(upwards) == len(set(upwards)) and set(rows) <= set(upwards) and upwards == sorted(upwards)


def test_a_cursor_is_good_for_its_question_only(north):
    client = asking(north, "dean")
    cursor = client.get("/students?limit=2").json["next"]
    for query in ("sort=-name", "q=a", "class_year=2028", "sort=p"):
        assert client.get(f"/students?limit=2&cursor={cursor}&{query}").refused(422, "invalid")["field"] == "cursor"
    assert client.get(f"/students?limit=7&cursor={cursor}").status == 200
    other = asking(north, "ida")
    mine = {item["student_id"] for item in other.get("/students?limit=200").json["items"]}
    assert {item["student_id"] for item in other.get(f"/students?limit=2&cursor={cursor}").json["items"]} <= mine
    for broken in (cursor[:-2], cursor + "A", cursor[::-1], "W10", "e30", "WzEsMiwzXQ", "bnVsbA", "x" * 600, "x" * 601):
        answer = client.get(f"/students?limit=2&cursor={broken}")
        assert answer.status in (200, 422) and (answer.status == 200 or answer.problem["field"] == "cursor"), (broken, answer)


# ---------------------------------------------------------------- as a file


def cell(value):
    """As core.csv_cell says: what RFC 4180 leaves of it after reading."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = "; ".join(v if isinstance(v, str) else plain(v) for v in value)
    elif not isinstance(value, (int, float, dict)):
        value = value
    else:
        return plain(value)
    formula = re.match("[\\s\ufeff\u200b\u00a0]*[=+@\uff1d\uff0b\uff0d\uff20-]|^[\\t\\r\\n]", value)
    return ("'" if formula else "") + value


def plain(value):
    return value if isinstance(value, str) else NotText(value)


class NotText:
    """A number or object: equal to any text that JSON reads as the same."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, text):
        import json

        try:
            return json.loads(text.lstrip("'")) == self.value
        except ValueError:
            return False

    def __repr__(self):
        return repr(self.value)


def at(item, path):
    for step in path.split("."):
        item = item.get(step) if isinstance(item, dict) else None
    return item


@pytest.mark.parametrize("operation", FILES, ids=str)
def test_a_file_has_what_the_list_has(north, operation):
    client = somebody(north, operation)
    items = client.get(url(north, operation, **({"limit": 200} if "limit" in operation.parameters else {}))).json
    answer = client.get(url(north, operation, format="csv"))
    if not any((role, "export") in rights(north.house) for tag, role in ROLE.items() if north.people[tag] is client):
        answer.refused(403, "no_right")
        return
    assert answer.status == 200 and answer.header("Content-Type") == "text/csv; charset=utf-8", answer
    assert answer.header("Content-Disposition").startswith("attachment") and answer.header("X-Content-Type-Options") == "nosniff"
    text = answer.body.decode()
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "").replace("\n", "", 0) or '"' in text
    rows = list(csv.reader(io.StringIO(text, newline="")))
    head = rows.pop(0)
    assert all(len(row) == len(head) for row in rows)
    if operation.name in MOVING:
        assert abs(len(rows) - len(items["items"])) <= 2 or items["next"]
        return
    assert len(rows) == len(items["items"]) or items.get("next"), (operation, len(rows))
    columns = [name for name in head if name != "notice"]
    for row, item in zip(rows, items["items"]):
        for name, text in zip(columns, row):
            value = at(item, name)
            if isinstance(value, list) and value and not isinstance(value[0], str):
                continue  # a list of objects: as text, not as cells
            assert cell(value) == text, (operation, name, text, value)
    about_students = any("student_id" in name for name in columns) or "{student}" in operation.path
    if about_students and rows:
        assert head[-1] == "notice" and all(NOTICE in row[-1] for row in rows), (operation, head)


def test_a_file_wants_a_right_and_a_fresh_proof(north):
    dean = asking(north, "dean").enter()
    north.house.sql("update core.session set stepped_up_at = now() - interval '1 hour' where ended_at is null")
    for operation in FILES:
        tag = next(tag for tag, role in ROLE.items() if (role, operation.right) in rights(north.house))
        answer = asking(north, tag).get(url(north, operation, format="csv"))
        assert answer.status == 403 and answer.problem["code"] in ("step_up_required", "no_right"), (operation, answer)
    assert north.program.get("/students?format=csv").refused(403, "no_right")["right"] == "export"
    dean.step_up()
    assert dean.get("/students?format=csv").status == 200


def test_a_file_is_on_the_trail_with_everybody_in_it(north):
    dean = asking(north, "dean")
    dean.step_up()
    answer = dean.get("/students?format=csv&class_year=2028")
    ids = [row["student_id"] for row in csv.DictReader(io.StringIO(answer.body.decode(), newline=""))]
    (action, students, detail, ground), = north.house.sql(
        """select e.action, array(select s.external_id from core.student s where s.school_id = e.school_id and s.student_id = any (e.students)),
                  e.detail, e.ground from audit.event e where e.request_id = %s""", (answer.header("X-Request-Id"),))
    assert (action, sorted(students), ground) == ("students", sorted(ids), "dean of the school")
    assert detail == {"format": "csv", "class_year": "2028"}
