"""A key with a passphrase: asked for, read from a file, kept by renewals, and never needed to look at one's own results."""
import os

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fake_client import sync
from test_client_terminal import Terminal

WORDS = "four plain brown owls"


@pytest.fixture
def sealed(enrolled, tmp_path, monkeypatch):
    """Enrolled, with a passphrase that is in a file."""
    (tmp_path / "words").write_text(WORDS + "\n")
    assert enrolled.json("passphrase", "--new-file", str(tmp_path / "words"))["passphrase"]
    return enrolled


def with_file(monkeypatch, path):
    monkeypatch.setenv("STEPGUARD_PASSPHRASE_FILE", str(path))


def key_file(client, name="device.key"):
    with open(f"{client.home}/{name}", "rb") as file:
        return file.read()


def test_it_is_sealed_and_private(sealed):
    assert b"ENCRYPTED" in key_file(sealed)
    assert os.stat(sealed.home + "/device.key").st_mode & 0o777 == 0o600
    load_pem_private_key(key_file(sealed), WORDS.encode())
    with pytest.raises(ValueError):
        load_pem_private_key(key_file(sealed), b"four plain brown owl")


def test_what_lies_here_is_seen_without_it(sealed):
    sealed.json("add", "--instrument", "cbssa", "--score", "60", "--date", "2026-03-01")
    assert sealed.json("status")["enrolled"] and len(sealed.json("list")["results"]) == 1
    assert sealed.json("export")["identity"].startswith("stepguard://")


def test_a_sync_needs_it(sealed, server, monkeypatch, tmp_path):
    answer = sync(sealed, expect=1)
    assert answer["error"]["code"] == "passphrase" and "STEPGUARD_PASSPHRASE_FILE" in answer["error"]["text"]
    (tmp_path / "wrong").write_text("five plain brown owls")
    with_file(monkeypatch, tmp_path / "wrong")
    assert "not the passphrase" in sync(sealed, expect=1)["error"]["text"]
    with_file(monkeypatch, tmp_path / "words")
    assert sync(sealed)["standing_fresh"]


def test_it_is_asked_for_without_echo(sealed):
    terminal = Terminal(sealed, "sync")
    terminal.say("Passphrase of this device's key", "owls")
    terminal.say("That is not it", WORDS)
    text = terminal.end()
    assert "stored" in text and "owls" not in text


def test_set_by_hand_and_taken_off(enrolled, monkeypatch, tmp_path):
    terminal = Terminal(enrolled, "passphrase")
    terminal.say("New passphrase", WORDS)
    terminal.say("The same again", WORDS + "!")
    assert "not the same" in terminal.end(expect=1) and b"ENCRYPTED" not in key_file(enrolled)
    terminal = Terminal(enrolled, "passphrase")
    terminal.say("New passphrase", "short")
    terminal.say("The same again", "short")
    assert "at least 8" in terminal.end(expect=1)
    terminal = Terminal(enrolled, "passphrase")
    terminal.say("New passphrase", WORDS)
    terminal.say("The same again", WORDS)
    assert "has a passphrase now" in terminal.end() and b"ENCRYPTED" in key_file(enrolled)
    assert enrolled.json("passphrase", "--remove", expect=1)["error"]["code"] == "passphrase"
    (tmp_path / "words").write_text(WORDS)
    with_file(monkeypatch, tmp_path / "words")
    assert not enrolled.json("passphrase", "--remove")["passphrase"]
    monkeypatch.delenv("STEPGUARD_PASSPHRASE_FILE")
    assert sync(enrolled)["standing_fresh"]


def test_a_renewed_key_has_it_too(sealed, server, monkeypatch, tmp_path):
    with_file(monkeypatch, tmp_path / "words")
    before = key_file(sealed)
    server.renew_now = True
    assert sync(sealed)["renewed"]
    assert key_file(sealed) != before and b"ENCRYPTED" in key_file(sealed)
    load_pem_private_key(key_file(sealed), WORDS.encode())


def test_enrolling_with_one(client, server):
    terminal = Terminal(client, "enrol", "--passphrase", "--server", f"127.0.0.1:{server.enrol_port}")
    terminal.say("Code from", server.code)
    terminal.say("New passphrase", WORDS)
    terminal.say("The same again", WORDS)
    assert "Enrolled at Fake School" in terminal.end()
    load_pem_private_key(key_file(client), WORDS.encode())


def test_enrolling_anew_where_it_is_lost(sealed, server):
    assert "enrolled already" in sealed.enrol(server, expect=1)["error"]["text"]
    server.spent.clear()
    sealed.json("enrol", "--server", f"127.0.0.1:{server.enrol_port}", "--replace", stdin=server.code)
    assert b"ENCRYPTED" not in key_file(sealed) and sync(sealed)["standing_fresh"]


def test_nothing_is_changed_while_a_renewal_is_under_way(sealed, monkeypatch, tmp_path):
    with_file(monkeypatch, tmp_path / "words")
    with open(sealed.home + "/device.key.next", "wb") as file:
        file.write(key_file(sealed, "device.key").replace(b"A", b"B"))
    os.chmod(sealed.home + "/device.key.next", 0o600)
    assert "on its way" in sealed.json("passphrase", "--remove", expect=1)["error"]["text"]
