"""status, export and doctor: what is shown of what lies here, in 80 columns and in ASCII, and what is said when something is wrong."""
import csv
import datetime
import io
import json
import os
import re
import sqlite3
import time

import pytest

from fake_client import Client, sync
from fake_server import standing
from peer import pb
from practice_files import nbme_form, text
from test_client_terminal import Terminal

DAY_MS = 86400000


def day(n):
    return datetime.date.today() + datetime.timedelta(days=n)


def reasons(*rows):
    return [pb.Reason(code=code, points=points, text=words) for code, points, words in rows]


def say(server, **fields):
    answer = standing(as_of_ms=int(time.time() * 1000), exam_day=(day(30) - datetime.date(1970, 1, 1)).days, **fields)
    server.answers = lambda session, message: pb.ServerMessage(standing=answer) if message.WhichOneof("body") == "standing" else None


def said_before(client, days_ago, **fields):
    """As if it had been said that many days ago."""
    ms = int(time.time() * 1000) - days_ago * DAY_MS
    body = standing(as_of_ms=ms, **fields).SerializeToString()
    with sqlite3.connect(client.home + "/outbox.db") as db:
        db.execute("insert or replace into standing_past values (?, ?, ?)", (ms // DAY_MS, body, ms))
    db.close()


@pytest.fixture
def months(enrolled, server, tmp_path):
    """A student with three forms, weak in biostatistics, and a readiness that rose."""
    rows = []
    for form, ago, right in (28, 70, 118), (29, 40, 126), (30, 12, 140):
        questions = nbme_form(form, day(-ago).strftime("%-m/%-d/%Y") + " | 9:05AM", 0)
        for i, question in enumerate(questions):
            weak = question["Content Description"].startswith("Biostat")
            question["Correct / Incorrect"] = "Correct" if not weak and i * 7 % 200 < right else "Incorrect"
        rows += questions
    (tmp_path / "q.csv").write_text(text(rows))
    enrolled.json("import", str(tmp_path / "q.csv"), "--epc", "28=59", "--epc", "29=62", "--epc", "30=68")
    enrolled.json("add", "--instrument", "free120", "--score", "69", "--date", str(day(-5)))
    say(server, p_pass=0.88, readiness_mean=67, reasons=reasons(("base_rate", 0.6, "base"), ("result:cbssa", 0.2, "form 30"), ("growth", 0.08, "growth now")))
    sync(enrolled)
    said_before(enrolled, 20, p_pass=0.66, readiness_mean=62, reasons=reasons(("base_rate", 0.6, "base"), ("growth", 0.06, "growth then")))
    return enrolled


def test_what_moved_it(months):
    answer = months.json("status")
    assert [(round(row["points"], 3), row["text"]) for row in answer["moved"]["by"]] == [(0.2, "form 30"), (0.02, "growth now")]
    assert answer["moved"]["p_before"] == 0.66
    assert "from 66 to 88 %" in months.run("status").stdout


def test_weak_areas_are_told_with_their_counts(months, server):
    """As the school's model calls them: nothing is worked out here by another rule."""
    assert months.json("status")["weak_areas"] == [] and "below the standard" not in months.run("status").stdout
    biostatistics, renal, unknown = (pb.WeakArea(area=area, items=33, correct=correct, p_below=p) for area, correct, p in
                                     ((10, 0, 0.99), (6, 12, 0.85), (250, 1, 0.82)))
    say(server, weak_areas=[biostatistics, renal, unknown])
    sync(months)
    weak = months.json("status")["weak_areas"]
    assert [(area["area"], area["items"], area["correct"], area["p_below"]) for area in weak] == [
        ("biostatistics", 33, 0, 0.99), ("respiratory_renal", 33, 12, 0.85)]
    shown = months.run("status").stdout
    assert "Biostatistics & Epidemiology/Population Health (0 of 33)" in shown
    assert "Next: Go over Biostatistics & Epidemiology/Population Health: 0 of 33 correct" in " ".join(shown.split())


def test_the_curve_in_unicode_and_in_ascii(months):
    shown = Terminal(months, "status", LC_ALL="C.UTF-8").end()
    assert all(mark in shown for mark in "●○◆◇░│") and "low-pass range 62 to 68" in shown and "today" in shown
    ascii_only = Terminal(months, "status", LC_ALL="C").end()
    assert ascii_only.isascii() and re.search(r"#.*@", ascii_only, re.S)
    for width in 80, 200:
        lines = Terminal(months, "status", COLUMNS=str(width)).end().splitlines()
        curve = lines[next(i for i, line in enumerate(lines) if line.strip() == "EPC"):][:16]
        assert max(map(len, curve)) <= width
        assert not any(line != line.rstrip() for line in curve)
    assert "EPC\n" not in months.run("status", "--no-chart").stdout
    # Three checks, and a result that is one column further to the right each time.
    columns = sorted(line.index("●") for line in shown.splitlines() if "●" in line and not re.search("CBSSA|track", line))
    assert len(columns) == 3 and len(set(columns)) == 3


def test_the_next_step(client, server, tmp_path):
    def step():
        return client.json("status")["next_step"]["code"]
    assert step() == "enrol"
    client.enrol(server)
    assert step() == "record"
    client.json("add", "--instrument", "cbssa", "--form", "30", "--score", "62", "--date", str(day(-50)))
    assert step() == "sync"
    server.answers = lambda session, message: pb.ServerMessage(standing=pb.Standing(
        state=pb.STATE_CANNOT_SAY, as_of_ms=int(time.time() * 1000))) if message.WhichOneof("body") == "standing" else None
    sync(client)
    assert step() == "plan"
    say(server)
    sync(client)
    assert step() == "check" and re.search(r"\d+ days old", client.run("status").stdout)
    client.json("add", "--instrument", "cbssa", "--form", "31", "--score", "66", "--date", str(day(-3)))
    sync(client)
    assert step() == "go_on"


def test_one_standing_a_day_is_kept(enrolled, server):
    for p in 0.8, 0.9:
        say(server, p_pass=p)
        sync(enrolled)
    with sqlite3.connect(enrolled.home + "/outbox.db") as db:
        assert db.execute("select count(*) from standing_past").fetchone() == (1,)
    db.close()
    assert enrolled.json("status")["moved"]["by"] == []


# ---------------------------------------------------------------- export

def test_export_and_import_is_the_same(months, tmp_path):
    months.json("edit", "1", "--score", "60")
    months.json("retract", "2")
    assert "5 rows" not in months.run("export", "--output", str(tmp_path / "mine.csv"), "--subscores", str(tmp_path / "areas.csv")).stdout
    rows = list(csv.DictReader(io.StringIO((tmp_path / "mine.csv").read_text())))
    assert [(row["score"], row["revision"], row["retracted"]) for row in rows] == [
        ("59", "0", "0"), ("60", "1", "0"), ("62", "0", "0"), ("62", "1", "1"), ("68", "0", "0"), ("69", "0", "0")]
    assert os.stat(tmp_path / "mine.csv").st_mode & 0o777 == 0o600
    assert months.json("import", str(tmp_path / "mine.csv"), "--subscores", str(tmp_path / "areas.csv"))["identical"] == 6
    elsewhere = Client(tmp_path / "elsewhere")
    assert elsewhere.json("import", str(tmp_path / "mine.csv"), "--subscores", str(tmp_path / "areas.csv"))["new"] == 6
    assert elsewhere.run("export").stdout == (tmp_path / "mine.csv").read_text()


def test_export_writes_over_nothing(months, tmp_path):
    (tmp_path / "mine.csv").write_text("precious")
    assert "written over" in months.run("export", "--output", str(tmp_path / "mine.csv"), expect=1).stderr
    assert (tmp_path / "mine.csv").read_text() == "precious"
    assert "leave --subscores out" in months.json("export", "--subscores", "x", expect=2)["error"]["text"]


def test_export_as_json_has_everything(months):
    months.json("exam", "plan", str(day(30)))
    answer = months.json("export")
    assert answer["school"] == "Fake School" and len(answer["results"]) == 4 and answer["exam_plan"][0]["exam_day"] == str(day(30))
    topics = {sub["area"]: sub["items"] for sub in answer["results"][0]["subscores"] if sub["axis"] == "topic"}
    assert topics["biostat"] == 11 and answer["standing"]["p_pass"] == 0.88


def test_export_defuses_formulas(client):
    client.json("add", "--instrument", "cbssa", "--form", "=1+1", "--score", "60", "--date", "2026-03-01")
    assert ",'=1+1," in client.run("export").stdout


# ---------------------------------------------------------------- doctor

def verdicts(client, *options, expect=0):
    return {check["check"]: check["verdict"] for check in client.json("doctor", *options, expect=expect)["checks"]}


def test_doctor_when_all_is_well(enrolled):
    assert set(verdicts(enrolled).values()) == {"ok"}
    assert verdicts(enrolled, "--offline")["server"] == "unknown"
    shown = Terminal(enrolled, "doctor").end()
    assert "✓ ok" in shown and max(map(len, shown.splitlines())) <= 80


def test_doctor_before_enrolment(client):
    assert verdicts(client, expect=1)["enrolment"] == "wrong"


def test_doctor_when_the_server_is_away(enrolled, server):
    server.stop()
    checks = verdicts(enrolled, expect=1)
    assert (checks["network"], checks["server"]) == ("ok", "wrong")


def test_doctor_when_the_name_is_gone(enrolled):
    with sqlite3.connect(enrolled.home + "/outbox.db") as db:
        db.execute("update setting set value = 'nowhere.invalid' where name = 'server'")
    db.close()
    checks = verdicts(enrolled, expect=1)
    assert (checks["network"], checks["server"]) == ("wrong", "unknown")


def test_doctor_when_another_answers(enrolled, tmp_path):
    from fake_server import FakeServer, School
    with FakeServer(tmp_path, school=School()) as other:
        with sqlite3.connect(enrolled.home + "/outbox.db") as db:
            db.execute("update setting set value = ? where name = 'student_port'", [str(other.student_port)])
        db.close()
        answer = enrolled.json("doctor", expect=1)
    assert "something stands between" in json.dumps(answer)


def test_doctor_when_the_device_was_revoked(enrolled, server):
    server.answers = lambda session, message: pb.ServerMessage(fault=pb.Fault(code=pb.FAULT_REVOKED, retry=pb.RETRY_NEVER, closing=True))
    assert verdicts(enrolled, expect=1)["server"] == "wrong"


def test_doctor_when_the_clock_is_off(enrolled, server):
    server.answers = lambda session, message: pb.ServerMessage(welcome=pb.Welcome(
        protocol=1, server_time_ms=int(time.time() * 1000) + 3630000, limits=server.limits, school_name="Fake School",
        id_salt=b"s" * 16)) if message.WhichOneof("body") == "hello" else None
    assert "60 minutes behind" in enrolled.run("doctor", expect=1).stdout


def test_doctor_names_what_waits_and_what_was_refused(enrolled, server):
    enrolled.import_rows(1)
    assert verdicts(enrolled)["results"] == "look"


def test_doctor_when_the_key_is_open_to_others(enrolled):
    os.chmod(enrolled.home + "/outbox.db", 0o644)
    assert "chmod 600" in enrolled.json("doctor", expect=1)["error"]["text"]
