"""Goals, check-ins, messages and devices on the student's side: prompts, what is kept when, what two devices agree on, what is killed."""
import datetime
import random
import time

import pytest

from fake_client import Client, sound, sync
from fake_server import fault
from office import Person
from peer import day, pb, uuid7
from test_client_crash import killed
from test_client_school import enrol, student
from test_client_terminal import Terminal

TODAY = datetime.datetime.now(datetime.timezone.utc).date()
MONDAY = TODAY - datetime.timedelta(days=TODAY.weekday())
WEEK = datetime.timedelta(days=7)
PAST = (MONDAY - WEEK).isoformat()


def mail(*texts, changed_ms=None):
    """Messages, the newest first."""
    now = changed_ms or int(time.time() * 1000)
    return pb.Messages(messages=[pb.OfficeMessage(message_id=9 - n, written_at_ms=now - n * 1000, changed_at_ms=now - n * 1000, writer="Hazel Rowan",
                                                  text=text) for n, text in enumerate(texts)])


def entries(server, kind):
    return [getattr(one, kind) for one in server.study.values() if one.WhichOneof("what") == kind]


# ---------------------------------------------------------------- goals


def test_a_goal_is_set_shown_changed_and_taken_back(enrolled, server):
    assert enrolled.json("goal")["week"]["goal"] is None
    enrolled.run("goal", "set", "--questions", "280", "--checks", "1", "--review", "2:30")
    enrolled.run("add", "--instrument", "qbank_uworld", "--items", "40", "--correct", "27", "--mode", "timed")
    enrolled.run("add", "--instrument", "cbssa", "--form", "31", "--score", "66", "--items", "200")
    week = enrolled.json("goal")["week"]
    assert (week["questions"], week["checks"], week["goal"]["review_minutes"], week["goal"]["state"]) == (240, 1, 150, "pending")
    assert "240 (85 %)" in enrolled.run("goal").stdout
    assert sync(enrolled)["study_stored"] == 1
    assert entries(server, "goal") == [pb.StudyGoal(from_day=day(MONDAY), questions=280, checks=1, review_minutes=150)]
    enrolled.run("goal", "set", "--checks", "none")
    assert enrolled.json("goal")["week"]["goal"]["questions"] == 280, "what is not named stays"
    assert "This week, of your goals: 240 of 280 questions." in enrolled.run("status").stdout
    enrolled.run("goal", "clear")
    assert enrolled.json("goal")["week"]["goal"] is None
    sync(enrolled)
    assert entries(server, "goal")[-1] == pb.StudyGoal(from_day=day(MONDAY)), "nothing given takes them back"


def test_goals_are_asked_for_on_a_terminal(enrolled):
    enrolled.run("goal", "set", "--questions", "200")
    terminal = Terminal(enrolled, "goal", "set")
    terminal.say("Questions [200]:", "many")
    terminal.say("Write one, as 40, or none.", "")
    terminal.say("Readiness checks (whole self-assessments) [none]:", "2")
    terminal.say("Hours going over your misses [none]:", "4.5")
    assert "200 questions, 2 readiness checks, 4:30 h of review" in " ".join(terminal.end().split())


@pytest.mark.parametrize("argv, says", [
    (["goal", "set"], "goal set needs --questions"), (["goal", "set", "--questions", "x"], "is not a number"),
    (["goal", "set", "--review", "5:70"], "is no time"), (["goal", "set", "--questions", "1", "--from", "soon"], "is not a day"),
    (["goal", "clear", "--checks", "1"], "goal clear takes back all"), (["goal", "--checks", "1"], "stepguard goal set"), (["goal", "keep"], "not understood"),
    (["checkin", "--hours", "1"], "needs --hours and --questions"), (["checkin", "--hours", "-1", "--questions", "1"], "is no time"),
    (["checkin", "--hours", "1", "--questions", "1", "--reviewed", "80%%x"], "is not a percentage"), (["checkin", "--week", "then"], "is not a day"),
    (["checkin", "all"], "not understood"), (["messages", "all"], "one argument too many"), (["devices", "lose"], "not understood"),
    (["devices", "revoke"], "needs one device")], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_usage(client, argv, says):
    done = client.run(*argv, expect=2)
    assert says in done.stderr and done.stdout == ""
    assert client.json("export")["study"] == []


@pytest.mark.parametrize("argv, field", [
    (["goal", "set", "--questions", "5001"], "questions"), (["goal", "set", "--checks", "15"], "checks"),
    (["goal", "set", "--review", "169"], "review_minutes"), (["checkin", "--hours", "168:01", "--questions", "1"], "study_minutes"),
    (["checkin", "--hours", "1", "--questions", "1", "--reviewed", "101"], "reviewed_percent"),
    (["checkin", "--hours", "1", "--questions", "1", "--week", (TODAY + 3 * WEEK).isoformat()], "week_from")],
    ids=lambda value: value if isinstance(value, str) else "")
def test_what_a_week_cannot_hold_is_refused_here(client, argv, field):
    error = client.json(*argv, expect=1)["error"]
    assert error["code"] == "data" and error["field"] == field
    assert client.json("export")["study"] == []


# ---------------------------------------------------------------- check-ins


def test_a_week_is_told_and_told_again(enrolled, server):
    enrolled.run("checkin", "--week", PAST, "--hours", "25", "--questions", "240", "--reviewed", "80 %", "--confidence", "60")
    enrolled.run("checkin", "--week", (MONDAY - datetime.timedelta(days=1)).isoformat(), "--hours", "26.5", "--confidence", "skip")
    assert sync(enrolled)["study_stored"] == 2, "another day of the same week is the same week; both words go out"
    assert entries(server, "check_in") == [
        pb.CheckIn(week_from_day=day(MONDAY - WEEK), study_minutes=1500, questions=240, reviewed_percent=80, confidence_percent=60),
        pb.CheckIn(week_from_day=day(MONDAY - WEEK), study_minutes=1590, questions=240, reviewed_percent=80)]
    listed = enrolled.json("checkin", "list")["checkins"]
    assert [(one["study_minutes"], one["confidence_percent"], one["state"]) for one in listed] == [(1590, None, "stored")], "what counts"
    assert [one["study_minutes"] for one in enrolled.json("checkin", "list", "--history")["checkins"]] == [1500, 1590]


def test_a_check_in_is_asked_for_with_what_was_said_before(enrolled):
    enrolled.run("checkin", "--week", (MONDAY - 2 * WEEK).isoformat(), "--hours", "20", "--questions", "200", "--confidence", "55")
    enrolled.run("add", "--instrument", "qbank_uworld", "--items", "40", "--correct", "27", "--date", PAST)
    terminal = Terminal(enrolled, "checkin", "--week", PAST)
    terminal.say("Hours of study [20:00]:", "")
    terminal.say("Questions answered [40]:", "")
    terminal.say("Of those missed, reviewed (%) [skip]:", "90")
    terminal.say("How sure are you to pass on the planned day (%) [55]:", "")
    assert "20 h of study, 40 questions, 90 % of the misses reviewed, 55 % sure of passing" in " ".join(terminal.end().split())
    terminal = Terminal(enrolled, "checkin", "--week", PAST)
    terminal.say("Hours of study [20:00]:", "\x04")
    terminal.end(expect=2)
    assert len(enrolled.json("checkin", "list")["checkins"]) == 2, "an end of input says nothing"


def test_what_the_school_refuses_stays_with_its_reason_and_stops_nothing(enrolled, server):
    refuse = pb.StudyReceipt(status=pb.ROW_REJECTED, refusal=pb.Refusal(field="week_from", reason="no \x1b[2J week"))
    server.answers = lambda session, message: (
        pb.ServerMessage(study_receipt=refuse) if message.WhichOneof("body") == "study_entry" and message.study_entry.HasField("check_in") else None)
    enrolled.run("checkin", "--hours", "1", "--questions", "1")
    enrolled.run("goal", "set", "--questions", "9")
    report = sync(enrolled, expect=1)
    assert (report["study_stored"], report["study_rejected"]) == (1, 1)
    refused, = enrolled.json("checkin", "list")["checkins"]
    assert (refused["state"], refused["field"], refused["reason"]) == ("rejected", "week_from", "no  [2J week")
    assert sync(enrolled)["study_rejected"] == 0, "it is not sent again"


def test_a_server_that_does_not_know_them_yet(enrolled, server):
    """They wait; results and standing go on; with the newer server they arrive."""
    new = ("study_entry", "study", "messages", "devices", "device_revoke")
    server.answers = lambda session, message: (
        fault(pb.FAULT_INVALID_FIELD, field="body", text="This server does not know this kind of message.") if message.WhichOneof("body") in new else None)
    enrolled.import_rows(2)
    enrolled.run("goal", "set", "--questions", "9")
    report = sync(enrolled)
    assert (report["stored"], report["study_stored"], report["study_rejected"], report["standing_fresh"]) == (2, 0, 0, True) and "wait here" in report["note"]
    assert enrolled.json("devices", expect=3)["error"]["field"] == "body"
    server.answers = lambda session, message: None
    assert sync(enrolled)["study_stored"] == 1


def test_kill_at_any_moment_loses_no_word_and_doubles_none(enrolled, server):
    rng = random.Random(3)
    said = 0
    sync(enrolled)
    for turn in range(12):
        killed(enrolled.start("checkin", "--hours", str(turn), "--questions", "1", "--week", (MONDAY - turn * WEEK).isoformat()), rng.random() * 0.2)
        enrolled.run("goal", "set", "--questions", str(turn + 1))
        said += 1
        killed(enrolled.start("sync", "--max-wait", "0"), rng.random() * 0.3)
        sound(enrolled)
        known = enrolled.json("export")["study"]
        assert sum(one["kind"] == "goal" for one in known) == said, "what the command came back from is there"
        assert {one["entry_id"].replace("-", "") for one in known if one["state"] == "stored"} <= {key.hex() for key in server.study}
    sync(enrolled)
    known = enrolled.json("export")["study"]
    assert {one["state"] for one in known} == {"stored"}
    assert {one["entry_id"].replace("-", "") for one in known} == {key.hex() for key in server.study} and len(known) == len(server.study)


def test_entries_of_a_school_gone_mad_change_nothing_here(enrolled, server):
    enrolled.run("goal", "set", "--questions", "9")
    now = int(time.time() * 1000)
    bad = [pb.StudyEntry(entry_id=b"x", goal=pb.StudyGoal()), pb.StudyEntry(entry_id=uuid7(), made_at_ms=now),
           pb.StudyEntry(entry_id=uuid7(), made_at_ms=now + 10**12, goal=pb.StudyGoal(from_day=day(TODAY), questions=1)),
           pb.StudyEntry(entry_id=uuid7(), made_at_ms=now, check_in=pb.CheckIn(week_from_day=day(MONDAY) + 1, study_minutes=2**32 - 1))]
    server.answers = lambda session, message: pb.ServerMessage(study=pb.Study(entries=bad)) if message.WhichOneof("body") == "study" else None
    sync(enrolled)
    assert [one["questions"] for one in enrolled.json("export")["study"]] == [9]


# ---------------------------------------------------------------- messages


def test_before_the_school_was_asked_there_is_nothing_to_say(client):
    assert "has not been asked yet" in client.run("messages").stdout
    assert client.json("messages") == {"messages": [], "new": 0, "more": False, "received_at": None}


def test_messages_are_new_until_they_are_read(enrolled, server):
    assert "has written nothing to you as of" in enrolled.run("messages").stdout
    server.messages = mail("Come by on Friday.\nBring the report of CBSSA 31.", "Well done.")
    assert sync(enrolled)["messages_new"] == 2
    assert "2 new messages from the office" in enrolled.run("status").stdout
    assert enrolled.json("messages", "--keep-new")["new"] == 2
    shown = enrolled.run("messages").stdout
    assert shown.index("Come by on Friday.\n  Bring the report") < shown.index("Well done.") and shown.count("New: ") == 2
    assert "New: " not in enrolled.run("messages").stdout and "from the office" not in enrolled.run("status").stdout
    server.messages = mail("Come by on Monday.", changed_ms=int(time.time() * 1000) + 5000)
    assert enrolled.json("messages", "--online")["messages"][0]["new"], "an edit is new, and what was taken back is gone"
    assert len(enrolled.json("export")["messages"]) == 1


def test_messages_do_not_steer_the_terminal(enrolled, server):
    server.messages = mail("one\x1b[2J\ntwo‮ three\r\n\n" + "four " * 1600)
    server.messages.messages[0].writer = "\x1b]0;Hazel\x07"
    sync(enrolled)
    for width in ("80", "200"):
        lines = Terminal(enrolled, "messages", "--keep-new", COLUMNS=width).end().split("\n")
        assert not any(letter in "".join(lines) for letter in "\x1b\x07‮\r")
        assert "  one [2J" in lines and max(len(line) for line in lines) <= 80


def test_when_nobody_answers_what_came_last_is_shown(enrolled, server):
    server.messages = mail("Still here.")
    sync(enrolled)
    server.stop()
    done = enrolled.run("messages", "--online", expect=3)
    assert "What came last:" in done.stdout and "Still here." in done.stdout and done.stderr


# ---------------------------------------------------------------- devices


def device(number, **fields):
    return pb.Device(**{"device_id": number, "name": f"laptop {number}", "state": pb.DEVICE_IN_FORCE, "enrolled_at_ms": 1_790_000_000_000, **fields})


def test_devices_are_shown_and_one_is_signed_off_after_a_question(enrolled, server):
    server.devices = pb.Devices(devices=[device(17, here=True, last_seen_ms=1_795_000_000_000, not_after_ms=1_800_000_000_000), device(12),
                                         device(11, name="twin"), device(10, name="twin"),
                                         device(9, name="gone", state=pb.DEVICE_REVOKED, revoked_at_ms=1_791_000_000_000)])
    shown = enrolled.run("devices").stdout
    assert "17" in shown and "this one" in shown and "signed off" in shown
    for name, says in ("17", "the device you are using"), ("twin", "Several of your devices"), ("phone", "You have no device"), ("99", "You have no device"):
        assert says in enrolled.run("devices", "revoke", name, "--yes", expect=2).stderr
    assert "say --yes" in enrolled.run("devices", "revoke", "12", expect=2).stderr, "nobody to ask: nothing is done"
    terminal = Terminal(enrolled, "devices", "revoke", "laptop 12")
    terminal.say('Sign off "laptop 12" for good?', "")
    assert "Nothing was changed" in terminal.end(expect=1)
    assert "device_revoke" not in server.seen
    terminal = Terminal(enrolled, "devices", "revoke", "laptop 12")
    terminal.say('Sign off "laptop 12" for good?', "yes")
    assert "can send and ask nothing more in your name" in terminal.end()
    states = {one["device_id"]: one["state"] for one in enrolled.json("devices", "revoke", "12", "--yes")["devices"]}
    assert states[12] == "signed off" and states[11] == "in force", "again changes nothing"


# ---------------------------------------------------------------- at the real school


def test_two_devices_agree_and_the_office_is_heard(house):
    one = student(house, "study-two")
    two = Client(f"{house.dir}/client-study-two-b")
    enrol(house, two, "study-two", "--device-name", "old laptop")
    with Person(house, "dean@two.example", "Hazel Rowan", "dean").settle() as dean:
        case = dean.post("/students/study-two/cases", {"sentence": "Asked for help"}).json["case"]
        for text, tier in ("secret", "team"), ("secret", "dean"), ("Come by on Friday.", "student"):
            assert dean.post(f"/cases/{case}/note", {"text": text, "tier": tier}).status == 200
    one.run("goal", "set", "--questions", "280", "--review", "5")
    one.run("checkin", "--week", PAST, "--hours", "25", "--questions", "240", "--confidence", "60")
    two.run("goal", "set", "--questions", "300")
    two.run("checkin", "--week", PAST, "--hours", "31", "--questions", "240")
    for turn, who in enumerate((two, one, two)):
        assert (who.json("sync")["study_stored"], who.json("status")["messages"]["new"]) == (2 if turn < 2 else 0, 1)
    told = [(who.json("goal")["week"]["goal"]["questions"], who.json("checkin", "list")["checkins"], who.json("messages", "--keep-new")) for who in (one, two)]
    assert told[0][0] == told[1][0] == 300 and told[0][1] == told[1][1] and len(told[0][1]) == 1, "the last word counts, on both"
    message, = told[0][2]["messages"]
    assert (message["writer"], message["text"]) == ("Hazel Rowan", "Come by on Friday.") and told[1][2]["messages"] == [message]
    assert "secret" not in str(one.json("export")) + str(two.json("export"))
    assert [row[0] for row in house.sql("select c.study_minutes from core.student s, core.study_weeks(s.school_id, array[s.student_id], '-infinity') c "
                                        "where s.external_id = 'study-two'")] == [1860]
    listed = {row["name"]: row for row in one.json("devices")["devices"]}
    assert listed["old laptop"]["last_seen"] and not listed["old laptop"]["here"]
    after = one.json("devices", "revoke", "old laptop", "--yes")["devices"]
    assert {row["name"]: row["state"] for row in after}["old laptop"] == "signed off"
    two.run("goal", "set", "--questions", "1")
    assert two.json("sync", expect=3)["error"]["code"] == "refused"
    assert one.json("goal")["week"]["goal"]["questions"] == 300
