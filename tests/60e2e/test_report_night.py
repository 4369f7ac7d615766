"""The nightly run: once a night whoever starts it, the same bytes wherever it is asked for, and what it says when it cannot."""
import datetime
import hashlib
import json
import os
import random
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
FILES = ["brief.json", "brief.txt", "manifest.json"]


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
    first = json.loads(office.report("--out", str(tmp_path), "--json").stdout)
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
    forced = json.loads(office.report("--out", str(tmp_path), "--json", "--force").stdout)
    assert (forced["verdict"], forced["written"]) == ("done", True)
    assert files(directory) == before and os.stat(directory / "brief.txt").st_mtime > 0


def test_the_manifest_vouches_for_each_file(small_class, tmp_path):
    small_class.report("--out", str(tmp_path))
    found = files(tmp_path / NIGHT.isoformat())
    manifest = json.loads(found["manifest.json"])
    assert {entry["name"] for entry in manifest["files"]} == {"brief.txt", "brief.json"}
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
    assert text.startswith(f"Brief for the night of {NIGHT}\n")
    assert f"as of {NIGHT} 03:00 (America/New_York)" in " ".join(text.split())
    assert "▲ at risk          1" in text and "● on track         1" in text and "○ cannot say       1" in text
    assert "a1" in text and "in 20 days" in text and "Everything ran." in text
    flat = " ".join(text.split())
    assert all(flag["text"] in flat for flag in brief["new_flags"]) and brief["new_flags"]
    assert max(map(len, text.splitlines())) <= 80
    queue = small_class.json("queue")
    assert [row["student_id"] for row in brief["queue"]] == [item["student"]["student_id"] for item in queue["items"]] == ["a1"]
    assert brief["waiting"] == queue["total"] == 1
    assert "Hornbeam" not in text + json.dumps(brief)  # names stay on the pages one signs in for


def test_results_of_the_morning_are_of_the_next_night(office, tmp_path):
    """As-of is 03:00 at the school, whenever the run happens."""
    office.students("1")
    office.result("1", datetime.datetime.combine(NIGHT, datetime.time(2, 59), ZONE), 60)
    office.result("1", datetime.datetime.combine(NIGHT, datetime.time(3, 1), ZONE), 60, form="31")
    office.report("--out", str(tmp_path))
    assert office.sql("select results_used, as_of from core.assessment") == [(1, datetime.datetime.combine(NIGHT, datetime.time(3), ZONE))]


@pytest.mark.parametrize("night, utc", [
    ("2026-03-07", "2026-03-07T08:00:00"), ("2026-03-08", "2026-03-08T07:00:00"),  # clocks go forward at 02:00
    ("2025-11-01", "2025-11-01T07:00:00"), ("2025-11-02", "2025-11-02T08:00:00"),  # and back
    ("2024-02-29", "2024-02-29T08:00:00"),
])
def test_nights_on_which_the_clock_jumps(office, tmp_path, night, utc):
    office.report("--date", night, "--out", str(tmp_path))
    brief = json.loads((tmp_path / night / "brief.json").read_text())
    assert brief["as_of"] == f"{utc}+00:00" and brief["night"] == night


def test_nights_build_on_each_other(small_class, tmp_path):
    office = small_class
    before = (NIGHT - DAY).isoformat()
    office.report("--date", before, "--out", str(tmp_path))
    office.report("--out", str(tmp_path))
    brief = json.loads((tmp_path / NIGHT.isoformat() / "brief.json").read_text())
    assert brief["previous_night"] == before
    assert f"Changes are counted since {before}" in (tmp_path / NIGHT.isoformat() / "brief.txt").read_text()


def test_a_school_of_nobody(office, tmp_path):
    done = json.loads(office.report("--out", str(tmp_path), "--json").stdout)
    assert (done["students"], done["assessed"]) == (0, 0)
    assert "none" in (tmp_path / NIGHT.isoformat() / "brief.txt").read_text()


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
    done = json.loads(office.report("--out", str(tmp_path), "--json").stdout)
    assert (done["verdict"], done["written"]) == ("done", True) and sorted(os.listdir(tmp_path / NIGHT.isoformat())) == FILES


def test_no_parameter_set(office, tmp_path):
    office.students("1")
    office.sql("update core.school set parameters_id = null")
    try:
        done = office.report("--out", str(tmp_path), check=False)
        assert done.returncode == 1 and "no parameter set" in done.stderr
    finally:
        office.ctl("init")


def test_two_at_once_agree(small_class, tmp_path):
    office = small_class
    start = lambda n: subprocess.Popen([f"{office.bin}/stepguard-report", "--config", office.conf_path, "--out", f"{tmp_path}/{n}"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    runs = [start(n) for n in range(4)]
    for run in runs:
        out, err = run.communicate(timeout=60)
        assert run.returncode == 0, err
    assert office.count("ops.run") == 1
    assert len({json.dumps({k: v.decode() for k, v in files(f"{tmp_path}/{n}/{NIGHT}").items()}) for n in range(4)}) == 1
    assert office.count("core.flag", "closed_at is null") == office.sql("select count(distinct (student_id, code))::int from core.flag")[0][0]


def test_killed_at_any_point_the_next_finishes(office, tmp_path):
    """A run is killed at a random moment, the next one goes on; the bytes are those of a run that nobody disturbed."""
    ids = [f"s{i:03}" for i in range(300)]
    office.students(*ids)
    at = datetime.datetime.combine(NIGHT, datetime.time(12), ZONE) - 3 * DAY
    for i, student in enumerate(ids[:40]):
        office.result(student, at, 45 + i)
    begun = time.monotonic()
    office.report("--out", f"{tmp_path}/whole")
    whole_s, rng = time.monotonic() - begun, random.Random(1)
    for n in range(8):
        office.sql("set session_replication_role = replica; truncate ops.run, core.assessment, core.flag, core.case_file cascade")
        run = subprocess.Popen([f"{office.bin}/stepguard-report", "--config", office.conf_path, "--out", f"{tmp_path}/{n}"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0, whole_s))
        run.send_signal(signal.SIGKILL)
        run.wait()
        office.report("--out", f"{tmp_path}/{n}")
        assert {k: v for k, v in files(f"{tmp_path}/{n}/{NIGHT}").items() if not k.startswith(".")} == files(f"{tmp_path}/whole/{NIGHT}")
        assert office.count("ops.run", "finished_at is not null") == 1
