"""The figures of the Cohort page through the real daemon: every mark leads to the students that it counts, and to no others; as a file they
are the same; and who may see figures without records sees none that gives somebody away."""
import csv
import io

import pytest

import peer
from office import Person

STUDENTS = 60
YEARS = (2027, 2028)


@pytest.fixture(scope="module")
def school(office):
    """Two classes with checks, blocks and sub-scores; exams behind and ahead of them, some with an outcome, some without a day."""
    office.roster(*({"student_id": f"h{n}", "class_year": YEARS[n % 2], "track": ("us_md", "us_do")[n % 3 == 0],
                     "adviser_email": "rowan@school.example" if n % 5 == 0 else ""} for n in range(STUDENTS)))
    office.sql("""
        with s as (select school_id, student_id, substr(external_id, 2)::int4 as n from core.student where external_id like 'h%'),
             day as (select s.*, current_date - 60 + 4 * n as exam from s where n % 10 <> 9),
             plan as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
                      select school_id, student_id, gen_random_uuid(), 2, 1, 1, exam, now() - interval '200 days' from day),
             taken as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
                       select school_id, student_id, gen_random_uuid(), 2, 3, 1, exam, exam + interval '1 day' from day where exam < current_date),
             ended as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, outcome, made_at)
                       select school_id, student_id, gen_random_uuid(), 2, 4, 1, case when n % 4 = 0 then 2 else 1 end, exam + interval '20 days'
                         from day where exam < current_date - 20)
        insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted,
                                 repeat, instrument, form, items, correct, subs)
        select school_id, student_id, 1, gen_random_uuid(), now(), now() - interval '12 days' * k - interval '1 hour', 0,
               5200 + 45 * n - 120 * k, 1, 1, false, false, 'cbssa', 'f' || k, 200, 120, '\\x01001c000a'::bytea || '\\x150010000e'::bytea
          from s, generate_series(1, 6) k where n % 7 <> 6 and (n % 8 <> 7 or k > 4)""")
    office.ctl("assess-all")
    return office


def ids(answer):
    assert answer.status == 200, answer
    assert answer.json["next"] is None
    return [row["student_id"] for row in answer.json["items"]]


def followed(person, query):
    return ids(person.get(f"/students?limit=200&{query}"))


def marks(node):
    """Every object of an answer that has a count and the query that leads to those it counts, with its name for them."""
    if isinstance(node, dict):
        if isinstance(node.get("students"), str):
            yield node.get("weak", node.get("n")), node["students"]
        for value in node.values():
            yield from marks(value)
    elif isinstance(node, list):
        for value in node:
            yield from marks(value)


@pytest.mark.parametrize("path", ["/cohort", "/cohort?class_year=2028", "/cohort?track=us_do", "/cohort?class_year=2027,2028&track=us_md", "/cohort/effort",
                                  "/cohort/effort?class_year=2027", "/cohort/areas", "/cohort/areas?class_year=2027", "/cohort/exams?class_year=2028",
                                  "/cohort/exams?by=day&track=us_md", "/cohort/funnel", "/cohort/funnel?class_year=2027", "/cohort/classes"])
def test_every_mark_leads_to_its_students(school, dean, path):
    answer = dean.get(path)
    assert answer.status == 200, answer
    seen = 0
    for n, query in marks(answer.json):
        if n is not None:
            assert len(followed(dean, query)) == n, query
            seen += n
    assert seen > 10


def test_the_parts_are_the_whole(school, dean):
    now = dean.get("/cohort").json
    n = now["n"]
    assert sum(c["n"] for c in now["students"]) == STUDENTS and now["students"][0] == {"name": "to_sit", "n": n, "students": "stage=to_sit"}
    assert sum(s["n"] for s in now["states"]) == n == sum(c["n"] for c in now["classes"])
    state = {s["state"]: s["n"] for s in now["states"]}
    assert sum(w["n"] for w in now["cannot_say"]) == state["cannot_say"]
    assert sum(b["n"] for b in now["readiness"]["bins"]) == now["readiness"]["n"] == n - state["none"]
    assert sum(b["n"] for b in now["p"]["bins"]) == now["p"]["n"] == n - state["none"] - now["p"]["no_day"]
    assert sum(b["n"] for b in now["readiness"]["bins"] if b["to"] <= now["pass_line"]) == now["readiness"]["below_line"]
    assert now["pass_line"] in now["readiness"]["edges"] and now["pass_line"] == 60 and (now["floor"], now["ceiling"]) == (0.85, 0.92)
    for one in now["classes"]:
        assert sum(s["n"] for s in one["states"]) == one["n"]
    near = [e["n"] for e in now["exams"]]
    assert near == sorted(near) and near[-1] > 0


def test_areas_are_those_of_the_catalogue(school):
    with open(f"{peer.ROOT}/proto/catalogue/areas.csv", encoding="utf-8") as file:
        wanted = [(int(row["number"]), row["axis"], row["code"], row["name"], float(row["low_pct"] or "nan"), float(row["high_pct"] or "nan"))
                  for row in csv.DictReader(file)]
    got = school.sql("select number, axis, code, name, coalesce(low_pct, 'nan'), coalesce(high_pct, 'nan') from core.areas() order by number")
    assert [tuple(map(str, row)) for row in got] == [tuple(map(str, row)) for row in wanted]


def test_what_was_recorded_is_what_the_page_computes(school, dean):
    rows = {row["student_id"]: row for row in dean.get("/students?limit=200").json["items"]}
    for student in ("h0", "h8", "h20", "h41"):
        now = dean.get(f"/students/{student}/estimate").json
        assert rows[student]["weak_areas"] == [f"{a['axis']}.{a['area']}" for a in now["areas"] if a["weak"]]
    assert rows["h8"]["effort"] == 400 and rows["h7"]["effort"] == 0  # two forms of 200 in four weeks; none since eight
    assert any(row["weak_areas"] for row in rows.values()) and not all(row["weak_areas"] for row in rows.values())


def test_it_is_polled_without_being_sent_again(school, dean):
    first = dean.get("/cohort")
    assert dean.get("/cohort", If_None_Match=first.header("ETag")).status == 304


@pytest.mark.parametrize("path", ["/cohort", "/cohort/effort", "/cohort/areas", "/cohort/exams", "/cohort/funnel", "/cohort/classes?by=dedicated"])
def test_as_a_file(school, dean, path):
    answer = dean.step_up().get(f"{path}{'&' if '?' in path else '?'}format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert answer.headers.get_content_type() == "text/csv" and len(rows) > 1
    assert ("notice" in rows[0]) == (path == "/cohort/effort")  # words against passing on stand on files about students


@pytest.fixture(scope="module")
def adviser(school):
    with Person(school, "rowan@school.example", "Rowan Elm", "adviser").settle() as person:
        yield person


def test_it_is_the_deans(school, adviser):
    for path in ("/cohort", "/cohort/effort", "/cohort/areas", "/cohort/exams", "/cohort/funnel", "/cohort/classes"):
        adviser.get(path).refused(403, "no_right")


def test_an_adviser_filters_among_their_own(school, adviser):
    mine = ids(adviser.get("/students?limit=200"))
    assert sorted(mine) == sorted(f"h{n}" for n in range(0, STUDENTS, 5))
    assert set(ids(adviser.get("/students?limit=200&stage=to_sit&readiness_min=50"))) < set(mine)
