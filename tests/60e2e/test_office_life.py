"""A term of one student at a school, from the first flag to cleared, failed, recovery plan and retake: what the student's own client sends, the
nights, and what dean and adviser do with it through the API. After each step queue, case, timeline, trail and what the student sees for
themselves are held together.

Time passes by everything in the database becoming older, by the school's days: days of exams, what was flagged, who acted when. The clock of
the machine stays, so certificates, sessions and daemon need no other one; nothing that is kept knows the difference. (Faking the clock of
every process would need a preloaded library below the sanitizer's, and PostgreSQL's would still be another.)
"""
import datetime
import time

import psycopg
import pytest

import peer
from house import BIN, QUICK, House, wait_for
from office_school import School, day

pb = peer.pb
SILENCE = {"never_synced", "gone_silent"}
CLOSE = 1e-5  # of P: an estimate is made for its instant, and two are milliseconds apart
# What of the past is no past of a student: who may sign in, and how the database came to be.
STAYS = {"core.session", "core.staff", "core.staff_invitation", "core.service_token", "core.throttle", "core.certificate", "core.enrol_code",
         "core.device_key", "ops.migration", "ops.applied_file", "core.school"}


def columns(house):
    """{table: [(column, type)]} of all that has a day or a time."""
    tables = {}
    for table, column, kind in house.sql(
            """select c.table_schema || '.' || c.table_name, c.column_name, c.data_type
                 from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
                where c.table_schema in ('core', 'ops', 'audit') and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
                  and c.data_type in ('date', 'timestamp with time zone')"""):
        if table not in STAYS:
            tables.setdefault(table, []).append((column, kind))
    return tables


def older(house, days, zone="America/New_York"):
    """So many days pass. Far away and back, so that no two rows of a night meet on the way."""
    far = 20000
    with psycopg.connect(f"{house.url} user=postgres") as db:
        db.execute("set session_replication_role = replica")
        for step in (-far, far - days):
            for table, found in columns(house).items():
                changes = ", ".join(f"{name} = {name} + {step}" if kind == "date" else
                                    f"{name} = (({name} at time zone '{zone}') + interval '{step} days') at time zone '{zone}'" for name, kind in found)
                db.execute(f"update {table} set {changes}")


class Life:
    """A school with a dean, two advisers and a few students who send what they do."""

    def __init__(self, house):
        self.house = house
        self.school = School(house)
        for tag, role in {"dean": "dean", "ida": "adviser", "ben": "adviser", "audrey": "auditor"}.items():
            self.school.person(tag, role)
        self.dean, self.ida, self.ben, self.audrey = (self.school.people[tag] for tag in ("dean", "ida", "ben", "audrey"))
        house.roster({"student_id": "rose", "given_name": "Rose", "family_name": "Hornbeam", "adviser_email": self.ida.email},
                     {"student_id": "fern", "given_name": "Fern", "family_name": "Larch", "adviser_email": self.ben.email},
                     {"student_id": "sage", "given_name": "Sage", "family_name": "Rowan", "adviser_email": self.ida.email})
        self.devices = {student: house.device(student) for student in ("rose", "fern", "sage")}
        self.forms = iter(range(20, 99))

    # ---- what students do

    def sends(self, student, *scores, instrument="cbssa", days_ago=0.2):
        """Timed checks on new forms, taken lately; the estimate that came back."""
        rows = [peer.result(instrument=instrument, form=str(next(self.forms)), score_centi=round(score * 100), result_id=peer.uuid7(taken), taken_at_ms=taken,
                            items=None, correct=None)
                for n, score in enumerate(scores) for taken in [int((time.time() - (days_ago + len(scores) - n - 1) * 86400) * 1000)]]
        with self.devices[student].connect(self.house.student_port) as connection:
            connection.hello()
            receipt = connection.upload(*rows).upload_receipt
            assert list(receipt.status) == [pb.ROW_STORED] * len(rows), receipt
        return self.standing(student)

    def plans(self, student, action, exam_day=None, attempt=1, **more):
        change = pb.PlanChange(change_id=peer.uuid7(), action=action, attempt=attempt, made_at_ms=int(time.time() * 1000), **more)
        if exam_day is not None:
            change.exam_day = peer.day(datetime.date.fromisoformat(exam_day))
        with self.devices[student].connect(self.house.student_port) as connection:
            connection.hello()
            assert connection.ask(plan_change=change).plan_receipt.status == pb.ROW_STORED
        return self.standing(student)

    def standing(self, student):
        """What the student sees, once the estimate rests on all there is."""
        self.settled()
        with self.devices[student].connect(self.house.student_port) as connection:
            connection.hello()
            return connection.ask(standing=pb.StandingRequest()).standing

    def ledger(self, student):
        """To whom outside the school the record was given, as the student's client is told."""
        with self.devices[student].connect(self.house.student_port) as connection:
            connection.hello()
            return connection.ask(disclosures=pb.DisclosuresRequest()).disclosures.entries

    def settled(self):
        wait_for(lambda: self.house.sql("select count(*) from core.progress where assessed_version < version") == [(0,)], "the estimates")

    # ---- time

    def night(self, days=1):
        """So many days pass; somebody's device is in contact; the nightly run, and what the daemon does five minutes later."""
        older(self.house, days)
        self.standing("fern")
        stale = self.queue()["feed"]
        self.report()
        assert stale or self.queue()["feed"] is None, "a night after days without one calls the feed stale that it makes good"
        self.house.sql("select api.cases_sweep('demo', null)")

    def report(self):
        """The last night alone: what was passed over while the clock was turned is test_report_night.py's."""
        night = self.house.sql("select ((now() at time zone zone) - interval '3 hours')::date from core.school where code = 'demo'")[0][0]
        self.house.run("stepguard-report", "--date", night.isoformat(), "--out", f"{self.house.dir}/nights")

    # ---- what the office sees

    def queue(self, person=None):
        answer = (person or self.dean).get("/queue")
        assert answer.status == 200, answer
        return answer.json

    def queued(self, student, person=None):
        return next((item for item in self.queue(person)["items"] if item["student"]["student_id"] == student), None)

    def case(self, student, attempt=1):
        items = self.dean.get(f"/cases?state=any&student={student}").json["items"]
        number = next(item["case"] for item in items if item["attempt"] == attempt)
        return self.dean.get(f"/cases/{number}").json

    def act(self, person, case, verb, **body):
        answer = person.post(f"/cases/{case['case']}/{verb}", {"revision": case["revision"], **body})
        assert answer.status == 200, answer
        return answer.json

    def timeline(self, student, kind=None):
        items = self.dean.get(f"/students/{student}/timeline?limit=200" + (f"&kind={kind}" if kind else "")).json["items"]
        assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)
        return items

    def trail(self, student, action):
        """Lines about the student, as the privacy officer reads them: by whom, on what ground."""
        items = self.audrey.get(f"/trail?student={student}&action={action}&limit=200").json["items"]
        return [(item["staff"]["name"], item["ground"]) for item in items]

    def agree(self, student):
        """What the office is shown and what the student is shown are one estimate."""
        standing, page = self.standing(student), self.dean.get(f"/students/{student}").json
        said = page["assessment"]
        assert abs(standing.p_pass - said["p"]) < CLOSE and standing.results_used == said["results_used"]
        shown = {f["code"] for f in page["flags"] if f["closed_at"] is None}
        assert {f.code for f in standing.flags} == shown - SILENCE  # being in contact ends a silence at once; the office hears with the next estimate
        assert abs(sum(r.points for r in standing.reasons) - standing.p_pass) < 1e-6
        listed = next(item for item in self.dean.get(f"/students?q={student}").json["items"] if item["student_id"] == student)
        assert abs(listed["p"] - said["p"]) < CLOSE and listed["state"] == said["state"]
        return page


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    house = House(tmp_path_factory.mktemp("life"), BIN, conf=QUICK)
    try:
        house.start()
        yield Life(house)
    finally:
        house.stop()


def the_first_flag(life):
    """Three weak checks, an exam in five weeks: the first flag opens a case, and the case stands in the queue with its reasons."""
    ida, ben = life.ida, life.ben
    life.sends("fern", 78, 80, 81)
    life.plans("rose", pb.PLAN_SET, day(35))
    standing = life.sends("rose", 45, 46, 46)
    assert standing.state == pb.STATE_AT_RISK and "low_probability" in {f.code for f in standing.flags}
    page = life.agree("rose")
    assert page["case"]["state"] == "new" and page["clearance"] == "undecided"
    row = life.queued("rose")
    assert (row["rank"], row["case"], row["above_line"]) == (1, page["case"]["case"], True)
    assert {reason["code"] for reason in row["reasons"]} == {"low_probability"} and row["reasons"][0]["muted"] is None
    assert abs(row["order"]["p_fail"] - (1 - standing.p_pass)) < CLOSE and row["order"]["sentence"]
    assert life.queued("rose", ida)["case"] == row["case"] and life.queued("rose", ben) is None  # another adviser's
    assert {item["kind"] for item in life.timeline("rose")} >= {"flag_opened", "case", "exam", "result"}
    assert ("Dean Rowan", "dean of the school") in life.trail("rose", "queue_show") and ("Ida Rowan", "adviser") in life.trail("rose", "queue_show")


def in_somebodys_hands(life):
    """Acknowledged, assigned, met, a plan; the queue leaves alone what somebody acted on."""
    dean, ida, ben = life.dean, life.ida, life.ben
    case = life.case("rose")
    done = ["acknowledge", "assign", "contact", "plan", "plan", "task", "note", "watch"]
    case = life.act(dean, case, "acknowledge")
    case = life.act(dean, case, "assign", to=ida.staff_id)
    ben.post(f"/cases/{case['case']}/contact", {"channel": "email", "outcome": "met"}).refused(404, "not_found")
    stale = dict(case)
    case = life.act(ida, case, "contact", channel="in_person", outcome="met", sentence="Works alone, no timed blocks yet")
    assert case["state"] == "in_progress" and case["owner"]["name"] == "Ida Rowan"
    conflict = dean.post(f"/cases/{case['case']}/snooze", {"revision": stale["revision"], "until": day(3)}).refused(409, "conflict")
    assert conflict["current"]["revision"] == case["revision"]
    case = life.act(ida, case, "plan", kind="study_plan", text="Two timed blocks a day", starts_on=day(0), ends_on=day(14), state="agreed")
    case = life.act(ida, case, "plan", kind="tutoring", text="Physiology with the learning office", state="proposed")
    case = life.act(ida, case, "task", title="Send the timetable", due_on=day(2))
    case = life.act(ida, case, "note", text="Asked for quiet rooms.", tier="team")
    case = life.act(ida, case, "watch", delta_points=10, follow_up_on=day(5))
    assert case["state"] == "watching"
    assert life.queued("rose") is None and life.queue()["hidden"] == {"watching": 1}
    whole = life.case("rose")
    assert [item["kind"] for item in whole["plan"]] == ["study_plan", "tutoring"] and whole["contacts"][0]["outcome"] == "met"
    steps = [step["verb"] for step in whole["timeline"]][::-1]
    assert [verb for verb in steps if not verb.startswith("reason_")] == ["open", *done], steps
    assert "quiet rooms" not in str(life.timeline("rose")), "a note's text is in no timeline"
    work = ida.get("/work").json["items"]
    assert [item["title"] for item in work if item["kind"] == "task"] == ["Send the timetable"]
    assert {item["student"]["student_id"] for item in work} == {"rose"}
    for verb in set(done):
        who = ("Dean Rowan", "dean of the school") if verb in ("acknowledge", "assign") else ("Ida Rowan", "adviser")
        assert life.trail("rose", f"case_{verb}") == [who] * done.count(verb), verb


def better(life):
    """Better; the reasons close, and the adviser closes the case."""
    ida = life.ida
    life.night(3)
    standing = life.sends("rose", 79, 82, 84, 86)
    assert standing.state == pb.STATE_ON_TRACK
    life.agree("rose")
    assert "recovered" in {item["detail"]["code"] for item in life.timeline("rose", "flag_opened")}
    case = life.case("rose")
    assert [reason["closed_at"] is None for reason in case["reasons"]] == [False] and case["state"] == "watching"
    assert life.queue()["hidden"] == {"no_reason": 1}
    case = life.act(ida, case, "task_change", task=case["tasks"][0]["task"], state="done")
    case = life.act(ida, life.case("rose"), "resolve", resolution="ready", sentence="On track, keeps the date")
    assert case["state"] == "resolved" and life.queue()["items"] == [] and life.queue()["hidden"] == {}


def cleared_by_a_policy(life):
    """A policy is proposed, looked at, put in force; the dean clears by what it proposes."""
    dean, ida = life.dean, life.ida
    life.night(1)
    rule = next(item["rule"] for item in dean.get("/policies/examples").json["items"] if item["name"] == "shared-form")
    life.house.sql("update core.session set stepped_up_at = stepped_up_at - interval '1 hour'")
    policy = dean.post("/policies", {"rule": rule, "reason": "As the committee decided"}).json
    dean.post(f"/policies/{policy['policy_id']}/activate", {"revision": policy["revision"]}).refused(403, "step_up_required")
    dean.step_up()
    dean.post(f"/policies/{policy['policy_id']}/activate", {"revision": policy["revision"]}).refused(409, "not_previewed")
    shown = dean.post(f"/policies/{policy['policy_id']}/preview", {"revision": policy["revision"]}).json
    assert shown["replaces"] is None and {len(shown["counts"]), shown["small_cell"]} == {1, 10}, shown
    policy = dean.get(f"/policies/{policy['policy_id']}").json
    policy = dean.post(f"/policies/{policy['policy_id']}/activate", {"revision": policy["revision"]}).json
    assert policy["state"] == "active"
    before = dean.get("/students/rose/clearance").json
    assert (before["state"], before["proposal"]["proposal"]) == ("undecided", "meets"), before["proposal"]
    assert {row["instrument"] for row in before["proposal"]["evidence"]} == {"cbssa"}
    ida.post("/students/rose/clearance", {"revision": 0, "state": "cleared", "reason": "x", "reviewed": ["results"]}).refused(403, "no_right")
    decision = {"revision": before["revision"], "fingerprint": before["fingerprint"], "state": "cleared", "reason": "Form shared, above the target",
                "reviewed": ["results", "plan"], "student_view": "You are cleared for the day you planned."}
    answer = dean.post("/students/rose/clearance", decision)
    assert answer.status == 201 and answer.json["state"] == "cleared", answer
    dean.post("/students/rose/clearance", decision).refused(409, "conflict")
    made = dean.get("/students/rose/clearance").json["decisions"][0]
    assert (made["policy_version"], made["against_proposal"], made["staff"]["name"], made["role"]) == (1, False, "Dean Rowan", "dean")
    assert {row["result_id"] for row in made["evidence"]} == {row["result_id"] for row in before["proposal"]["evidence"]}
    assert dean.get("/students/rose").json["clearance"] == "cleared"
    assert [item["detail"].get("state") for item in life.timeline("rose", "clearance")] == ["cleared"]
    assert next(row for row in dean.get("/clearance?state=cleared").json["items"])["student"]["student_id"] == "rose"
    # The decision, and the look at it that the second one was given instead.
    assert life.trail("rose", "clearance_decide") == [("Dean Rowan", "dean of the school")] * 2


def told_outside_the_school(life):
    """Somebody outside asks; the ledger says so, to the office and to the student."""
    dean = life.dean
    answer = dean.post("/disclosures", {"students": ["rose"], "recipient": "An accreditor", "interest": "To accredit the school", "what": "Clearance list",
                                        "basis": "accreditor"})
    assert answer.status == 201, answer
    entries, told = life.ledger("rose"), dean.get("/students/rose/disclosures").json["items"]
    assert [(entry.recipient, entry.what) for entry in entries] == [(item["recipient"], item["what"]) for item in told] == [("An accreditor", "Clearance list")]
    assert len(life.ledger("fern")) == 0


def the_date_moves(life):
    """The date moves, and moves again."""
    dean = life.dean
    life.night(1)
    for days in (40, 44, 38):
        life.plans("rose", pb.PLAN_SET, day(days))
    page = life.agree("rose")
    assert page["calendar"]["exam_on"] == day(38)
    assert dean.get("/students/rose/calendar").json["coming"]["exam_on"] == day(38)
    assert dean.get("/students/rose/clearance").json["exam_on"] == day(38)
    assert [item["detail"]["day"] for item in life.timeline("rose", "exam")[:3]] == [day(38), day(44), day(40)]
    life.night(27)  # no check for four weeks: the date that moves is a flag of its own
    life.plans("rose", pb.PLAN_SET, day(3))
    flags = {flag["code"] for flag in life.agree("rose")["flags"] if flag["closed_at"] is None}
    assert "avoidance" in flags, flags


def taken_and_failed(life):
    """The exam is taken, then known to be failed: the attempt's case is over, the next attempt has one of its own."""
    dean, ida = life.dean, life.ida
    life.night(4)
    life.plans("rose", pb.PLAN_TAKEN, day(-1))
    page = life.agree("rose")
    assert page["calendar"]["taken"] is True
    dean.post("/students/rose/clearance", {"revision": 1, "state": "cleared", "reason": "x", "reviewed": ["results"]}).refused(409, "nothing_to_decide")
    log = dean.get("/students/rose/calendar").json
    answer = ida.post("/students/rose/plan", {"revision": log["revision"], "action": "result", "outcome": "fail", "outcome_known_on": day(0),
                                              "reason": "Told by the student"})
    assert answer.status == 201 and answer.json["coming"]["attempt"] == 2, answer
    ida.post("/students/rose/plan", {"revision": log["revision"], "action": "cancelled", "reason": "x"}).refused(409, "conflict")
    page = life.agree("rose")
    assert page["attempts"][0]["outcome"] == "fail" and page["clearance"] == "undecided"
    assert life.case("rose", 1)["state"] == "resolved"
    second = life.case("rose", 2)
    assert {reason["code"] for reason in second["reasons"]} >= {"failure_without_plan"} and second["state"] == "new", second["reasons"]
    assert life.queued("rose")["case"] == second["case"]


def a_recovery_plan(life):
    """A recovery plan with the earliest lawful day, as the calendar has it."""
    dean, ida = life.dean, life.ida
    earliest = dean.get("/students/rose/calendar").json["coming"]["earliest_on"]
    life.act(ida, life.case("rose", 2), "plan", kind="recovery", text="Course, then two forms", starts_on=day(1), state="agreed")
    plan = life.case("rose", 2)["plan"][0]
    assert plan["kind"] == "recovery" and plan["earliest_retake"] == max(earliest or day(0), day(0))
    rules = dean.get("/students/rose/calendar").json["rules"]
    assert rules and all(rule["version"] for because in rules.values() for rule in because)
    life.act(ida, life.case("rose", 2), "contact", channel="phone", outcome="met")
    life.plans("rose", pb.PLAN_SET, day(70), attempt=2)
    page = life.agree("rose")
    assert page["calendar"]["attempt"] == 2 and page["calendar"]["exam_on"] == day(70)
    assert "failure_without_plan" not in {flag["code"] for flag in page["flags"] if flag["closed_at"] is None}


def regressed(life):
    """Six weeks of a course, two good forms: cleared again, closed; then a fall brings it back, on top."""
    dean, ida = life.dean, life.ida
    life.night(42)
    life.sends("rose", 74, 76, 78)
    page = life.agree("rose")
    assert page["assessment"]["state"] == "on_track", page["assessment"]["p"]
    life.act(ida, life.case("rose", 2), "resolve", resolution="ready")
    now = dean.get("/students/rose/clearance").json
    answer = dean.post("/students/rose/clearance", {"revision": now["revision"], "fingerprint": now["fingerprint"], "state": "conditional",
                                                    "reason": "One more form two weeks before", "reviewed": ["results", "student"],
                                                    "conditions": "A new form at 68 or more"})
    assert answer.status == 201 and answer.json["attempt"] == 2, answer
    life.night(6)
    life.sends("fern", 40, 41, 42)
    life.plans("fern", pb.PLAN_SET, day(30))
    life.sends("rose", 41, 40, 38, 37, 36, days_ago=0.1)
    page = life.agree("rose")
    case = life.case("rose", 2)
    assert (page["assessment"]["state"], case["state"]) == ("at_risk", "regressed"), (page["assessment"]["p"], case["state_why"])
    order = [(item["student"]["student_id"], item["state"]) for item in life.queue()["items"]]
    assert order[0] == ("rose", "regressed") and ("fern", "new") in order, order
    assert case["state_why"].startswith("Was resolved, and fell again")
    now = dean.get("/students/rose/clearance").json
    assert (now["state"], now["worse"], now["evidence_changed"]) == ("conditional", True, True)


def ill(life):
    """Ill: the rules about silence and pace keep quiet, the others do not."""
    ida = life.ida
    life.act(ida, life.case("rose", 2), "contact", channel="phone", outcome="reached")
    event = ida.post("/students/rose/life-events", {"kind": "illness", "category": "medical", "starts_on": day(0), "ends_on": day(12)}).json
    muted = {reason["code"]: reason["muted"] is not None for reason in life.case("rose", 2)["reasons"] if reason["closed_at"] is None}
    assert muted == {code: code in event["mutes"] for code in muted} and muted["low_probability"] is False, muted
    assert life.queued("rose") is None and life.queue()["hidden"] == {"acted": 1}


def on_leave(life):
    """Sage's leave mutes what would open a case; when it ends, the case opens."""
    dean = life.dean
    log = dean.get("/students/sage/calendar").json
    dean.post("/students/sage/life-events", {"kind": "leave", "category": "family", "starts_on": day(-1), "ends_on": day(1)})
    for action, more in (("taken", {"exam_day": day(-40)}), ("result", {"outcome": "fail", "outcome_known_on": day(-2)})):
        log = dean.post("/students/sage/plan", {"revision": log["revision"], "action": action, "attempt": 1, "reason": "By letter", **more}).json
    life.settled()
    assert "failure_without_plan" in {flag["code"] for flag in life.agree("sage")["flags"]}
    assert dean.get("/cases?student=sage&state=any").json["items"] == []
    life.night(3)
    assert life.case("sage", 2)["reasons"][0]["code"] == "failure_without_plan"


def nobody_is_heard(life):
    """Nobody's device is heard for two days: one alert, and silence is nobody's fault."""
    older(life.house, 12)
    life.report()
    feed = life.queue()["feed"]
    assert feed and "contact" in feed["text"]
    life.standing("fern")
    life.night(1)
    assert life.queue()["feed"] is None


def the_retake(life):
    """The retake, and the end."""
    dean, ida = life.dean, life.ida
    life.sends("rose", 72, 75, 77, 79)
    life.plans("rose", pb.PLAN_TAKEN, day(0), attempt=2)
    log = dean.get("/students/rose/calendar").json
    answer = ida.post("/students/rose/plan", {"revision": log["revision"], "action": "result", "attempt": 2, "outcome": "pass", "outcome_known_on": day(0),
                                              "reason": "Score report"})
    assert answer.status == 201 and answer.json["coming"]["passed"] is True, answer
    page = life.agree("rose")
    assert [attempt["outcome"] for attempt in page["attempts"]] == ["fail", "pass"] and page["case"] is None
    assert (life.case("rose", 2)["state"], life.case("rose", 2)["resolution"]) == ("resolved", "passed")
    assert life.queued("rose") is None
    dean.post("/students/rose/cases", {"sentence": "x"}).refused(409, "passed")


def afterwards(life):
    """Afterwards: who looked is told to whom it concerns, and every line of it has a ground."""
    dean = life.dean
    access = dean.get("/students/rose/access?limit=200").json["items"]
    assert access and all(item["ground"] for item in access if item.get("staff"))
    assert {item["staff"]["name"] for item in access if item.get("staff")} == {"Dean Rowan", "Ida Rowan", "Audrey Rowan"}  # and not Ben


PARTS = (the_first_flag, in_somebodys_hands, better, cleared_by_a_policy, told_outside_the_school, the_date_moves, taken_and_failed, a_recovery_plan,
         regressed, ill, on_leave, nobody_is_heard, the_retake, afterwards)


def test_from_the_first_flag_to_the_retake(life):
    for part in PARTS:
        part(life)
