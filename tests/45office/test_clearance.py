"""Calendar and clearance through the real daemon: from an example policy to a decision, and what is refused on the way. Every answer is held
to its description by the client (peer/office.py); the rules themselves are tested in tests/20sql."""
import datetime

import pytest

TODAY = datetime.date.today()
EXAM = TODAY + datetime.timedelta(days=60)


@pytest.fixture(scope="module")
def school(office):
    office.roster(*({"student_id": f"c{n}", "class_year": 2031} for n in range(1, 4)))
    return office


def test_a_plan_its_days_and_their_rules(school, dean):
    page = dean.get("/students/c1/calendar").json
    assert page["coming"]["exam_on"] is None and page["revision"] == 0
    plan = {"revision": 0, "action": "planned", "exam_day": str(EXAM), "permit_to": str(EXAM + datetime.timedelta(days=20)), "reason": "told us"}
    answer = dean.post("/students/c1/plan", plan)
    assert answer.status == 201 and answer.json["coming"]["last_safe_on"] == str(EXAM - datetime.timedelta(days=6))
    assert answer.json["rules"]["latest_on"][0]["rule"] == "permit_to"
    again = dean.post("/students/c1/plan", plan).refused(409, "conflict")
    assert again["current"]["revision"] == 1
    assert dean.post("/students/c1/plan", {**plan, "revision": 1, "exam_day": "2027-02-30"}).refused(422, "invalid")["field"] == "exam_day"
    dean.post("/students/nobody/plan", plan).refused(404, "not_found")

    rule = {"code": "taken_by", "class_year": 2031, "day": str(EXAM), "reason": "handbook", "revision": 0}
    assert dean.post("/calendar/rules", rule).status == 201
    assert dean.post("/calendar/rules", rule).refused(409, "conflict")["current"]["revision"] == 1
    latest = dean.get("/students/c1/calendar").json["rules"]["latest_on"][0]
    assert (latest["rule"], latest["version"], latest["day"]) == ("taken_by", 1, str(EXAM))
    entries = dean.get(f"/calendar?class_year=2031&to={EXAM}").json["items"]
    assert {(entry["kind"], entry["student"]["student_id"]) for entry in entries} >= {("exam", "c1"), ("deadline", "c2"), ("last_safe_day", "c1")}
    assert dean.get("/calendar?format=csv&class_year=2031").body.startswith(b"day,kind,student.student_id,")
    assert {item["by"] for item in dean.get("/calendar/rules?in_force=true").json["items"]} == {"usmle", "school"}


def test_from_an_example_to_a_decision(school, dean, admin):
    rule = {item["name"]: item["rule"] for item in dean.get("/policies/examples").json["items"]}["shared-form"]
    admin.get("/policies/examples").refused(403, "no_right")
    broken = {**rule, "require": {"all": [rule["require"], {"p_pass": {"at_least": 2}}]}}
    assert dean.post("/policies", {"rule": broken, "reason": "x"}).refused(422, "invalid")["field"] == "rule/require/all/1/p_pass/at_least"
    draft = dean.post("/policies", {"rule": rule, "reason": "faculty council", "class_year": 2031})
    assert draft.status == 201
    path = f"/policies/{draft.json['policy_id']}"
    dean.post(f"{path}/activate", {"revision": 1}).refused(409, "not_previewed")
    preview = dean.post(f"{path}/preview", {"revision": 1}).json
    assert {(item["student"]["student_id"], item["after"]) for item in preview["students"]} == {("c1", "cannot_say"), ("c2", "cannot_say"),
        ("c3", "cannot_say")}
    assert dean.get(f"{path}/replay").json["attempts"] >= 0
    assert dean.post(f"{path}/activate", {"revision": 1, "replaces": preview["replaces"]}).json["state"] == "active"
    dean.patch(path, {"revision": 2, "reason": "x"}).refused(409, "not_a_draft")

    page = dean.get("/students/c1/clearance").json
    assert (page["state"], page["proposal"]["proposal"]) == ("undecided", "cannot_say")
    decision = {"revision": 0, "fingerprint": page["fingerprint"], "state": "not_cleared", "reason": "no form shared yet", "reviewed": ["results", "student"]}
    dean.post("/students/c1/clearance", {**decision, "reviewed": ["estimate"]}).refused(422, "review_needed")
    dean.post("/students/c1/clearance", {**decision, "fingerprint": "0" * 32}).refused(409, "conflict")
    assert dean.post("/students/c1/clearance", decision).json["state"] == "not_cleared"
    dean.post("/students/c1/clearance", decision).refused(409, "conflict")
    listed = {item["student"]["student_id"]: item["state"] for item in dean.get("/clearance?class_year=2031").json["items"]}
    assert listed == {"c1": "not_cleared", "c2": "undecided", "c3": "undecided"}
    assert b"34 CFR 99.33" in dean.get("/clearance?class_year=2031&format=csv").body
    admin.get("/clearance").refused(403, "no_right")
    assert dean.post(f"{path}/retire", {"revision": 2, "reason": "end of the test"}).json["state"] == "retired"
    trail = [row[0] for row in school.sql("select action from audit.event where status = 200 "
                                          "and action in ('clearance_decide', 'policy_activate', 'policy_retire') order by event_id")]
    assert trail == ["policy_activate", "clearance_decide", "policy_retire"]
