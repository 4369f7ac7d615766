"""Cases against each other: two browsers, two workers, the sweep; then every answer about cases against its description."""

import json
import os
import threading

import jsonschema
import psycopg
import pytest
from psycopg.types.composite import CompositeInfo, register_composite

from case_school import DAY, HOUR, SQL, START, Refused, School, database  # noqa: F401  (the last is a fixture)

OPENAPI = os.path.join(SQL, "..", "server", "office", "openapi")


@pytest.fixture
def school(database):
    with psycopg.connect(f"{database} user=postgres", autocommit=True) as session:
        yield School(session, students=6)


@pytest.fixture
def sessions(database, school):
    """Further sessions with the school's clock."""
    opened = []
    for _ in range(4):
        session = psycopg.connect(f"{database} user=postgres", autocommit=True)
        session.execute("select set_config('sg.now', %s, false), set_config('lock_timeout', '20s', false)", [START.isoformat()])
        for name in school.types:
            register_composite(CompositeInfo.fetch(session, f"api.{name}"), session)
        opened.append(session)
    yield opened
    for session in opened:
        session.close()


def together(*works):
    """Runs the functions at the same time and gives what they gave or raised, in order."""
    out, start = [None] * len(works), threading.Barrier(len(works))

    def run(i, work):
        start.wait()
        try:
            out[i] = work()
        except Exception as problem:  # the caller judges
            out[i] = problem

    threads = [threading.Thread(target=run, args=(i, work), daemon=True) for i, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return out


def low(evidence="a"):
    return {"low_probability": (3, evidence)}


def codes(outcomes):
    return sorted(o.code if isinstance(o, Refused) else "done" if isinstance(o, dict) else repr(o) for o in outcomes)


def test_of_two_browsers_one_is_told_that_it_was_too_late(school, sessions):
    school.assess(school.students[0], 0.5, 1, low())
    case = school.case()["case_id"]
    for _ in range(20):
        seen = school.case()["revision"]
        verbs = [("dean", "due", {"on": "2026-11-05"}), ("ida", "follow_up", {"on": "2026-11-06"}), ("dean", "assign", {"to": school.staff["dean"]}), ("ida", "start", {})]
        outcomes = together(*[lambda s=s, p=p, v=v, b=b: school.act(p, case, v, s, revision=seen, **b) for s, (p, v, b) in zip(sessions, verbs)])
        assert codes(outcomes) in (["conflict"] * 3 + ["done"], ["conflict"] * 2 + ["done", "not_allowed"]), outcomes
        assert school.case()["revision"] == seen + 1
        if school.case()["state"] == "in_progress":  # so that each verb can win again
            school.act("dean", case, "watch", revision=seen + 1)


def test_many_notes_at_once_are_all_kept(school, sessions):
    school.assess(school.students[0], 0.5, 1, low())
    case = school.case()["case_id"]
    outcomes = together(*[lambda s=s, n=n: [school.act("dean", case, "note", s, text=f"{n}/{i}") for i in range(10)] for n, s in enumerate(sessions)])
    assert all(isinstance(o, list) for o in outcomes), outcomes
    assert len(school.ask("dean", "case_show", case=str(case))["notes"]) == 40
    assert school.case()["revision"] == 41


def test_two_workers_open_one_case(school, sessions):
    for turn in range(10):
        student = school.students[turn % 6]
        outcomes = together(*[lambda s=s: school.assess(student, 0.5, 1, low("b"), s) for s in sessions],
                            lambda: school.ask("dean", "case_open", student=str(1000 + turn % 6), body={"sentence": "Asked"}))
        assert not [o for o in outcomes if isinstance(o, Exception)], outcomes
        assert school.one("select count(*), count(distinct student_id) from core.case_file where school_id = %s", school.id) == (min(turn + 1, 6),) * 2
    reasons = school.db.execute("""select code, count(*) from core.case_reason where school_id = %s and closed_at is null group by 1 order by 1""", [school.id])
    assert reasons.fetchall() == [("by_person", 6), ("low_probability", 6)]


def test_estimates_people_and_the_sweep_do_not_deadlock(school, sessions):
    """Each locks many students and cases, in the order it likes to name them."""
    for student in school.students:
        school.assess(student, 0.5, 1, low())
    cases = [school.case(n)["case_id"] for n in range(6)]
    row, flag = school.types["assessment_row"], school.types["flag_row"]

    def estimates(session, backwards):
        for turn in range(12):
            people = school.students[::-1] if backwards else school.students
            versions = dict(session.execute("select student_id, version from core.progress where school_id = %s", [school.id]).fetchall())
            rows = [row(school.id, s, versions[s], 1, START + turn * HOUR, 1, 0, 60.0, 3.0, 62.0, 4.0, 0.5, 0.0, 1.0, 0.9, 0.5, 3, None, None, "[]")
                    for s in people]
            flags = [flag(school.id, s, code, 1, 3, "words", f'{{"numbers":[],"evidence":["{turn}"]}}')
                     for s in people for code in ("low_probability", ("decline", "plateau_x")[turn % 2])]
            session.execute("select recorded from api.record_assessments(%s, %s)", [rows, flags], binary=True)

    def bulk(session):
        for turn in range(12):
            order = cases[::-1] if turn % 2 else cases
            school.ask("dean", "cases_bulk", session, body={"verb": "take", "cases": [{"case": c, "revision": 1 + turn} for c in order]})

    def sweep(session):
        for turn in range(12):
            at = START + turn * DAY
            session.execute("select api.cases_sweep(%s, %s)", [school.code, at])

    def life(session):
        for turn in range(12):
            school.ask("dean", "life_event_add", session, student=str(1000 + turn % 6),
                       body={"kind": "illness", "category": "medical", "starts_on": "2026-10-30", "ends_on": "2026-10-31"})

    one, two, three, four = sessions
    outcomes = together(lambda: estimates(one, False), lambda: estimates(two, True), lambda: bulk(three), lambda: sweep(four), lambda: life(school.db))
    assert outcomes == [None] * 5


def test_two_merges_in_opposite_directions(school, sessions):
    school.assess(school.students[0], 0.5, 1, low())
    school.one("select api.plans_import(%s, 'x', %s)", school.code, json.dumps([{"student_id": "1000", "attempt": 1, "outcome": "fail"}]))
    school.assess(school.students[0], 0.5, 1, low())
    first, second = school.case(0, 1), school.case(0, 2)

    def merge(session, gone, kept):
        return lambda: school.act("dean", gone["case_id"], "merge", session, revision=gone["revision"], into=kept["case_id"], into_revision=kept["revision"])

    outcomes = together(merge(sessions[0], first, second), merge(sessions[1], second, first))
    assert codes(outcomes) in (["done", "not_coming"], ["conflict", "done"], ["done", "not_allowed"]), outcomes
    assert school.case(0, 1) is None and school.case(0, 2)["state"] == "new"


# ---------------------------------------------------------------- answers against their description


def described():
    document = {"paths": {}, "components": {}}
    for name in ("base", "cases", "queue"):
        with open(os.path.join(OPENAPI, f"{name}.json"), encoding="utf-8") as file:
            fragment = json.load(file)
        document["paths"].update(fragment.get("paths", {}))
        for part, members in fragment.get("components", {}).items():
            document["components"].setdefault(part, {}).update(members)
    schemas = {}
    for item in document["paths"].values():
        for operation in item.values():
            answer = next(code for code in operation["responses"] if code.startswith("2"))
            schemas[operation["operationId"]] = operation["responses"][answer]["content"]["application/json"]["schema"]
    return document, schemas


def test_every_answer_is_as_described(school):
    document, schemas = described()

    def asked(function, person="dean", **args):
        answer = school.ask(person, function, **args)
        jsonschema.Draft202012Validator({**schemas.pop(function, known[function]), "components": document["components"]}).validate(answer)
        return answer

    known = dict(schemas)
    student = school.students[0]
    school.assess(student, 0.5, 1, {**low(), "gone_silent": (3, "c")})
    school.assess(school.students[1], 0.4, 1, low())
    asked("life_event_add", student="1000", body={"kind": "leave", "category": "family", "starts_on": "2026-10-01"})
    event = asked("life_events", student="1000")["items"][0]
    asked("life_event_change", student="1000", event=str(event["event"]), body={"revision": 1, "ends_on": "2026-12-01"})
    case = asked("queue_show")["items"][0]["case"]
    case = str(school.case()["case_id"])
    act = lambda verb, **body: asked("case_act", case=case, verb=verb, body={"revision": school.case()["revision"], **body})
    for verb, body in (("acknowledge", {}), ("undo", {}), ("contact", {"channel": "phone", "outcome": "met", "sentence": "x"}), ("watch", {}), ("start", {}),
                       ("snooze", {"until": "2026-11-05"}), ("task", {"title": "x", "due_on": "2026-11-01"}), ("plan", {"kind": "recovery"}),
                       ("note", {"text": "x", "tier": "owner"}), ("follow_up", {"on": "2026-11-04"})):
        act(verb, **body)
    note = asked("case_show", case=case)["notes"][0]
    act("note_change", note=note["note"], text="y")
    assert {i["kind"] for i in asked("work")["items"]} == {"task", "follow_up", "case", "wake"}
    assert asked("cases")["total"] == 2
    shown = asked("case_show", case=case)
    assert shown["notes"][0]["earlier"] and any(r["muted"] for r in shown["reasons"]) and shown["tasks"] and shown["plan"] and shown["contacts"]
    act("resolve", resolution="ready")
    asked("case_open", student="1002", body={"sentence": "Asked for help", "severity": "urgent"})
    asked("cases_bulk", body={"verb": "take", "cases": [{"case": int(case), "revision": 1}, {"case": school.case(1)["case_id"], "revision": 1}]})
    school.one("insert into ops.alert (school_id, kind, since, text) values (%s, 'feed_stale', now(), 'x') returning 1", school.id)
    queue = asked("queue_show")
    assert queue["feed"] and queue["items"]
    assert not schemas, f"never asked: {sorted(schemas)}"


def test_the_description_knows_the_verbs_and_words_of_the_database(school):
    document, _ = described()
    verbs = {v for v, in school.db.execute("select verb from core.case_verbs()")}
    operation = document["paths"]["/cases/{case}/{verb}"]["post"]
    assert set(operation["parameters"][1]["schema"]["enum"]) == verbs
    fields = {f for f, in school.db.execute("select distinct unnest(fields) from core.case_verbs()")}
    assert set(operation["requestBody"]["content"]["application/json"]["schema"]["properties"]) == fields
    bulk = document["paths"]["/cases/bulk"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert set(bulk["verb"]["enum"]) == {v for v, in school.db.execute("select verb from core.case_verbs() where bulk")}
    assert set(bulk) == {"verb", "cases"} | {f for f, in school.db.execute("select distinct unnest(fields) from core.case_verbs() where bulk")} - {"revision"}
    resolutions = document["components"]["schemas"]["CaseHead"]["properties"]["resolution"]["enum"]
    assert set(resolutions) - {None} == {c for c, in school.db.execute("select code from core.case_resolutions()")}
