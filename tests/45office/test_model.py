"""Replays, previews and promotion through the real daemon: jobs that outlive the one who began them, and figures that the command line
gives as well."""
import json

import pytest

from house import wait_for

STUDENTS = 60


@pytest.fixture(scope="module")
def school(office):
    """A class with a past: plans, a year of results, outcomes for half of them; some of them are on their way to fail."""
    office.roster(*({"student_id": f"m{n}", "class_year": 2027 + n % 2} for n in range(STUDENTS)))
    office.sql("""
        with s as (select school_id, student_id, substr(external_id, 2)::int4 as n from core.student where external_id like 'm%'),
             day as (select s.*, current_date - 100 + 5 * (n % 40) as exam from s),
             plan as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
                      select school_id, student_id, gen_random_uuid(), 2, 1, 1, exam, now() - interval '300 days' from day),
             taken as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, exam_day, made_at)
                       select school_id, student_id, gen_random_uuid(), 2, 3, 1, exam, exam + interval '1 day' from day where exam < current_date - 30),
             ended as (insert into core.plan_change (school_id, student_id, change_id, source, action, attempt, outcome, made_at)
                       select school_id, student_id, gen_random_uuid(), 2, 4, 1, case when n % 4 = 0 then 2 else 1 end, exam + interval '20 days'
                         from day where exam < current_date - 30)
        insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode, retracted,
                                 repeat, instrument, form)
        select school_id, student_id, 1, gen_random_uuid(), now(), exam - interval '10 days' * k + interval '9 hours', 0,
               5000 + 100 * (10 - k) + 250 * (n % 7) - case when n % 4 = 0 then 600 else 0 end, 1, 1, false, false, 'cbssa', 'f' || k
          from day, generate_series(1, 10) k where exam - 10 * k < current_date""")
    office.ctl("assess-all")
    return office


@pytest.fixture(scope="module")
def version(school):
    """The set in force with a lower floor, under a name of its own."""
    body, = school.sql("select body from ops.parameter_set order by parameters_id limit 1")[0]
    lines = ["version = lenient" if line.startswith("version") else "floor = 0.6" if line.startswith("floor ") else line for line in body.splitlines()]
    path = f"{school.dir}/lenient.ini"
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")
    school.ctl("params", "add", path)
    return "lenient"


def finished(person, answer):
    assert answer.status == 202 and answer.json["state"] == "queued", answer
    job = answer.json["job"]

    def over():
        now = person.get(f"/jobs/{job}").json
        return now if now["state"] not in ("queued", "running") else None
    return wait_for(over, f"job {job}")


def test_a_replay_gives_what_the_command_line_gives(school, dean):
    job = finished(dean, dean.post("/replays", {"parameters": {"floor": 0.6, "ceiling": 0.95}, "every_days": 7}))
    assert (job["state"], job["done"], job["total"]) == ("done", STUDENTS, STUDENTS), job
    result = job["result"]
    assert [one["set"] for one in result["sets"]] == ["in_force", "proposed"]
    said = school.json("replay", "--school", "--set", "floor=0.6", "--set", "ceiling=0.95", "--every", "7", "--from", result["from"],
                       "--to", job["asked"]["to"])
    for mine, theirs in zip(result["sets"], said["sets"]):
        assert {k: mine[k] for k in mine if k != "by_class_year"} == {k: theirs[k] for k in theirs if k != "by_class_year"}
    assert result["sets"][0]["cases"] > result["sets"][1]["cases"] > 0
    assert result["sets"][0]["outcomes"]["failed"] > 3


def test_a_page_sees_what_is_under_way(school, dean):
    """Whoever asked, and after the page was loaded anew; without what came out."""
    asked = [dean.post("/replays", {"parameters": {"floor": floor}, "every_days": 28}).json["job"] for floor in (0.6, 0.7)]
    listed = [job["job"] for job in dean.get("/jobs?kind=replay&limit=2").json["items"]]
    assert listed == asked[::-1]
    wait_for(lambda: dean.get("/jobs?state=open").json["total"] == 0, "both to be done")
    done = dean.get("/jobs?state=done&limit=2").json["items"]
    assert [job["job"] for job in done] == asked[::-1] and {job["done"] for job in done} == {STUDENTS}
    assert [job | {"result": None} for job in done] == [dean.get(f"/jobs/{job['job']}").json | {"result": None} for job in done]


def test_a_value_that_cannot_be_is_said_by_the_job(dean, school):
    job = finished(dean, dean.post("/replays", {"parameters": {"floor": 1.5}}))
    assert job["state"] == "failed" and job["why"].startswith("floor: "), job


def test_a_job_goes_on_where_its_daemon_was_killed(school, dean):
    """A long one: every day of three years. It begins at one daemon, which is killed, and ends at another."""
    asked = dean.post("/replays", {"parameters": {"floor": 0.6}, "every_days": 1, "from": "2024-09-01", "to": "2026-09-01"}).json["job"]
    wait_for(lambda: dean.get(f"/jobs/{asked}").json["done"] > 0, "the job to be under way")
    school.daemon.kill()
    assert school.sql("select state from ops.job where job_id = %s", (asked,)) == [("running",)]
    school.sql("update ops.job set lease_until = now() where job_id = %s", (asked,))  # instead of waiting half a minute
    school.start_daemon()
    dean.close()
    job = wait_for(lambda: (lambda j: j if j["state"] == "done" else None)(dean.get(f"/jobs/{asked}").json), "the job to be done", 120)
    assert (job["done"], job["total"]) == (STUDENTS, STUDENTS)
    assert school.sql("select tries from ops.job where job_id = %s", (asked,)) == [(2,)]


def test_a_cancelled_job_stops(school, dean):
    asked = dean.post("/replays", {"parameters": {"floor": 0.6}, "every_days": 1, "from": "2024-09-01", "to": "2026-09-01"}).json["job"]
    wait_for(lambda: dean.get(f"/jobs/{asked}").json["done"] > 0, "the job to be under way")
    assert dean.delete(f"/jobs/{asked}").json["state"] == "cancelled"
    # The worker is free for the next, and the cancelled one is as far as it was.
    assert finished(dean, dean.post("/replays", {"parameters": {"floor": 0.6}, "every_days": 28}))["state"] == "done"
    assert dean.get(f"/jobs/{asked}").json["state"] == "cancelled" and dean.get(f"/jobs/{asked}").json["done"] < STUDENTS
    dean.get("/jobs/999999").refused(404, "not_found")


def test_a_version_is_looked_at_before_it_is_put_in_force(school, dean, admin, version):
    versions = dean.get("/model/versions").json
    before = versions["in_force"]
    assert [v["version"] for v in versions["items"]] == [version, before] and versions["items"][0]["preview"] is None
    dean.step_up()
    dean.post(f"/model/versions/{version}/promote", {"reason": "fewer alarms", "replaces": before}).refused(409, "no_preview")

    job = finished(dean, dean.post(f"/model/versions/{version}/preview"))
    assert job["state"] == "done", job
    result = job["result"]
    assert result["changed"] > 0 and result["students"] == STUDENTS == sum(c["n"] for c in result["counts"])
    assert sum(c["n"] for c in result["counts"] if c["from"] != c["to"]) == result["changed"]
    assert result["moves"][0]["student"]["student_id"].startswith("m") and result["moves"][0]["from_state"] != result["moves"][0]["to_state"]
    seen = school.sql("select cardinality(students) from audit.event where action = 'job_show' order by event_id desc limit 1")
    assert seen == [(len(result["moves"]),)]  # who was named is on the trail
    states = dict(school.sql("select s.external_id, a.state from core.assessment a join core.student s using (school_id, student_id)"))

    admin.get("/model/versions").refused(403, "no_right")
    dean.post(f"/model/versions/{version}/promote", {"replaces": before}).refused(422, "missing")
    dean.post(f"/model/versions/{version}/promote", {"reason": "x", "replaces": version}).refused(409, "conflict")
    school.sql("update core.session set stepped_up_at = stepped_up_at - interval '1 hour'")
    dean.post(f"/model/versions/{version}/promote", {"reason": "x", "replaces": before}).refused(403, "step_up_required")
    dean.step_up()
    done = dean.post(f"/model/versions/{version}/promote", {"reason": "fewer alarms", "replaces": before})
    assert done.json == {"in_force": version, "replaced": before}

    # Everybody is estimated anew, and stands where the preview said.
    wait_for(lambda: school.sql("select count(*) from core.progress where assessed_version < version") == [(0,)], "everybody to be estimated anew")
    after = school.sql("""select s.external_id, a.state, p.version from core.assessment a join core.student s using (school_id, student_id)
                            join ops.parameter_set p on p.school_id = a.school_id and p.parameters_id = a.parameters_id""")
    assert {row[2] for row in after} == {version}
    names = [None, "at_risk", "borderline", "on_track", "cannot_say"]
    moved = {row[0]: names[row[1]] for row in after if row[1] != states[row[0]]}
    assert moved == {m["student"]["student_id"]: m["to_state"] for m in result["moves"] if m["from_state"] != m["to_state"]}
    newest = dean.get("/model/versions").json["items"][0]
    assert newest["in_force"] and newest["activations"][0]["reason"] == "fewer alarms" and newest["activations"][0]["by"]["name"] == dean.name
    assert newest["activations"][0]["replaced"] == before and newest["activations"][0]["preview"] == job["job"]


def test_what_was_said_is_held_against_what_happened(school, dean):
    first = school.sql("select (current_date - 200)::text")[0][0]
    school.ctl("history", "--from", first, "--every", "7")
    for horizon, by in (("7", "class_year"), ("28", "track")):
        said = dean.get(f"/model/calibration?horizon={horizon}&by={by}").json
        shown = sum(band["n"] for band in said["bands"] if not band["hidden"])
        hidden = sum(band["hidden"] for band in said["bands"])
        assert shown == said["all"]["n"] if hidden == 0 else hidden >= 2 and shown <= said["all"]["n"] - said["small_cell"]
        assert said["all"]["n"] > 10 and said["all"]["failed"] > 3 and not said["trustworthy"]
        assert said["nights"]["n"] >= 28 and 0 < said["all"]["brier"] < 1
    dean.get("/model/calibration?horizon=3").refused(422, "invalid")


def test_what_fit_writes_at_the_head_is_what_the_versions_say(school, dean, tmp_path):
    """The head of a real fit, through params add, to the page."""
    rows = school.sql("""select s.external_id, r.taken_at, r.score_centi / 100.0, r.form
                           from core.result r join core.student s using (school_id, student_id)""")
    with open(tmp_path / "results.csv", "w") as out:
        out.write("student_id,instrument,form,taken_at,scale,score\n")
        out.writelines(f"{student},cbssa,{form},{taken.strftime('%Y-%m-%dT%H:%M:%SZ')},epc,{score:.2f}\n" for student, taken, score, form in rows)
    exams = school.sql("""select s.external_id, t.exam_day, o.outcome from core.plan_change t join core.plan_change o using (school_id, student_id)
                            join core.student s using (school_id, student_id) where t.action = 3 and o.action = 4""")
    with open(tmp_path / "exams.csv", "w") as out:
        out.write("student_id,attempt,planned_on,taken_on,outcome\n")
        out.writelines(f"{student},1,{day},{day},{'pass' if outcome == 1 else 'fail'}\n" for student, day, outcome in exams)
    fitted = json.loads(school.ctl("--json", "fit", "--data", str(tmp_path), "--out", str(tmp_path / "fit.ini")).stdout)
    school.ctl("params", "add", str(tmp_path / "fit.ini"))
    newest = dean.get("/model/versions").json["items"][0]
    assert newest["version"] == fitted["version"] and newest["added_by"] == "sg_operator"
    counts = ("students", "attempts", "failed", "checks")
    assert [newest["fitted_on"][name] for name in counts] == [fitted[name] for name in counts]
    rows = {row["of"]: row for row in newest["held_out"]["rows"]}
    assert rows["before"]["brier"] == pytest.approx(fitted["held_out_before"]["brier"], abs=1e-4)
    assert "fitted" in rows and newest["held_out"]["predictions"] == fitted["held_out_before"]["n"]
