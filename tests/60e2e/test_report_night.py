"""The nightly run: once a night whoever starts it, the same bytes wherever it is asked for, and what it says when it cannot."""
import datetime
import hashlib
import json
import os
import random
import re
import signal
import stat
import subprocess
import time
import zoneinfo

import pytest

ZONE = zoneinfo.ZoneInfo("America/New_York")
UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)


def last_night():
    now = datetime.datetime.now(ZONE)
    return now.date() if now.hour >= 3 else now.date() - DAY


NIGHT = last_night()
FILES = ["brief.csv", "brief.html", "brief.json", "brief.pdf", "brief.txt", "manifest.json"]


def night(done):
    """The one night of what --json said."""
    said = json.loads(done.stdout)
    assert len(said["nights"]) == 1 and said["failed"] is None, said
    return said["nights"][0]


def lines(brief, code):
    return [line for of in brief["lists"] if of["code"] == code for line in of["lines"]]


def files(directory):
    return {name: open(os.path.join(directory, name), "rb").read() for name in sorted(os.listdir(directory))}


@pytest.fixture
def small_class(office):
    office.students("a1", "a2", "a3")
    exam = NIGHT + 20 * DAY
    office.ctl("plans", "import", office.csv("exams.csv", ["student_id", "attempt", "planned_on"],
                                             [{"student_id": s, "attempt": 1, "planned_on": exam.isoformat()} for s in ("a1", "a2")]))
    at = datetime.datetime.combine(NIGHT, datetime.time(12), ZONE)
    for i in range(3):
        office.result("a1", at - (30 - 8 * i) * DAY, 50 + i, form=str(28 + i))
        office.result("a2", at - (30 - 8 * i) * DAY, 76 + i, form=str(28 + i))
    return office


def test_a_night_is_done_once(small_class, tmp_path):
    office = small_class
    first = night(office.report("--out", str(tmp_path), "--json"))
    assert (first["verdict"], first["written"], first["students"], first["assessed"]) == ("new", True, 3, 3)
    directory = tmp_path / NIGHT.isoformat()
    assert first["directory"] == str(directory)
    before = files(directory)
    assert sorted(before) == FILES
    assert all(stat.S_IMODE(os.stat(directory / name).st_mode) == 0o640 for name in FILES)

    second = office.report("--out", str(tmp_path))
    assert "was done before" in second.stdout and f"It lies in {directory}" in second.stdout
    assert office.count("ops.run") == 1 and files(directory) == before

    os.utime(directory / "brief.txt", (0, 0))
    forced = night(office.report("--out", str(tmp_path), "--json", "--force"))
    assert (forced["verdict"], forced["written"]) == ("done", True)
    assert files(directory) == before and os.stat(directory / "brief.txt").st_mtime > 0


def test_the_manifest_vouches_for_each_file(small_class, tmp_path):
    small_class.report("--out", str(tmp_path))
    found = files(tmp_path / NIGHT.isoformat())
    manifest = json.loads(found["manifest.json"])
    assert {entry["name"] for entry in manifest["files"]} == set(FILES) - {"manifest.json"}
    for entry in manifest["files"]:
        assert entry["sha256"] == hashlib.sha256(found[entry["name"]]).hexdigest() and entry["bytes"] == len(found[entry["name"]])
    assert manifest["night"] == NIGHT.isoformat() and manifest["parameters"] == "default-2"
    assert manifest["evaluated"]["students"] == 3 and manifest["evaluated"]["results"] == 6


def test_what_happens_later_does_not_change_a_night_that_is_over(small_class, tmp_path):
    office = small_class
    office.report("--out", f"{tmp_path}/one")
    office.result("a2", datetime.datetime.now(UTC), 30)
    office.students("a4")
    office.ctl("assess-all")
    office.report("--out", f"{tmp_path}/two")  # another host, say: the files are not there
    assert files(f"{tmp_path}/one/{NIGHT}") == files(f"{tmp_path}/two/{NIGHT}")


def test_the_same_data_give_the_same_bytes(small_class, tmp_path):
    """Not only when asked again: a second run from nothing, on the same facts."""
    office = small_class
    office.report("--out", f"{tmp_path}/one")
    office.sql("set session_replication_role = replica; truncate ops.run, core.assessment, core.flag, core.case_file cascade")
    office.report("--out", f"{tmp_path}/two")
    assert files(f"{tmp_path}/one/{NIGHT}") == files(f"{tmp_path}/two/{NIGHT}")


def test_the_text_says_who_and_why(small_class, tmp_path):
    small_class.report("--out", str(tmp_path))
    text = (tmp_path / NIGHT.isoformat() / "brief.txt").read_text()
    brief = json.loads((tmp_path / NIGHT.isoformat() / "brief.json").read_text())
    assert text.startswith("Brief for the night of ") and f"as of {NIGHT} 03:00 (America/New_York)" in " ".join(text.split())
    assert all(re.search(rf"{shape} {state} +1\n", text) for shape, state in (("▲", "at risk"), ("●", "on track"), ("▬", "cannot say")))
    assert "a1" in text and "in 20 days" in text and "Everything ran." in text
    flat = " ".join(text.split())
    assert all(line["text"] in flat for of in brief["lists"] for line in of["lines"])
    assert [line["student_id"] for line in lines(brief, "new")] == ["a1"] and {line["student_id"] for line in lines(brief, "exams")} == {"a1", "a2"}
    assert max(map(len, text.splitlines())) <= 80
    queue = small_class.json("queue")
    assert [line["student_id"] for line in lines(brief, "queue")] == [item["student"]["student_id"] for item in queue["items"]] == ["a1"]
    assert brief["waiting"] == queue["total"] == 1
    assert "Hornbeam" not in text + json.dumps(brief)  # names stay on the pages one signs in for


def test_results_of_the_morning_are_of_the_next_night(office, tmp_path):
    """As-of is 03:00 at the school, whenever the run happens."""
    office.students("1")
    office.result("1", datetime.datetime.combine(NIGHT, datetime.time(2, 59), ZONE), 60)
    office.result("1", datetime.datetime.combine(NIGHT, datetime.time(3, 1), ZONE), 60, form="31")
    office.report("--out", str(tmp_path))
    assert office.sql("select results_used, as_of from core.assessment") == [(1, datetime.datetime.combine(NIGHT, datetime.time(3), ZONE))]


@pytest.mark.parametrize("zone, day, utc", [
    ("America/New_York", "2026-03-07", "2026-03-07T08:00:00"), ("America/New_York", "2026-03-08", "2026-03-08T07:00:00"),  # forward at 02:00
    ("America/New_York", "2025-11-01", "2025-11-01T07:00:00"), ("America/New_York", "2025-11-02", "2025-11-02T08:00:00"),  # and back
    ("America/New_York", "2024-02-29", "2024-02-29T08:00:00"),
    ("America/Sao_Paulo", "2018-11-04", "2018-11-04T05:00:00"), ("America/Sao_Paulo", "2018-02-18", "2018-02-18T06:00:00"),  # at midnight:
    ("Asia/Beirut", "2026-03-29", "2026-03-29T00:00:00"), ("Asia/Beirut", "2025-10-26", "2025-10-26T01:00:00"),  # the day has no 00:00, or two
    ("Europe/Athens", "2026-03-29", "2026-03-29T00:00:00"),  # 03:00 itself is left out: 02:00 stands for it
    ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T16:30:00"),  # half an hour back
    ("Pacific/Apia", "2011-12-31", "2011-12-30T13:00:00"),  # the day before was left out
])
def test_nights_on_which_the_clock_jumps(office, tmp_path, zone, day, utc):
    office.students("d1")
    exam = datetime.date.fromisoformat(day) + 7 * DAY
    office.ctl("plans", "import", office.csv("exams.csv", ["student_id", "attempt", "planned_on"],
                                             [{"student_id": "d1", "attempt": 1, "planned_on": exam.isoformat()}]))
    conf = f"{office.dir}/elsewhere.conf"
    office.write_conf(conf, {"school": {"zone": zone}})
    office.sql("update core.school set zone = %s", (zone,))
    try:
        office.report("--config", conf, "--date", day, "--out", str(tmp_path))
    finally:
        office.sql("update core.school set zone = 'America/New_York'")
    brief = json.loads((tmp_path / day / "brief.json").read_text())
    assert (brief["as_of"], brief["night"], brief["zone"]) == (f"{utc}+00:00", day, zone)
    local = datetime.datetime.fromisoformat(brief["as_of"]).astimezone(zoneinfo.ZoneInfo(zone))
    assert local.date().isoformat() == day and local.hour == (2 if zone == "Europe/Athens" else 3)
    line = lines(brief, "exams")[0]
    assert (line["exam_day"], line["days_to_exam"]) == (exam.isoformat(), 7) and f"in 7 days ({exam})" in line["text"]


def test_nights_build_on_each_other(small_class, tmp_path):
    office = small_class
    before = (NIGHT - DAY).isoformat()
    office.report("--date", before, "--out", str(tmp_path))
    office.report("--out", str(tmp_path))
    brief = json.loads((tmp_path / NIGHT.isoformat() / "brief.json").read_text())
    assert brief["previous_night"] == before
    assert [n["night"] for n in brief["trend"]] == [before, NIGHT.isoformat()]
    assert {"night": before, **brief["before"]} == brief["trend"][0] and {"night": brief["night"], **brief["counts"]} == brief["trend"][1]
    assert "no night before" not in (tmp_path / NIGHT.isoformat() / "brief.txt").read_text()


def test_missed_nights_are_made_good_in_order(small_class, tmp_path):
    """Four nights after downtime, in one start: the same files as if each had been done in its own."""
    office = small_class
    days = [(NIGHT - n * DAY).isoformat() for n in (4, 3, 2, 1, 0)]
    office.report("--date", days[0], "--out", f"{tmp_path}/late")
    office.result("a1", datetime.datetime.combine(NIGHT - 2 * DAY, datetime.time(12), ZONE), 80, form="33")
    office.snapshot()
    for day in days:
        office.report("--date", day, "--out", f"{tmp_path}/each")
    office.restore()
    said = json.loads(office.report("--out", f"{tmp_path}/late", "--json").stdout)
    assert [n["night"] for n in said["nights"]] == days[1:] and {n["verdict"] for n in said["nights"]} == {"new"}
    assert said["passed_over"] is None and said["failed"] is None
    for before, day in zip(days, days[1:]):
        assert json.loads(files(f"{tmp_path}/late/{day}")["brief.json"])["previous_night"] == before
    assert {day: files(f"{tmp_path}/late/{day}") for day in days} == {day: files(f"{tmp_path}/each/{day}") for day in days}
    used = [json.loads(files(f"{tmp_path}/late/{day}")["brief.json"])["evaluated"]["results"] for day in days]
    assert used == [6, 6, 6, 7, 7]  # what was taken two days ago is of the night after it
    again = night(office.report("--out", f"{tmp_path}/late", "--json"))
    assert (again["night"], again["verdict"], again["written"]) == (days[-1], "done", False)


def test_a_night_that_was_begun_and_left_is_made_good(small_class, tmp_path):
    office = small_class
    days = [(NIGHT - n * DAY).isoformat() for n in (2, 1, 0)]
    with office.forbidden("brief"):
        said = json.loads(office.report("--date", days[0], "--out", str(tmp_path), "--json", check=False).stdout)
        assert said["failed"]["night"] == days[0] and said["nights"] == []
    office.report("--date", days[1], "--out", str(tmp_path))
    said = json.loads(office.report("--out", str(tmp_path), "--json").stdout)
    assert [(n["night"], n["verdict"]) for n in said["nights"]] == [(days[0], "resumed"), (days[2], "new")]


def test_more_nights_than_a_month_are_passed_over_and_said(office, tmp_path):
    office.report("--date", (NIGHT - 40 * DAY).isoformat(), "--out", str(tmp_path))
    done = office.report("--out", str(tmp_path), "--json", check=False)
    said = json.loads(done.stdout)
    assert done.returncode == 1 and "passed over" in done.stderr
    assert said["passed_over"] == {"from": (NIGHT - 39 * DAY).isoformat(), "to": (NIGHT - 31 * DAY).isoformat()}
    assert [n["night"] for n in said["nights"]] == [(NIGHT - n * DAY).isoformat() for n in range(30, -1, -1)]
    assert "were not evaluated" in (tmp_path / (NIGHT - 30 * DAY).isoformat() / "brief.txt").read_text()


def test_a_school_of_nobody(office, tmp_path):
    done = night(office.report("--out", str(tmp_path), "--json"))
    assert (done["students"], done["assessed"]) == (0, 0)
    found = files(tmp_path / NIGHT.isoformat())
    brief = json.loads(found["brief.json"])
    assert all(of["n"] == 0 and of["lines"] == [] for of in brief["lists"]) and brief["did_not_run"] == [] and len(brief["lists"]) == 12
    assert brief["counts"] == dict.fromkeys(("at_risk", "borderline", "on_track", "cannot_say"), 0)
    assert found["brief.pdf"].startswith(b"%PDF-") and b"<html" in found["brief.html"] and b"Everything ran." in found["brief.txt"]


def test_usage(office, tmp_path):
    for words, said in [(["--date", (NIGHT + 2 * DAY).isoformat()], "is not over"), (["--date", "soon"], "YYYY-MM-DD"),
                        (["--date", "2026-02-30"], "YYYY-MM-DD"), (["tonight"], "too many"), (["--verbose"], "no option --verbose")]:
        done = office.report(*words, "--out", str(tmp_path), check=False)
        assert done.returncode == 2 and said in done.stderr, words
    assert office.count("ops.run") == 0 and os.listdir(tmp_path) == []
    assert "Exit codes" in office.report("--help").stdout


def test_the_database_away(office, tmp_path):
    conf = tmp_path / "away.conf"
    conf.write_text(open(office.conf_path).read().replace(office.url, f"host={tmp_path} dbname=stepguard"))
    done = office.report("--config", str(conf), "--out", str(tmp_path), check=False)
    assert done.returncode == 3 and done.stderr.startswith("stepguard-report: the night of ")


def test_no_room_for_the_files_is_made_good_by_the_next_start(small_class, tmp_path):
    office = small_class
    done = office.report("--out", "/dev/full", check=False)
    assert done.returncode == 3
    done = night(office.report("--out", str(tmp_path), "--json"))
    assert (done["verdict"], done["written"]) == ("done", True) and sorted(os.listdir(tmp_path / NIGHT.isoformat())) == FILES


def test_no_parameter_set(office, tmp_path):
    office.students("1")
    office.sql("update core.school set parameters_id = null")
    try:
        done = office.report("--out", str(tmp_path), check=False)
        assert done.returncode == 1 and "no parameter set" in done.stderr
    finally:
        office.ctl("init")


def test_who_has_no_estimate_is_named(small_class, tmp_path):
    """The night was kept before somebody joined, and takes nothing more: the run says so, and its exit code."""
    office = small_class
    office.ctl("history", "--from", NIGHT.isoformat(), "--to", NIGHT.isoformat())
    office.students("late")
    for verdict in ("new", "done"):
        done = office.report("--out", str(tmp_path), "--json", check=False)
        assert done.returncode == 1
        assert {key: night(done)[key] for key in ("verdict", "assessed", "skipped")} == {"verdict": verdict, "assessed": 3, "skipped": 1}
    found = files(tmp_path / NIGHT.isoformat())
    named = [{"student_id": "late", "text": "There is no estimate as of this night."}]
    assert json.loads(found["brief.json"])["did_not_run"] == named == json.loads(found["manifest.json"])["did_not_run"]
    assert b"late" in found["brief.txt"].split(b"What did not run")[1]


def test_two_at_once_agree(small_class, tmp_path):
    office = small_class
    start = lambda n: subprocess.Popen([f"{office.bin}/stepguard-report", "--config", office.conf_path, "--out", f"{tmp_path}/{n}"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    runs = [start(n) for n in range(4)]
    for run in runs:
        out, err = run.communicate(timeout=60)
        assert run.returncode == 0, err
    assert office.count("ops.run") == 1
    assert all(files(f"{tmp_path}/{n}/{NIGHT}") == files(f"{tmp_path}/0/{NIGHT}") for n in range(4))
    assert office.count("core.flag", "closed_at is null") == office.sql("select count(distinct (student_id, code))::int from core.flag")[0][0]


TREMBLING = [55 + i / 5 for i in range(60)]  # some are on track, and asked for a second time before they are not


@pytest.fixture
def trembling_class(office):
    """Students near the line, a finished night behind them, and results since: of some the state waits for a second night. A dean and
    an adviser want mail."""
    ids = [f"t{i:02}" for i in range(len(TREMBLING))]
    office.students(*ids, adviser_email="ada@school.example")
    office.sql("""insert into core.staff (school_id, email, name, roles, status)
                  select school_id, 'dean@school.example', 'Quill Rowan', '{dean}'::text[], 'active' from core.school
                  union all select school_id, 'ada@school.example', 'Wren Alder', '{adviser}', 'active' from core.school on conflict do nothing;
                  insert into ops.setting (school_id, key, value, set_at) select school_id, 'mail_on', '1', now() from core.school""")
    exam = NIGHT + 40 * DAY
    office.ctl("plans", "import", office.csv("exams.csv", ["student_id", "attempt", "planned_on"],
                                             [{"student_id": s, "attempt": 1, "planned_on": exam.isoformat()} for s in ids]))
    at = datetime.datetime.combine(NIGHT, datetime.time(12), ZONE)
    for student, score in zip(ids, TREMBLING):
        for i in range(4):
            office.result(student, at - (30 - 7 * i) * DAY, score + i / 2, form=str(28 + i))
    office.report("--date", (NIGHT - DAY).isoformat(), "--out", f"{office.dir}/before")
    for i, (student, score) in enumerate(zip(ids, TREMBLING)):
        office.result(student, at - 1.5 * DAY, score + 2 + (3 if i % 2 else -3), form="33")
    office.snapshot()
    yield office
    office.sql("delete from ops.setting")


# What a night leaves behind, without the times of the clock: every change once.
LEFT = {
    "estimates": "select student_id, state, pending_runs, p, as_of, version from core.assessment order by 1",
    "nights": "select night, student_id, state, pending_runs, p from core.estimate_night order by 1, 2",
    "flags": "select student_id, code, opened_at, closed_at, severity, text from core.flag order by 1, 2, 3",
    "cases": "select student_id, attempt, state, severity, revision from core.case_file order by 1, 2",
    "steps": "select student_id, verb, from_state, to_state, revision, detail::text from core.case_event order by 1, revision, verb, 6",
    "runs": "select night, as_of, parameters_id, told::text, manifest::text from ops.run where finished_at is not null order by 1",
    "messages": "select kind, dedup_key from ops.message order by 2",
}


def left(office):
    return {name: office.sql(query) for name, query in LEFT.items()}


def undisturbed(office, tmp_path):
    begun = time.monotonic()
    office.report("--out", f"{tmp_path}/whole")
    whole_s = time.monotonic() - begun
    assert {kind for kind, _ in left(office)["messages"]} >= {"brief", "digest"}
    return files(f"{tmp_path}/whole/{NIGHT}"), left(office), whole_s


def test_going_on_does_not_count_a_night_twice(trembling_class, tmp_path):
    """A state that must be asked for twice is not left because one night was begun twice."""
    office = trembling_class
    whole, changed, _ = undisturbed(office, tmp_path)
    assert office.count("core.assessment", "pending_runs > 0") > 0
    office.restore()
    with office.forbidden("brief"):
        assert office.report("--out", f"{tmp_path}/again", check=False).returncode == 3
    office.report("--out", f"{tmp_path}/again")
    assert files(f"{tmp_path}/again/{NIGHT}") == whole and left(office) == changed


def test_killed_at_any_point_the_next_finishes(trembling_class, tmp_path):
    """A run is killed at a random moment, another process goes on: the bytes and the changes are those of a run that nobody disturbed.
    SG_LONG kills it 50 times."""
    office = trembling_class
    whole, changed, whole_s = undisturbed(office, tmp_path)
    rng, cut = random.Random(1), 0
    for n in range(50 if os.environ.get("SG_LONG") else 8):
        office.restore()
        run = subprocess.Popen([f"{office.bin}/stepguard-report", "--config", office.conf_path, "--out", f"{tmp_path}/{n}"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0, whole_s))
        run.send_signal(signal.SIGKILL)
        cut += run.wait() != 0
        office.report("--out", f"{tmp_path}/{n}")
        assert {k: v for k, v in files(f"{tmp_path}/{n}/{NIGHT}").items() if not k.startswith(".")} == whole
        assert left(office) == changed
    assert cut > 0


def test_two_hosts_at_once(trembling_class, tmp_path):
    office = trembling_class
    whole, changed, _ = undisturbed(office, tmp_path)
    for n in range(3):
        office.restore()
        runs = [subprocess.Popen(["unshare", "--uts", "sh", "-c", f'hostname host{i}; exec "$0" "$@"', f"{office.bin}/stepguard-report", "--config",
                                  office.conf_path, "--out", f"{tmp_path}/{n}-{i}"] if os.geteuid() == 0 else
                                 [f"{office.bin}/stepguard-report", "--config", office.conf_path, "--out", f"{tmp_path}/{n}-{i}"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for i in range(2)]
        for run in runs:
            out, err = run.communicate(timeout=120)
            assert run.returncode == 0, err
        assert files(f"{tmp_path}/{n}-0/{NIGHT}") == files(f"{tmp_path}/{n}-1/{NIGHT}") == whole
        assert left(office) == changed
