"""Who needs a person, why, and everybody assessed: what the operator sees on a terminal and what a script reads."""
import datetime
import re
import subprocess
import threading
import unicodedata
import zoneinfo

import psycopg
import pytest

from house import ROOT

NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
TODAY = NOW.astimezone(zoneinfo.ZoneInfo("America/New_York")).date()  # at the school


def columns(line):
    """Terminal columns of a line: wide characters take two, marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@pytest.fixture
def class_of_three(office):
    """`low` far below the standard, `high` far above, `quiet` of whom nothing is known; exams in three weeks."""
    office.students("low", "high", family_name="Hornbeam")
    office.ctl("roster", "import", office.csv("more.csv", ["student_id", "given_name", "family_name", "class_year"],
                                              [{"student_id": "quiet", "given_name": "木村", "family_name": "さくら " * 6, "class_year": 2029}]))
    exam = (TODAY + 21 * DAY).isoformat()
    office.ctl("plans", "import", office.csv("exams.csv", ["student_id", "attempt", "planned_on"],
                                             [{"student_id": s, "attempt": 1, "planned_on": exam} for s in ("low", "high", "quiet")]))
    for i, form in enumerate(("28", "29", "30")):
        office.result("low", NOW - (25 - 8 * i) * DAY, 50 + i, form=form)
        office.result("high", NOW - (25 - 8 * i) * DAY, 78 + i, form=form)
    office.ctl("assess-all")
    return office


def test_the_one_at_risk_comes_with_reasons(class_of_three):
    office = class_of_three
    queue = office.json("queue")
    assert queue["students"] == 3 and queue["assessed"] == 3 and queue["parameters"] == "default-2"
    by_id = {item["student"]["student_id"]: item for item in queue["items"]}
    low = by_id["low"]["estimate"]
    assert "high" not in by_id and low["state"] == "at_risk" and low["p"] < 0.85
    assert {reason["code"] for reason in by_id["low"]["reasons"]} >= {"low_probability"}
    assert sum(reason["points"] for reason in low["reasons"]) == pytest.approx(low["p"], abs=1e-6)
    text = office.ctl("queue").stdout
    assert "▲ at risk" in text and "Teal Hornbeam (low)" in text and "in 21 days" in text
    assert all(reason["text"].split()[0] in text for reason in by_id["low"]["reasons"])
    assert "preventable failures" not in text
    flat = " ".join(office.ctl("queue", "--why").stdout.split())
    assert all(item["order"]["sentence"] in flat for item in queue["items"])
    assert re.search(r"^ +[+-] ?\d+\.\d  .*form 30", text, re.M)
    assert "high" not in text


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_wider_than_the_terminal(class_of_three, width):
    for command in (["queue"], ["student", "show", "low"], ["student", "show", "quiet"]):
        out = class_of_three.run("stepguardctl", *command, env={"COLUMNS": str(width)}).stdout
        # a table of figures may not be cut; everything that can wrap does
        assert max(columns(line) for line in out.splitlines()) <= max(width, 100)


def test_plain_ascii_where_the_locale_has_no_more(class_of_three):
    out = class_of_three.run("stepguardctl", "queue", env={"LC_ALL": "C"}).stdout
    assert "! at risk" in out and "▲" not in out


def test_colour_is_for_terminals_that_want_it(class_of_three):
    env = {key: "" for key in ("NO_COLOR",)}
    coloured = class_of_three.on_a_terminal(env, "queue")
    assert "\x1b[31m▲ at risk\x1b[0m" in coloured
    assert "\x1b" not in class_of_three.on_a_terminal({"NO_COLOR": "1"}, "queue")
    assert "\x1b" not in class_of_three.on_a_terminal({"TERM": "dumb", "NO_COLOR": ""}, "queue")
    assert "\x1b" not in class_of_three.run("stepguardctl", "queue", env={"NO_COLOR": ""}).stdout
    plain = re.sub(r"\x1b\[\d*m", "", coloured).replace("\r\n", "\n")
    same = class_of_three.run("stepguardctl", "queue", env={"COLUMNS": "100"}).stdout
    assert plain.splitlines()[1:] == same.splitlines()[1:]


def test_what_a_student_writes_cannot_reach_the_terminal(office):
    office.students("1")
    office.result("1", NOW - DAY, 60, form="\x1b[2J\x1b]0;x\x07")
    office.ctl("assess-all")
    for command in (["queue"], ["student", "show", "1"]):
        assert not set(office.ctl(*command).stdout) & set("\x1b\x07")


def test_max_and_what_is_left_out(office):
    office.students(*(f"s{i}" for i in range(5)))
    exam = (TODAY + 10 * DAY).isoformat()
    office.ctl("plans", "import", office.csv("exams.csv", ["student_id", "attempt", "planned_on"],
                                             [{"student_id": f"s{i}", "attempt": 1, "planned_on": exam} for i in range(5)]))
    for i in range(5):
        office.result(f"s{i}", NOW - DAY, 40 + i)
    office.ctl("assess-all")
    out = office.ctl("queue", "--max", "2").stdout
    assert "The first 2 of 5 who need a person" in out
    assert len(office.json("queue", "--max", "2")["items"]) == 2


def test_the_line_of_the_week(office):
    """It stands where the pages have it: after as many cases as the office can still see; a hard deadline is named."""
    office.students(*(f"s{i}" for i in range(5)))
    exam = (TODAY + 10 * DAY).isoformat()
    office.ctl("plans", "import", office.csv("exams.csv", ["student_id", "attempt", "planned_on"],
                                             [{"student_id": f"s{i}", "attempt": 1, "planned_on": exam} for i in range(5)]))
    for i in range(5):
        office.result(f"s{i}", NOW - DAY, 40 + i)
    office.ctl("assess-all")
    capacity = "insert into ops.setting (school_id, key, value, set_at) select school_id, 'capacity_per_week', '%s', now() from core.school"
    office.sql(capacity % 3)
    try:
        above = [item["above_line"] for item in office.json("queue")["items"]]
        assert above == [True, True, True, False, False]
        out = office.ctl("queue").stdout
        line = next(i for i, text in enumerate(out.splitlines()) if "---- the line" in text)
        before, after = "\n".join(out.splitlines()[:line]), "\n".join(out.splitlines()[line:])
        assert [before.count("at risk  "), after.count("at risk  ")] == [3, 2]
        assert "The office sees 3 a week: 0 acted on since Monday, 3 left." in out
        office.sql("update core.case_file set last_safe_on = %s", (TODAY + 7 * DAY,))
        assert "hard" in office.ctl("queue").stdout and all(item["order"]["hard_deadline"] for item in office.json("queue")["items"])
        office.sql("update core.case_file set snooze_until = %s where state = 'new' and severity < 4", (TODAY + 2 * DAY,))
        office.sql("update core.case_file set acted_at = now()")
        out = office.ctl("queue").stdout
        assert "0 left" in out and "Nobody needs a person today." in out and "Open, and not to be seen today: " in out
    finally:
        office.sql("delete from ops.setting where key = 'capacity_per_week'")


def test_a_school_whose_estimates_are_older_than_its_cases(class_of_three):
    office = class_of_three
    office.sql("set session_replication_role = replica; truncate core.case_file cascade")
    assert office.json("queue")["unseen"] >= 1
    assert "No cases yet" in office.ctl("queue").stdout and "assess-all does it now" in office.ctl("queue").stdout
    office.ctl("assess-all")
    assert office.json("queue")["unseen"] == 0 and "Teal Hornbeam (low)" in office.ctl("queue").stdout


def test_an_empty_school(office):
    assert "Nobody is assessed yet." in office.ctl("queue").stdout
    assert office.json("queue")["items"] == []
    assert office.json("assess-all")["students"] == 0


# ---------------------------------------------------------------- one student


def test_a_page_about_one_student(class_of_three):
    office = class_of_three
    text, page = office.ctl("student", "show", "low").stdout, office.json("student", "show", "low")
    assert page["assessment"]["results_used"] == 3 and len(page["results"]) == 3
    for piece in ("Teal Hornbeam (low)", "us_md", "attempt 1", "▲ at risk", "80 % interval", "cbssa", "Why", "together", "default-2"):
        assert piece in text
    together = float(re.search(r"([\d.]+)  together", text)[1])
    points = [float(m.replace(" ", "")) for m in re.findall(r"^ +([+-] ?\d+\.\d)  ", text.split("Why")[1].split("together")[0], re.M)]
    assert sum(points) == pytest.approx(together, abs=0.05 * len(points) + 0.05)


def test_reading_a_student_leaves_a_line(office):
    office.students("1")
    for command, action in ((["student", "show", "1"], "student_show"), (["queue"], "queue"), (["device", "list", "--student", "1"], "student_show")):
        before = office.count("audit.event", f"action = '{action}'")
        office.ctl(*command)
        assert office.count("audit.event", f"action = '{action}'") == before + 1


def test_a_student_who_is_not_there(office):
    done = office.ctl("student", "show", "ghost", check=False)
    assert done.returncode == 1 and done.stdout == "" and 'no student "ghost"' in done.stderr


# ---------------------------------------------------------------- everybody


def test_assessing_twice_gives_the_same(class_of_three):
    estimates = lambda: class_of_three.sql("select student_id, state, p, p_low, p_high, readiness_mean, reasons_text from core.assessment order by 1")
    at = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    class_of_three.sql("delete from core.assessment")
    class_of_three.ctl("assess-all", "--as-of", at)
    before = estimates()
    answer = class_of_three.json("assess-all", "--as-of", at)
    assert (answer["students"], answer["done"], answer["recorded"]) == (3, 3, 0) and estimates() == before
    assert "3 were assessed as of this moment before" in class_of_three.ctl("assess-all", "--as-of", at).stdout


def test_a_past_moment_does_not_turn_back_the_clock(class_of_three):
    before = class_of_three.sql("select student_id, as_of, p from core.assessment order by 1")
    answer = class_of_three.json("assess-all", "--as-of", (NOW - 20 * DAY).date().isoformat())
    assert (answer["students"], answer["newer"], answer["recorded"]) == (3, 3, 0)
    assert class_of_three.sql("select student_id, as_of, p from core.assessment order by 1") == before
    assert "newer assessment" in class_of_three.ctl("assess-all", "--as-of", (NOW - 20 * DAY).date().isoformat()).stdout


def test_more_than_a_page_of_students(office):
    office.students(*(f"s{i}" for i in range(300)))
    answer = office.json("assess-all")
    assert answer["students"] == answer["recorded"] == 300
    assert office.count("core.assessment") == 300


def test_no_parameter_set_is_said(office):
    office.students("1")
    office.sql("update core.school set parameters_id = null")
    try:
        done = office.ctl("assess-all", check=False)
        assert done.returncode == 1 and "student 1 could not be assessed" in done.stderr
    finally:
        office.ctl("init")
    assert office.json("assess-all")["recorded"] == 1


def test_who_syncs_meanwhile_is_assessed_again(office):
    """The student's version moves between reading and recording: the estimate in force is made from what came in between."""
    office.students("1", "2")
    office.result("1", NOW - 2 * DAY, 50)
    held = psycopg.connect(f"{office.url} user=postgres")
    held.execute("update core.progress set version = version + 1 where student_id = (select student_id from core.student where external_id = '1')")
    held.execute("""insert into core.result (school_id, student_id, device_id, result_id, received_at, taken_at, revision, score_centi, scale, mode,
                                             retracted, repeat, instrument, form)
                    select school_id, student_id, 1, gen_random_uuid(), now(), now() - interval '1 hour', 0, 7000, 1, 1, false, false, 'cbssa', '31'
                      from core.student where external_id = '1'""")
    answers = []
    run = threading.Thread(target=lambda: answers.append(office.json("assess-all")), daemon=True)
    run.start()  # it reads the old version, and its recording waits for the row that is held
    try:
        for _ in range(600):
            [[waiting]] = office.sql("select count(*)::int from pg_stat_activity where usename = 'sg_operator' and wait_event_type = 'Lock'")
            if waiting:
                break
            run.join(0.05)
        assert waiting
    finally:
        held.commit()
        held.close()
        run.join()
    [answer] = answers
    assert answer["recorded"] == 2 and answer["newer"] == 0
    assert office.sql("select results_used from core.assessment a join core.student s using (school_id, student_id) where external_id = '1'") == [(2,)]
    assert office.count("core.progress", "assessed_version < version") == 0


def test_the_made_up_class_is_told_apart(office, tmp_path):
    """The flags against the truth behind a made-up class: those who would fail stand nearer the top than those who would pass."""
    subprocess.run([f"{ROOT}/tests/cohort/make", "--students", "60", "--seed", "7", "--out", str(tmp_path), "--no-own-files"], check=True,
                   capture_output=True)
    office.ctl("roster", "import", f"{tmp_path}/students.csv")
    office.ctl("plans", "import", f"{tmp_path}/exams.csv")
    import csv
    for row in csv.DictReader(open(tmp_path / "results.csv", encoding="utf-8-sig")):
        if row["scale"] == "epc" and row["retracted"] != "1":
            office.result(row["student_id"], row["taken_at"], float(row["score"]), row["instrument"], row["form"])
    office.ctl("assess-all")
    truth = {row["student_id"]: row for row in csv.DictReader(open(tmp_path / "truth.csv", encoding="utf-8-sig"))}
    p = dict(office.sql("select external_id, p from core.assessment join core.student using (school_id, student_id) where state <> 4"))
    fail = [p[s] for s in p if truth[s]["passes"] == "0"]
    succeed = [p[s] for s in p if truth[s]["passes"] == "1"]
    assert fail and succeed
    ranked = sum((a < b) + (a == b) / 2 for a in fail for b in succeed) / (len(fail) * len(succeed))
    assert ranked > 0.7
