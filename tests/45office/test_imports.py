"""Files of an operator through the office port: looked at before, applied whole, taken back without harm to what people did since."""
import csv
import io
import json
import zipfile

import pytest

from conftest import settled
from house import wait_for


@pytest.fixture(scope="module")
def operator(office):
    with settled(office, "rowan", "operator") as person:
        yield person


@pytest.fixture(scope="module")
def school(office):
    """A roster of a hundred made-up students."""
    office.roster(*({"student_id": f"p{n}", "given_name": "Teal", "family_name": f"Pine {n}", "email": ""} for n in range(100)))


@pytest.fixture(autouse=True)
def fresh(office, school):
    """As it was before the test before."""
    office.sql("""update core.student set status = case when external_id ~ '^p' then 'active' else 'inactive' end, class_year = 2028, email = '',
                                          family_name = 'Pine ' || substr(external_id, 2)""")


def bring(person, text, kind="roster", media="text/csv", headers=None, **query):
    query = "&".join(f"{k}={v}" for k, v in {"kind": kind, "file_name": f"{kind}.csv", **query}.items())
    answer = person.ask("POST", f"/imports?{query}", text if isinstance(text, bytes) else text.encode(), {"Content-Type": media, **(headers or {})})
    return answer


def preview(person, text, **query):
    answer = bring(person, text, **query)
    assert answer.status == 201, answer
    return answer.json


def rows(person, imported, **query):
    query = "&".join(f"{k}={v}" for k, v in query.items())
    return person.get(f"/imports/{imported['import_id']}/rows?{query}").json["items"]


def errors(person, imported):
    return person.get(f"/imports/{imported['import_id']}/errors").json["items"]


def act(person, verb, imported, **body):
    return person.post(f"/imports/{imported['import_id']}/{verb}", {"revision": imported["revision"], **body})


def done(answer):
    assert answer.status == 200, answer
    return answer.json


def count(office, table, where="true"):
    return office.sql(f"select count(*)::int from {table} where {where}")[0][0]


def family(office, student):
    return office.sql("select family_name from core.student where external_id = %s", (student,))[0][0]


# ---------------------------------------------------------------- the whole way


def test_a_roster_is_looked_at_then_applied_then_taken_back(office, operator):
    text = "\ufeffStudent ID,Last-Name,First_Name,Shoe size\r\np1,Larch,Teal,44\r\np2,Pine 2,Teal,\r\nnew1,Elm,Ecru,\r\n"
    shown = preview(operator, text)
    assert shown["state"] == "previewed" and shown["stops"] == [] and shown["previewed"]["by"]["name"] == "Rowan Rowan"
    assert {k: v for k, v in shown["counts"].items() if v} == {"rows": 3, "new": 1, "changed": 1, "unchanged": 1, "absent": 98}
    mapping = {column["field"]: column["header"] for column in shown["header"] if column["header"]}
    assert mapping == {"student_id": "Student ID", "family_name": "Last-Name", "given_name": "First_Name"}
    assert shown["ignored"] == ["Shoe size"] and "surname" in next(c for c in shown["header"] if c["field"] == "family_name")["aliases"]
    assert family(office, "p1") == "Pine 1"  # nothing has been changed
    changed, = rows(operator, shown, change="changed")
    assert (changed["line"], changed["student_id"]) == (2, "p1")
    assert changed["fields"] == [{"field": "family_name", "before": "Pine 1", "after": "Larch"}]
    new, = rows(operator, shown, change="new")
    assert {f["field"]: f["after"] for f in new["fields"]} == {"family_name": "Elm", "given_name": "Ecru", "status": "active", "track": "us_md"}

    applied = done(act(operator, "apply", shown))
    assert applied["state"] == "applied" and applied["can_undo"] and applied["applied"]["by"]["name"] == "Rowan Rowan"
    assert family(office, "p1") == "Larch" and family(office, "new1") == "Elm"
    act(operator, "apply", shown).refused(409, "conflict")
    act(operator, "apply", applied).refused(409, "conflict")

    undone = done(act(operator, "undo", applied))
    assert undone["undone"]["restored"] == 2 and undone["undone"]["kept"] == 0
    assert family(office, "p1") == "Pine 1"
    assert office.sql("select status from core.student where external_id = 'new1'") == [("inactive",)]
    act(operator, "undo", undone).refused(409, "conflict")
    listed = operator.get("/imports?kind=roster").json["items"]
    assert listed[0]["import_id"] == shown["import_id"] and listed[0]["state"] == "undone"


def test_the_same_file_twice_adds_nothing(office, operator):
    text = "student_id,family_name\np3,Larch\n"
    first = done(act(operator, "apply", preview(operator, text)))
    again = preview(operator, text)
    assert again["counts"]["changed"] == 0 and again["counts"]["unchanged"] == 1 and again["same_as"] == first["import_id"]
    assert rows(operator, again) == []
    assert done(act(operator, "apply", again))["state"] == "applied" and family(office, "p3") == "Larch"


# ---------------------------------------------------------------- what is wrong with a file


@pytest.mark.parametrize("text, reason", [
    ("name,track\nA,us_md\n", "the header has no such column"), ("student_id,student_id\n1,2\n", "twice"),
    ("student_id;family_name\n1;Pine\n", "the header has no such column"), ('"student_id\n1\n', "quotation mark"),
    (b"student_id,name\xfc\n1,2\n", "UTF-8")])
def test_a_file_that_cannot_be_used_keeps_nothing(office, operator, text, reason):
    before = count(office, "ops.import")
    refused = bring(operator, text).refused(422, "unusable_file")
    assert any(reason in finding["reason"] for finding in refused["findings"]), refused
    assert count(office, "ops.import") == before


def test_no_file_at_all(operator):
    bring(operator, "").refused(422, "missing")
    assert preview(operator, "student_id\n")["counts"]["rows"] == 0


def test_one_bad_row_among_good_ones(office, operator):
    text = "student_id,family_name,class_year,email\np1,Larch,2028,\np2,Oak,MMXX,viridian hackberry\np1,Oak,2028,\n"
    shown = preview(operator, text)
    assert shown["counts"]["refused"] == 2 and shown["counts"]["changed"] == 1
    found = errors(operator, shown)
    assert sorted((e["line"], e["field"]) for e in found) == [(3, "class_year"), (3, "email"), (4, "student_id")]
    assert all(e["reason"] and e["remedy"] and not e["warning"] for e in found)
    assert "hackberry" not in json.dumps([shown, found]) and "MMXX" not in json.dumps([shown, found])
    assert done(act(operator, "apply", shown))["state"] == "applied" and family(office, "p1") == "Larch" and family(office, "p2") == "Pine 2"

    strict = preview(operator, text.replace("Larch", "Elm"), mode="strict")
    assert [stop["code"] for stop in strict["stops"]] == ["refused_rows"]
    act(operator, "apply", strict, past_brake="I am in a hurry").refused(409, "stopped")
    assert family(office, "p1") == "Larch"


def test_errors_as_a_file(operator):
    shown = preview(operator, "student_id,family_name,status\np1,Larch,gone\n")
    answer = operator.get(f"/imports/{shown['import_id']}/errors?format=csv")
    if answer.status == 403:
        operator.step_up()
        answer = operator.get(f"/imports/{shown['import_id']}/errors?format=csv")
    line, = csv.DictReader(io.StringIO(answer.body.decode()))
    assert (line["line"], line["field"], line["reason"]) == ("2", "status", "is none of: active leave inactive")


def test_formula_cells_are_text_and_harmless_in_a_file(office, operator):
    shown = preview(operator, 'student_id,family_name\np1,"=HYPERLINK(""http://x"")"\np2,+1\n')
    done(act(operator, "apply", shown))
    assert family(office, "p1") == '=HYPERLINK("http://x")'
    answer = operator.get(f"/imports/{shown['import_id']}/rows?format=csv")
    assert answer.status == 200
    for line in csv.DictReader(io.StringIO(answer.body.decode())):
        assert line["family_name"].startswith("'") and line["summary"].startswith("family_name: Pine")


@pytest.mark.parametrize("query, field", [({"kind": "people"}, "kind"), ({"mode": "hasty"}, "mode"), ({"absent": "gone"}, "absent"),
                                          ({"shoe": "44"}, "shoe"), ({"kind": "plans", "absent": "inactive"}, "absent")])
def test_what_the_query_may_not_say(operator, query, field):
    assert bring(operator, "student_id\np1\n", **query).problem["field"] == field


# ---------------------------------------------------------------- the brake


def test_forty_of_a_hundred_leaving_is_too_many(office, operator):
    text = "student_id\n" + "".join(f"p{n}\n" for n in range(60))
    kept = preview(operator, text)
    assert kept["counts"]["absent"] == 40 and kept["counts"]["leaving"] == 0 and kept["stops"] == []

    shown = preview(operator, text, absent="inactive")
    assert shown["counts"]["leaving"] == 40 and shown["brake"] == {"percent": 10, "most": 10}
    stop, = shown["stops"]
    assert stop["code"] == "brake_absent" and not stop["passable"] and "40 of 100" in stop["sentence"]
    refused = act(operator, "apply", shown, past_brake="the others have left").refused(409, "stopped")
    assert refused["stops"] == shown["stops"]
    assert count(office, "core.student", "status = 'active'") == 100

    said = preview(operator, "student_id,status\n" + "".join(f"p{n},inactive\n" for n in range(40)))
    assert [(s["code"], s["passable"]) for s in said["stops"]] == [("brake_leaving", True)]
    act(operator, "apply", said).refused(409, "stopped")
    gone = done(act(operator, "apply", said, past_brake="They have graduated."))
    assert gone["applied"]["past_brake"] == "They have graduated." and count(office, "core.student", "status = 'active'") == 60
    assert done(act(operator, "undo", gone))["undone"]["restored"] == 40 and count(office, "core.student", "status = 'active'") == 100


def test_a_few_may_leave_by_absence_and_none_where_a_row_was_refused(office, operator):
    text = "student_id\n" + "".join(f"p{n}\n" for n in range(95))
    shown = preview(operator, text + "p95,x,y\n", absent="inactive")
    assert [s["code"] for s in shown["stops"]] == ["absent_unsure"] and shown["counts"]["leaving"] == 0
    act(operator, "apply", shown, past_brake="whatever").refused(409, "stopped")
    few = preview(operator, text, absent="inactive")
    assert few["stops"] == [] and {r["line"] for r in rows(operator, few, change="leaving")} == {None}
    done(act(operator, "apply", few))
    assert count(office, "core.student", "status = 'active'") == 95


def test_more_changes_than_the_brake_allows_need_a_reason(office, operator):
    text = "student_id,class_year\n" + "".join(f"p{n},2029\n" for n in range(100))
    shown = preview(operator, text)
    assert [(s["code"], s["passable"]) for s in shown["stops"]] == [("brake_changed", True)]
    act(operator, "apply", shown).refused(409, "stopped")
    assert done(act(operator, "apply", shown, past_brake="A new year."))["state"] == "applied"


# ---------------------------------------------------------------- what people did in between


def test_what_somebody_changed_since_the_preview_is_not_overwritten(office, operator):
    shown = preview(operator, "student_id,family_name\np1,Larch\np2,Oak\n")
    office.sql("update core.student set family_name = 'Juniper' where external_id = 'p2'")
    act(operator, "apply", shown).refused(409, "data_changed")
    assert family(office, "p1") == "Pine 1" and family(office, "p2") == "Juniper"
    made = preview(operator, "student_id,family_name\nnew9,Larch\n")
    office.roster({"student_id": "new9", "family_name": "Elm"})
    act(operator, "apply", made).refused(409, "data_changed")
    assert family(office, "new9") == "Elm"


def test_undo_leaves_what_was_changed_since(office, operator):
    text = "student_id,family_name,email\np1,Larch,a@x.example\np2,Oak,b@x.example\nnew2,Elm,c@x.example\nnew3,Ash,d@x.example\n"
    applied = done(act(operator, "apply", preview(operator, text)))
    office.sql("update core.student set family_name = 'Juniper' where external_id = 'p2'")
    office.sql("update core.progress set invited_at = now() where student_id = (select student_id from core.student where external_id = 'new3')")
    undone = done(act(operator, "undo", applied))
    assert {k: undone["undone"][k] for k in ("restored", "partly", "kept")} == {"restored": 2, "partly": 1, "kept": 1}
    assert {r["student_id"]: r["undone"] for r in rows(operator, undone)} == {"p1": "restored", "p2": "partly", "new2": "restored", "new3": "kept"}
    assert office.sql("select family_name, email from core.student where external_id = 'p2'") == [("Juniper", "")]
    assert office.sql("select status from core.student where external_id in ('new2', 'new3') order by external_id") == [("inactive",), ("active",)]


# ---------------------------------------------------------------- who, and how much


def test_only_those_with_the_roster(office, dean, admin, operator, stranger):
    shown = preview(operator, "student_id\np1\n")
    assert preview(dean, "student_id\np1\n")["previewed"]["by"]["name"] == "Hazel Rowan"
    bring(admin, "student_id\np1\n").refused(403, "no_right")
    admin.get(f"/imports/{shown['import_id']}").refused(403, "no_right")
    bring(stranger, "student_id\np1\n").refused(401, "not_signed_in")
    bring(operator, "student_id\np1\n", headers={"X-CSRF-Token": None}).refused(403, "csrf")
    bring(operator, '{"student_id": "p1"}', media="application/json").refused(415, "media_type")
    operator.get("/imports/999999").refused(404, "not_found")


def test_a_body_may_be_that_long_only_here_and_only_for_somebody_known(operator, stranger):
    long = b"student_id\n" + b"p1\n" * 40000
    assert preview(operator, long)["counts"]["refused"] == 39999
    assert operator.raw("POST", "/api/v1/cases/bulk", long, {"Content-Type": "application/json"}).status == 413
    assert stranger.raw("POST", "/api/v1/imports?kind=roster&file_name=x", long, {"Content-Type": "text/csv"}).status == 413
    assert operator.raw("POST", "/api/v1/imports?kind=roster&file_name=x", b"x" * (4 * 1024 * 1024 + 1), {"Content-Type": "text/csv"}).status == 413


# ---------------------------------------------------------------- plans


def plan(office, student):
    return office.sql("""select a.attempt, a.planned_on::text, a.taken_on::text, a.outcome
                           from core.student s, core.attempts_of(s.school_id, s.student_id) a where s.external_id = %s order by 1""", (student,))


def test_plans_come_in_and_go_back(office, operator):
    text = "student_id,attempt,exam_date,taken_on,outcome\np20,1,2027-03-01,,\np21,1,2026-05-01,2026-05-02,fail\nstranger,1,2027-01-01,,\n"
    shown = preview(operator, text, kind="plans")
    assert {k: v for k, v in shown["counts"].items() if v} == {"rows": 3, "new": 2, "refused": 1}
    assert [(e["line"], e["field"], e["reason"]) for e in errors(operator, shown)] == [(4, "student_id", "is nobody on the roster")]
    assert "stranger" not in json.dumps([shown, errors(operator, shown)])
    row = rows(operator, shown)[0]
    assert (row["about"], row["fields"]) == ("attempt 1", [{"field": "planned_on", "before": None, "after": "2027-03-01"}])
    applied = done(act(operator, "apply", shown))
    assert plan(office, "p20") == [(1, "2027-03-01", None, None)] and plan(office, "p21") == [(1, "2026-05-01", "2026-05-02", 2)]

    moved = done(act(operator, "apply", preview(operator, text.replace("2027-03-01", "2027-04-01").replace("stranger", "p22"), kind="plans")))
    assert plan(office, "p20") == [(1, "2027-04-01", None, None)]
    assert done(act(operator, "undo", moved))["undone"]["restored"] == 2
    assert plan(office, "p20") == [(1, "2027-03-01", None, None)] and plan(office, "p22") == [(1, None, None, None)]
    undone = done(act(operator, "undo", applied))["undone"]  # that an exam was not taken after all cannot be said in a log that only grows
    assert (undone["restored"], undone["partly"]) == (1, 1) and plan(office, "p20") == [(1, None, None, None)]


def test_what_a_person_said_of_an_exam_is_kept(office, operator, dean):
    text = "student_id,attempt,planned_on\np30,1,2027-03-01\np31,1,2027-03-01\n"
    done(act(operator, "apply", preview(operator, text, kind="plans")))
    said = dean.post("/students/p30/plan", {"revision": 1, "action": "planned", "exam_day": "2027-05-01", "reason": "She asked for it."})
    assert said.status == 201, said
    office.sql("""insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
                  select school_id, student_id, gen_random_uuid(), 1, 1, 1, '2027-06-01', now() + interval '1 s' from core.student where external_id = 'p31'""")
    again = preview(operator, text, kind="plans")
    assert again["counts"]["kept"] == 2 and again["counts"]["changed"] == 0
    assert {(r["change"], r["student_id"], r["fields"][0]["before"], r["fields"][0]["after"]) for r in rows(operator, again)} == {
        ("kept", "p30", "2027-05-01", "2027-03-01"), ("kept", "p31", "2027-06-01", "2027-03-01")}
    done(act(operator, "apply", again))
    assert plan(office, "p30")[0][1] == "2027-05-01" and plan(office, "p31")[0][1] == "2027-06-01"
    other = preview(operator, text.replace("03-01", "07-01"), kind="plans")  # news, but not over what the dean said
    assert (other["counts"]["kept"], other["counts"]["changed"]) == (1, 1)


# ---------------------------------------------------------------- official scores

SCORES = "Student ID,Exam,Form,Test Date,Score,Scale\np40,CBSE,A,2026-10-01,68.5,epc\np41,cbse,,2026-10-01,61,\n"


def official(office, student):
    return office.sql("""select r.revision, r.score_centi, r.retracted from core.result r join core.student s using (school_id, student_id)
                          where s.external_id = %s and r.device_id = 0 order by r.revision""", (student,))


def test_official_scores_once_and_back(office, operator, dean):
    shown = preview(operator, SCORES, kind="official_scores")
    assert shown["counts"]["new"] == 2 and rows(operator, shown)[0]["about"] == "cbse, form A, 2026-10-01"
    applied = done(act(operator, "apply", shown))
    assert official(office, "p40") == [(0, 6850, False)] and official(office, "p41") == [(0, 6100, False)]
    item, = dean.get("/students/p40/results").json["items"]
    assert (item["instrument"], item["form"], item["score"], item["scale"], item["device_id"]) == ("cbse", "A", 68.5, "epc", 0)

    again = preview(operator, SCORES, kind="official_scores")
    assert again["counts"]["unchanged"] == 2 and again["same_as"] == applied["import_id"]
    done(act(operator, "apply", again))
    assert official(office, "p40") == [(0, 6850, False)]

    corrected = done(act(operator, "apply", preview(operator, SCORES.replace("68.5", "70"), kind="official_scores")))
    assert official(office, "p40") == [(0, 6850, False), (1, 7000, False)]
    first = done(act(operator, "undo", applied))["undone"]
    assert (first["restored"], first["kept"]) == (1, 1) and official(office, "p41")[-1] == (1, 6100, True)
    assert done(act(operator, "undo", corrected))["undone"]["restored"] == 1
    assert official(office, "p40")[-1] == (2, 6850, False)
    assert office.sql("""select count(*)::int from core.student s, core.current_results(s.school_id, s.student_id) where external_id = 'p41'""") == [(0,)]
    third = done(act(operator, "apply", preview(operator, SCORES, kind="official_scores")))
    assert third["counts"]["new"] == 1 and official(office, "p41")[-1] == (2, 6100, False)


@pytest.mark.parametrize("line, field", [
    ("p42,cbse,A,2026-10-01,168,epc", "score"), ("p42,cbse,A,2026-10-01,68,old", "scale"), ("p42,uwsa1,A,2026-10-01,230,", "instrument"),
    ("p42,cbse,A,10/01/2026,68,epc", "taken_on"), ("p42,cbse,A,2099-10-01,68,epc", "taken_on"), ("stranger,cbse,A,2026-10-01,68,epc", "student_id"),
    ("p42,cbse,A,2026-10-01,,epc", "score")])
def test_a_score_that_cannot_be(office, operator, line, field):
    shown = preview(operator, "Student ID,Exam,Form,Test Date,Score,Scale\n" + line + "\n", kind="official_scores")
    assert [e["field"] for e in errors(operator, shown)] == [field] and shown["counts"]["refused"] == 1
    assert rows(operator, shown) == []


def test_the_estimate_rests_on_an_official_score(office, operator):
    done(act(operator, "apply", preview(operator, "student_id,instrument,date,score\np45,cbse,2026-10-02,55\n", kind="official_scores")))
    used = wait_for(lambda: office.sql("""select a.results_used from core.assessment a join core.student s using (school_id, student_id)
                                           join core.progress p using (school_id, student_id)
                                          where external_id = 'p45' and p.assessed_version = p.version"""), "the janitor")
    assert used == [(1,)]


def test_an_official_score_counts_alone(office, operator, dean):
    """What the student reported of that sitting stays, and stands beside it; undone, it counts again."""
    office.sql("""insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted,
                                           repeat, instrument, form)
                  select school_id, student_id, 1, gen_random_uuid(), now(), '2026-10-03 14:00Z', 0, 6200, 1, 1, false, false, 'cbse', ''
                    from core.student where external_id = 'p46'""")
    text = "student_id,instrument,form,date,score\np46,cbse,B,2026-10-03,65\np47,cbse,B,2026-10-03,65\n"
    assert preview(operator, text, kind="official_scores")["reported"] is None  # who may not read records could guess them with it
    shown = preview(dean, text, kind="official_scores")
    assert shown["reported"] == {"n": 1, "differ": 1, "largest": -3}
    assert [row["reported"] for row in rows(dean, shown)] == [{"score": 62, "scale": "epc", "difference": -3}, None]
    assert [row["reported"] for row in rows(operator, shown)] == [None, None]
    assert operator.get(f"/imports/{shown['import_id']}").json["reported"] is None

    applied = done(act(dean, "apply", shown))
    official_one, own = sorted(dean.get("/students/p46/results").json["items"], key=lambda item: item["device_id"])
    assert (own["score"], own["overruled_by"], own["reported"]) == (62, official_one["result_id"], None)
    assert official_one["overruled_by"] is None and official_one["reported"] == {"result_id": own["result_id"], "score": 62, "scale": "epc", "difference": -3}
    assert [look["result_id"] for look in dean.get("/students/p46/estimate").json["looks"]] == [official_one["result_id"]]
    csv_rows = list(csv.DictReader(io.StringIO(dean.get(f"/imports/{shown['import_id']}/rows?format=csv").body.decode("utf-8-sig"))))
    assert [row["reported.difference"] for row in csv_rows][:2] == ["-3", ""]

    done(act(dean, "undo", applied))
    own, = [item for item in dean.get("/students/p46/results").json["items"] if item["device_id"]]
    assert own["overruled_by"] is None
    assert [look["result_id"] for look in dean.get("/students/p46/estimate").json["looks"]] == [own["result_id"]]


# ---------------------------------------------------------------- many


# ---------------------------------------------------------------- OneRoster, advisers


def oneroster(students, manifest="oneroster.version,1.1\nfile.users,bulk\n", **more):
    out = io.BytesIO()
    users = "sourcedId,role,givenName,familyName,identifier,email,status\n" + "".join(f"u{n},student,Teal,Spruce {n},p{n},,\n" for n in students)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"manifest.csv": "propertyName,value\n" + manifest, "users.csv": users, **more}.items():
            archive.writestr("export/" + name, text)
    return out.getvalue()


def test_a_oneroster_zip_is_a_roster_like_any_other(operator):
    demographics = "sourcedId,sex,asian\nu1,female,true\n"
    answer = bring(operator, oneroster(range(3), **{"demographics.csv": demographics}), media="application/zip")
    assert answer.status == 201, answer
    shown = answer.json
    assert shown["counts"]["changed"] == 3 and shown["counts"]["new"] == 0
    assert {column["field"]: column["header"] for column in shown["header"]}["student_id"] == "identifier"
    said = json.dumps([shown, rows(operator, shown)])
    assert "Spruce" in said and "female" not in said and "asian" not in said
    applied = done(act(operator, "apply", shown))
    assert done(act(operator, "undo", applied))["undone"]["restored"] == 3


@pytest.mark.parametrize("body, query, words", [
    (oneroster([], **{"users.csv": "sourcedId,role\na,teacher\n"}), {}, "of nobody is student"),
    (oneroster(range(3), manifest="oneroster.version,1.1\nfile.users,delta\n"), {"absent": "inactive"}, "what changed and not who there is"),
    (oneroster(range(3), **{"classes.csv": b"\0" * 5_000_000}), {}, "packed so tightly"),
    (oneroster(range(3))[:-20], {}, "no zip that can be read"),
    (b"PK\x03\x04" + b"\0" * 200, {}, "no zip that can be read"),
], ids=["nobody", "changes", "bomb", "cut", "zeros"])  # fmt: skip
def test_a_zip_that_cannot_be_used(operator, body, query, words):
    answer = bring(operator, body, media="application/zip", **query)
    problem = answer.problem
    assert answer.status == 422 and problem["code"] == "unusable_file" and words in json.dumps(problem["findings"])


def test_adviser_assignments_and_a_person_s_decision(office, operator, dean):
    with settled(office, "elder", "adviser") as adviser, settled(office, "alder", "adviser") as other:
        emails = [office.sql("select email from core.staff where staff_id = %s", (who.staff_id,))[0][0] for who in (adviser, other)]
        shown = preview(operator, f"Student ID,Advisor\np7,{emails[0]}\np8,{emails[0]}\np9,nobody@school.example\n", kind="advisers")
        assert shown["counts"]["new"] == 2 and shown["counts"]["refused"] == 1 and errors(operator, shown)[0]["field"] == "adviser_email"
        student = office.sql("select student_id from core.student where external_id = 'p8'")[0][0]
        done(act(operator, "apply", shown))
        office.sql("insert into core.ground (school_id, staff_id, student_id, kind, valid_from, granted_by, granted_at)"
                   " select school_id, staff_id, %s, 'adviser', now(), staff_id, now() from core.staff where staff_id = %s", (student, other.staff_id))
        again = preview(operator, f"Student ID,Advisor\np7,{emails[1]}\np8,{emails[0]}\n", kind="advisers")
        assert (again["counts"]["changed"], again["counts"]["kept"]) == (1, 1)
        assert [(row["student_id"], row["change"]) for row in rows(operator, again)] == [("p7", "changed"), ("p8", "kept")]


def test_twenty_thousand_rows(office, operator):
    text = "student_id,given_name,family_name,email,class_year,track,adviser_email\n" + "".join(
        f"m{n},Teal,Pine {n},m{n}@students.school.example,2031,us_md,adviser{n % 40}@school.example\n" for n in range(20000))
    shown = preview(operator, text)
    assert shown["counts"]["new"] == 20000 and len(text) > 1024 * 1024
    done(act(operator, "apply", shown))
    again = preview(operator, text)
    assert again["counts"]["unchanged"] == 20000
