"""The trail on another machine: each event once, in order, by numbers alone, and none that was still on its way is left behind."""
import hashlib
import json
import subprocess
import threading

import psycopg
import pytest

from office import Person

NAMED = {"event_id", "at", "actor", "action", "staff_id", "students", "ground", "address", "request_id", "status", "detail_sha256"}


def exported(office, *words):
    return [json.loads(line) for line in office.ctl("trail", "export", *words).stdout.splitlines()]


def test_each_event_once_and_no_names(office, dean, tmp_path):
    office.roster({"student_id": "t-viridian", "given_name": "Viridian", "family_name": "Hackberry"})
    state = str(tmp_path / "sent")
    assert dean.get("/students/t-viridian").status == 200
    first = exported(office, "--state", state)
    rows = office.sql("select event_id, action, students, detail::text, request_id from audit.event order by event_id")
    assert [(e["event_id"], e["action"], e["students"], e["detail_sha256"], e["request_id"]) for e in first] == [
        (*row[:3], hashlib.sha256(row[3].encode()).hexdigest(), row[4]) for row in rows]
    assert all(set(event) == NAMED for event in first) and any(event["students"] for event in first)
    text = json.dumps(first)
    assert not any(word in text for word in ("Viridian", "Hackberry", "viridian", dean.name, dean.email))
    assert exported(office, "--state", state) == []
    assert dean.get("/students/t-viridian").status == 200
    assert [event["action"] for event in exported(office, "--state", state)] == ["student"]
    assert [event["event_id"] for event in exported(office)] == [row[0] for row in office.sql("select event_id from audit.event order by event_id")]


def test_what_is_on_its_way_is_waited_for(office, dean, tmp_path):
    """A transaction that has the number before the last and has not ended: its event comes, before the other."""
    state = str(tmp_path / "sent")
    exported(office, "--state", state)
    with psycopg.connect(f"{office.url} user=postgres", autocommit=False) as slow:
        slow.execute("insert into audit.event (school_id, actor, action) select school_id, 'test', 'slow' from core.school where code = 'demo'")
        office.sql("insert into audit.event (school_id, actor, action) select school_id, 'test', 'quick' from core.school where code = 'demo'")
        given_up = office.ctl("trail", "export", "--state", state, check=False)
        assert given_up.returncode == 3 and given_up.stdout == "" and "try again" in given_up.stderr
        timer = threading.Timer(0.5, slow.commit)
        timer.start()
        assert [event["action"] for event in exported(office, "--state", state)] == ["slow", "quick"]
        timer.join()


def test_what_was_not_taken_is_sent_again(office, dean, tmp_path):
    state = tmp_path / "sent"
    done = subprocess.run(["sh", "-c", f"{office.bin}/stepguardctl --config {office.conf_path} trail export --state {state} > /dev/full"], capture_output=True)
    assert done.returncode == 3 and not state.exists()
    state.write_text("12x\n")
    assert office.ctl("trail", "export", "--state", str(state), check=False).returncode == 1


def test_many_come_in_pages(office, tmp_path):
    office.sql("""insert into audit.event (school_id, actor, action)
                  select school_id, 'test', 'many' from core.school, generate_series(1, 2500) where code = 'demo'""")
    numbers = [event["event_id"] for event in exported(office, "--state", str(tmp_path / "sent"))]
    assert len(numbers) >= 2500 and numbers == sorted(set(numbers))


@pytest.mark.parametrize("tag", ["office", "student", "report", "enrol"])
def test_only_the_operator_takes_it(office, tag):
    with psycopg.connect(f"{office.url} user=sg_{tag}") as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
        other.execute("select api.trail_export('demo', 0, 1)")
