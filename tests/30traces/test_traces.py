"""The conversation with PostgreSQL against golden files: a statement more, or a sync more, is a round trip more."""
import os
import re

from conftest import HERE, SERIAL


def conversation(path):
    """Who says what, without lengths and contents. F is us, B is the backend."""
    lines = []
    with open(path, errors="replace") as trace:
        for line in trace:
            match = re.match(r"([FB])\t\d+\t(\w+)(.*)", line)
            if not match:
                continue  # what follows a line break inside a value
            who, message, rest = match.groups()
            if message == "Bind":
                rest = rest.split('"')[3]
            elif message in ("CommandComplete", "ReadyForQuery"):
                rest = rest.strip(' \t"')
            else:
                rest = ""
            lines.append(f"{who} {message} {rest}".rstrip())
    return lines


def test_upload_is_two_round_trips_with_one_sync_each(drive, database, tmp_path):
    path = f"{tmp_path}/trace"
    driver = drive()
    driver.expect("up")
    driver.send("sets")
    driver.expect("sets 1")
    assert driver.ask(f"trace {path}") == "tracing"
    driver.send(f"upload a {database.device} {SERIAL} 20")
    assert driver.next().startswith("stored a rows=20")
    assert driver.next() == "answer a E_OK rows=1"
    assert driver.quit() == 0
    with open(f"{HERE}/upload.trace") as golden:
        assert conversation(path) == [line for line in golden.read().splitlines() if not line.startswith("#")]
    assert os.path.getsize(path) > 0
