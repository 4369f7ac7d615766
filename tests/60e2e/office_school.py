"""A school for the tests of the office: the class of tests/cohort with its results sent by its own devices, an office with somebody of every
role, and one of each thing that has a number; and beside it, in the same database, a second school of the same making that nobody of the
first may see.
"""
import copy
import csv
import datetime
import os
import subprocess
import uuid

import peer
from house import BIN, QUICK, ROOT, House, wait_for
from office import OfficeClient, Person

TODAY = datetime.date.today()
DAY = datetime.timedelta(days=1)
STUDENTS = 36
SCALES = {"epc": peer.pb.SCALE_EPC, "percent": peer.pb.SCALE_PERCENT, "three_digit": peer.pb.SCALE_THREE_DIGIT}
MODES = {"timed": peer.pb.MODE_TIMED, "untimed": peer.pb.MODE_UNTIMED, "tutor": peer.pb.MODE_TUTOR}

# Where the numbers of a school's things stand; %s is the school.
NUMBERS = {
    "student": "select external_id from core.student where school_id = %s order by 1",
    "case": "select case_id from core.case_file where school_id = %s order by 1",
    "policy": "select policy_id from core.policy where school_id = %s order by 1",
    "ground": "select ground_id from core.ground where school_id = %s order by 1",
    "cover": "select cover_id from core.cover where school_id = %s order by 1",
    "request": "select request_id from core.record_request where school_id = %s order by 1",
    "session": "select session_id from core.session where school_id = %s order by 1",
    "staff": "select staff_id from core.staff where school_id = %s order by 1",
    "token": "select token_id from core.service_token where school_id = %s order by 1",
    "job": "select job_id from ops.job where school_id = %s order by 1",
    "event": "select event_id from core.life_event where school_id = %s order by 1",
    "task": "select task_id from core.case_task where school_id = %s order by 1",
    "item": "select item_id from core.case_plan_item where school_id = %s order by 1",
    "note": "select note_id from core.case_note where school_id = %s order by 1",
    "night": "select night from ops.run where school_id = %s and finished_at is not null order by 1",
    "disclosure": "select disclosure_id from audit.disclosure where school_id = %s order by 1",
}


def day(n):
    """n days from today, as requests write it."""
    return (TODAY + n * DAY).isoformat()


def result_of(row):
    number = {name: int(row[name]) for name in ("items", "correct", "omitted", "seconds", "seconds_allowed") if row[name]}
    return peer.pb.Result(result_id=uuid.UUID(row["result_id"]).bytes, instrument=row["instrument"], form=row["form"],
                          taken_at_ms=int(datetime.datetime.fromisoformat(row["taken_at"].replace("Z", "+00:00")).timestamp() * 1000),
                          scale=SCALES[row["scale"]], score_centi=round(float(row["score"]) * 100), mode=MODES[row["mode"]],
                          repeat=row["repeat"] == "1", retracted=row["retracted"] == "1", revision=int(row["revision"]), **number)


class School:
    """One school as its office sees it: people by what they are, and the numbers of its things."""

    def __init__(self, house):
        self.house, self.people, self.program = house, {}, None
        self.school_id = house.sql("select school_id from core.school where code = %s", (house.school,))[0][0]

    def __getattr__(self, name):
        return self.__dict__["people"][name]

    def numbers(self, name):
        return [row[0] for row in self.house.sql(NUMBERS[name], (self.school_id,))]

    def person(self, tag, *roles):
        self.people[tag] = Person(self.house, f"{tag}@{self.house.school}.example", f"{tag.title()} Rowan", *roles).settle()
        return self.people[tag]

    def stranger(self):
        return OfficeClient(self.house.office_port, self.house.ca_file)

    # ---- the class

    def import_class(self, students, seed):
        """Roster and plans of the made-up class; ida advises the even ones, ben the odd ones. Gives the results, by student."""
        out = f"{self.house.dir}/class-{self.house.school}"
        subprocess.run([f"{ROOT}/tests/cohort/make", "--students", str(students), "--seed", str(seed), "--today", TODAY.isoformat(), "--out", out],
                       check=True, capture_output=True)
        with open(f"{out}/students.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for n, row in enumerate(rows):
            row["adviser_email"] = self.people["ben" if n % 2 else "ida"].email
        with open(f"{out}/roster.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        self.house.ctl("roster", "import", f"{out}/roster.csv")
        self.house.ctl("plans", "import", f"{out}/exams.csv")
        results = {}
        with open(f"{out}/results.csv", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                results.setdefault(row["student_id"], []).append(row)
        return results

    def upload(self, student, rows):
        with self.house.device(student).connect(self.house.student_port) as connection:
            connection.hello()
            for begin in range(0, len(rows), 50):
                answer = connection.upload(*(result_of(row) for row in rows[begin:begin + 50]))
                assert set(answer.upload_receipt.status) == {peer.pb.ROW_STORED}, answer

    # ---- one of each

    def make_things(self):
        """What a dean's office gathers in a term, each made as people make it."""
        dean, first, second = self.dean, *self.numbers("student")[:2]
        done = lambda answer: (answer.status in (200, 201, 202) and answer.json) or self.fail(answer)
        dean.step_up()
        case = done(dean.post(f"/students/{first}/cases", {"sentence": "Asked for a talk", "severity": "urgent"}))
        done(dean.post(f"/students/{second}/cases", {"sentence": "Asked for a talk", "severity": "urgent"}))
        act = lambda verb, body: done(dean.post(f"/cases/{case['case']}/{verb}", body))
        act("task", {"title": "Send the plan", "due_on": day(3)})
        act("plan", {"kind": "study_plan", "text": "Two blocks a day", "starts_on": day(0), "ends_on": day(20)})
        act("note", {"text": "Sleeps badly, studies alone.", "tier": "team"})
        rule = done(dean.get("/policies/examples"))["items"][0]["rule"]
        done(dean.post("/policies", {"rule": rule, "reason": "To begin with"}))
        done(dean.post(f"/students/{first}/grounds", {"staff": self.spare.staff_id, "kind": "committee", "reason": "Progress committee", "until": day(30)}))
        done(dean.post("/covers", {"absent": self.ben.staff_id, "staff": self.spare.staff_id, "until": day(5), "reason": "Leave"}))
        done(dean.post(f"/students/{first}/life-events", {"kind": "accommodation", "category": "medical", "starts_on": day(-3)}))
        done(dean.post("/disclosures", {"students": [first], "recipient": "An accreditor", "interest": "To accredit", "what": "A list", "basis": "accreditor"}))
        done(dean.post("/access-requests", {"student": first, "kind": "inspection", "words": "Everything, please"}))
        done(dean.post("/replays", {"parameters": {"floor": 0.6}, "every_days": 28}))
        token = done(dean.post("/tokens", {"name": "registrar", "scopes": ["records", "model_read"], "days": 7}))
        self.program = OfficeClient(self.house.office_port, self.house.ca_file, token=token["token"])

    @staticmethod
    def fail(answer):
        raise AssertionError(answer)

    def settled(self):
        """Once every estimate and every job is done: nothing changes by itself any more."""
        wait_for(lambda: self.house.sql("select count(*) from core.progress where assessed_version < version") == [(0,)], "the estimates")
        wait_for(lambda: self.house.sql("select count(*) from ops.job where state in ('queued', 'running')") == [(0,)], "the jobs")
        return self


ROLES = {"dean": "dean", "ida": "adviser", "ben": "adviser", "spare": "adviser", "olive": "operator", "audrey": "auditor", "aspen": "administrator"}


def open_school(house, students=STUDENTS, seed=7):
    school = School(house)
    # The longest that a school may choose: all of these tests go on with the proof of the first.
    house.sql("insert into ops.setting (school_id, key, value, set_at) select school_id, 'step_up_min', '60', now() from core.school")
    for tag, role in ROLES.items():
        school.person(tag, role)
    for student, rows in school.import_class(students, seed).items():
        school.upload(student, rows)
    house.ctl("history", "--from", day(-28), "--every", "7")
    house.run("stepguard-report", "--out", f"{house.dir}/nights-{house.school}")
    school.make_things()
    return school.settled()


def neighbour(house, code):
    """Another school in the same database, with a daemon of its own: its House, and the process to stop."""
    beside = copy.copy(house)
    beside.school, beside.conf_path, beside.extra = code, f"{house.dir}/{code}.conf", {"school": {"code": code, "name": "The school beside"}}
    beside.write_conf()
    beside.ctl("init", "--server-name", "localhost", "--server-ip", "127.0.0.1")
    process, beside.office_port = house.another_daemon(code, beside.extra)
    return beside, process


def schools(directory):
    """Yields {"north": School, "south": School}, and clears up."""
    house = House(directory, BIN, conf=QUICK)
    process = None
    try:
        house.start()
        north = open_school(house)
        beside, process = neighbour(house, "south")
        # The same ids as in the first school: what is shown of one must never be of the other.
        south = School(beside)
        for tag, role in ROLES.items():
            south.person(tag, role)
        south.import_class(4, 8)
        south.make_things()
        yield {"north": north, "south": south.settled()}
    finally:
        if process is not None:
            process.stop()
        house.stop()
