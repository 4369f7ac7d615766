"""What a person at a terminal meets: questions, help, colour and width. Each runs on a pseudo-terminal of 80 columns."""
import os
import pty
import re
import select
import signal
import struct
import subprocess
import time

import fcntl
import termios

import pytest

from fake_client import STEPGUARD, sync
from fake_server import FakeServer, School, standing
from peer import pb

COMMANDS = ["enrol", "add", "import", "list", "edit", "retract", "undo", "exam", "goal", "checkin", "status", "messages",
            "sync", "export", "devices", "doctor", "passphrase", "disclosures"]


class Terminal:
    """A program on a terminal: say() waits for a question and answers it."""

    def __init__(self, client, *argv, **environment):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = {**client.environment(), "TERM": "xterm", "LC_ALL": "C.UTF-8", **environment}
        env = {key: value for key, value in env.items() if value is not None}
        self.popen = subprocess.Popen([STEPGUARD, *argv], stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True,
                                      preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # whoever runs the tests may ignore it
        os.close(slave)
        self.text = ""

    def more(self):
        """False at the end."""
        if not select.select([self.master], [], [], 30)[0]:
            raise AssertionError(f"it says no more than: {self.text!r}")
        try:
            piece = os.read(self.master, 65536)
        except OSError:
            return False
        self.text += piece.decode()
        return bool(piece)

    def keys(self, question, keys):
        while question not in self.text:
            assert self.more(), self.text
        self.text = self.text.split(question, 1)[1]
        os.write(self.master, keys.encode())

    def say(self, question, answer):
        self.keys(question, answer + "\n")

    def end(self, expect=0):
        while self.more():
            pass
        os.close(self.master)
        assert self.popen.wait(30) == expect, self.text
        return self.text.replace("\r\n", "\n")


def test_add_asks_for_what_is_missing(client):
    terminal = Terminal(client, "add")
    terminal.say("Instrument (", "nothing like it")
    terminal.say("begins with", "uwsa")
    terminal.say("begins with", "cbssa")
    terminal.say("Form (", "31")
    terminal.say("Day [", "2026-03-01")
    terminal.say("Score (", "68.5")
    assert "Recorded cbssa 31, 2026-03-01: 68.50 epc" in terminal.end()


def test_add_completes_and_takes_today(client):
    terminal = Terminal(client, "add", "--items", "40")
    terminal.say("Instrument (", "qbank_u")
    terminal.say("Day [", "")
    terminal.say("Correct", "30")
    assert f"Recorded qbank_uworld, {time.strftime('%Y-%m-%d')}: 75 percent" in terminal.end()


def test_tab_completes_instruments_and_forms(client):
    client.json("add", "--instrument", "cbssa", "--form", "practice paper", "--score", "60", "--date", "2026-01-01")
    terminal = Terminal(client, "add")
    terminal.keys("Instrument (", "uw\t\t")
    terminal.keys("uwsa1  uwsa2  uwsa3", "\x15")  # Ctrl-U
    terminal.keys("\b \b", "cbe\x7fs\x1b[Ds\t\n")  # a slip, backspace, an arrow key
    terminal.keys("Form (", "p\t\n")
    terminal.say("Day [", "2026-03-01")
    terminal.say("Score (", "68.5")
    assert "Recorded cbssa practice paper, 2026-03-01: 68.50 epc" in terminal.end()


def test_ctrl_c_at_a_question_leaves_the_terminal_as_it_was(client):
    terminal = Terminal(client, "add")
    before = termios.tcgetattr(terminal.master)
    terminal.keys("Instrument (", "cb\x03")
    while terminal.more():
        pass
    assert terminal.popen.wait(30) == -signal.SIGINT
    assert termios.tcgetattr(terminal.master)[3] == before[3] | termios.ICANON | termios.ECHO | termios.ISIG


def test_add_with_everything_given_asks_nothing(client):
    assert "Recorded" in Terminal(client, "add", "--instrument", "cbssa", "--score", "60", "--date", "2026-03-01").end()


def test_enrol_asks_for_address_and_code(client, server):
    terminal = Terminal(client, "enrol")
    terminal.say("Address of", f"127.0.0.1:{server.enrol_port}")
    terminal.say("Code from", server.code[:-1] + ("A" if server.code[-1] != "A" else "B"))
    terminal.say("has a slip in it", server.code.lower().replace("-", " "))
    terminal.say("call this device", "the blue one")
    assert 'Enrolled at Fake School as "the blue one"' in terminal.end()
    assert len(server.spent) == 1 and server.connections <= 2, "the slip went nowhere"


def test_enrol_again_asks_before_it_gives_anything_up(enrolled, server):
    terminal = Terminal(enrolled, "enrol")
    terminal.say("Give that up", "")
    assert "Nothing was changed" in terminal.end(expect=2)
    assert sync(enrolled)["connections"] == 1


def test_an_end_of_input_records_nothing(client):
    terminal = Terminal(client, "add")
    terminal.say("Instrument (", "cbssa")
    terminal.say("Form (", "\x04")
    assert "Nothing was recorded" in terminal.end(expect=2)
    assert client.json("list")["results"] == []


def test_colour_is_never_alone(enrolled):
    sync(enrolled)
    coloured, plain = Terminal(enrolled, "status", NO_COLOR=None).end(), Terminal(enrolled, "status").end()
    assert "\x1b[32m● On track\x1b[0m" in coloured and "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert "\x1b" not in Terminal(enrolled, "status", NO_COLOR=None, TERM="dumb").end()
    ascii_only = Terminal(enrolled, "status", LC_ALL="C").end()
    assert "* On track" in ascii_only and ascii_only.isascii()


LONG = "The chance is close to the line that the school draws, and one result rests on few items: take another form before the window ends"


@pytest.mark.parametrize("columns", [80, 200])
def test_nothing_is_wider_than_the_terminal(enrolled, server, tmp_path, columns):
    """And what is broken is broken between words."""
    told = standing(flags=[pb.Flag(code="borderline", text=LONG)], reasons=[pb.Reason(code="base_rate", points=0.9, text=LONG)],
                    weak_areas=[pb.WeakArea(area=10, items=33, correct=3, p_below=0.99)])
    server.answers = lambda session, message: pb.ServerMessage(standing=told) if message.WhichOneof("body") == "standing" else None
    enrolled.import_rows(3)
    sync(enrolled)
    (tmp_path / "bad.csv").write_text("instrument,form,taken_at,score\ncbssa,1,2026-03-01,sixty\nzebra,1,2099-03-01,60,,x\n")
    commands = [(0, "status"), (0, "list", "--history"), (0, "doctor"), (0, "sync"), (0, "exam", "plan", "2027-05-01"), (0, "exam"), (0, "undo"),
                (1, "undo"), (0, "disclosures"), (1, "import", str(tmp_path / "bad.csv")), (3, "enrol", "--server", "127.0.0.1:1", "--replace")]
    for code, *argv in commands:
        if argv[0] == "enrol":
            (tmp_path / "code").write_text(server.code)
            argv += ["--code-file", str(tmp_path / "code"), "--max-wait", "0"]
        shown = Terminal(enrolled, *argv, COLUMNS=str(columns)).end(expect=code)
        lines = shown.split(str(tmp_path))[0].splitlines()  # a path is as long as it is
        assert max(map(len, lines), default=0) <= columns, (argv, shown)
        assert argv != ["status"] or LONG in " ".join(shown.split())


def test_progress_is_shown_after_a_second(enrolled, server):
    enrolled.import_rows(60)
    server.limits.max_results = 10
    server.answers = lambda session, message: time.sleep(0.4) if message.WhichOneof("body") == "upload" else None
    text = Terminal(enrolled, "sync").end()
    assert re.search(r"results: \d+ of 60", text) and text.rstrip().endswith("60 results stored.")


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=lambda argv: " ".join(argv) or "stepguard")
def test_help_fits_and_has_examples(client, command):
    text = client.run(*command, "--help").stdout
    assert re.search(r"(Examples|First steps):\n  stepguard ", text)
    assert max(len(line) for line in text.splitlines()) <= 120
    narrow = Terminal(client, *command, "--help").end()
    assert max(len(line) for line in narrow.split("Examples:")[0].splitlines()) <= 80
    assert not os.path.exists(client.home), "help touches nothing"
    if command:
        assert text == client.run("help", *command).stdout


@pytest.mark.parametrize("argv, says", [
    (["nothing"], "no command"),
    (["add", "--what"], "no option"),
    (["add", "--score"], "needs a value"),
    (["sync", "--max-wait", "long"], "whole number"),
    (["sync", "--max-wait=-1"], "whole number"),
    (["sync", "now"], "too many"),
    (["disclosures", "all"], "too many"),
    (["sync", "--json=yes"], "no option"),
    (["list", "--pending=1"], "takes no value"),
    (["list", "--pending", "--rejected"], "Choose one"),
    (["enrol"], "--server HOST:PORT is needed"),
    (["enrol", "--server", "x:1", "--passphrase"], "needs a terminal"),
    (["passphrase", "secret"], "not given as an argument"),
    (["passphrase"], "on a terminal"),
    (["passphrase", "--remove", "--new-file", "x"], "Choose one"),
    (["edit"], "Which one"),
    (["edit", "one"], "not a number"),
    (["edit", "1", "2"], "One result"),
    (["edit", "1", "--repeat", "--first-time"], "Choose one"),
    (["retract", "0"], "not a number"),
    (["undo", "1"], "too many"),
    (["import", "x", "--taken-on", "tomorrow"], "not a day"),
    (["import", "x", "--dates", "ymd"], "mdy"),
    (["import"], "Name the file"),
    (["import", "a", "b"], "one file"),
    (["exam", "postpone"], "not understood"),
    (["exam", "plan"], "needs a day"),
    (["exam", "plan", "2026-02-30"], "is not a day"),
    (["exam", "cancel", "2026-02-03"], "no argument"),
    (["exam", "result", "perhaps"], "pass or fail"),
    (["enrol", "--server", "x:1", "7K3D-"], "not given as an argument"),
    (["add", "--score", "3"], "--instrument is needed"),
    (["add", "--instrument", "cbssa"], "--score is needed"),
    (["enrol", "--server", "nowhere"], "host:port"),
])
def test_usage(client, argv, says):
    done = client.run(*argv, stdin="x", expect=2)
    assert says in done.stderr and done.stdout == ""
    if argv[0] != "nothing":
        assert says in client.json(*argv, stdin="x", expect=2)["error"]["text"]


def test_data_that_is_wrong_is_explained(client, tmp_path):
    done = client.run("add", "--instrument", "cbssa", "--score", "680", "--date", "2026-03-01", expect=1)
    assert 'score "680"' in done.stderr and "0 to 100" in done.stderr
    assert "attempts count from 1" in client.json("exam", "plan", "2026-05-01", "--attempt", "11", expect=1)["error"]["text"]
    assert "still to come" in client.json("exam", "taken", "2099-01-01", expect=1)["error"]["text"]
    assert "No such file" in client.json("import", str(tmp_path / "none.csv"), expect=1)["error"]["text"]
    assert "is a directory" in client.json("import", str(tmp_path), expect=1)["error"]["text"].lower()
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    answer = client.json("import", str(tmp_path / "bad.csv"), expect=1)
    assert "cannot be read as results" in answer["error"]["text"] and answer["findings"]


def test_a_mixed_file(client, tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"\xef\xbb\xbfInstrument;x\r\n")
    client.json("import", str(path), expect=1)
    path.write_bytes(b"\xef\xbb\xbfInstrument,Taken_At,SCORE,colour\r\ncbssa,2026-03-01,68,red\r\ncbssa,2026-03-02,168,red\r\n"
                     b"cbssa,2026-03-03,\xff,red\r\nnope,2026-03-04,50,red\r\ncbssa,2026-03-05,\"7\"\"0\",red\r\n"
                     b"cbssa,2026-03-06,70,\r\n")
    answer = client.json("import", str(path), expect=1)
    assert (answer["new"], answer["refused"], answer["warnings"]) == (2, 4, 2)
    assert [finding["line"] for finding in answer["findings"] if not finding["warning"]] == [3, 4, 5, 6]
    assert all(finding["reason"] for finding in answer["findings"])
    text = client.run("import", str(path), expect=1).stdout
    assert "0 new, 2 identical, 4 refused" in text


def test_standard_input_and_dry_run(client):
    rows = "instrument,taken_at,items,correct\nqbank_uworld,2026-03-01,40,30\n"
    assert client.json("import", "-", "--dry-run", stdin=rows)["rows"][0]["outcome"] == "new"
    assert client.json("list")["results"] == []
    assert client.json("import", "-", stdin=rows)["new"] == 1
    assert client.json("import", "-", "--dry-run", stdin=rows)["rows"][0]["outcome"] == "identical"


def test_hostile_words_of_the_school_do_not_steer_the_terminal(tmp_path, client):
    evil = "\x1b]0;owned\x07\x1b[2J\u202eevil"
    with FakeServer(tmp_path) as server:
        client.enrol(server)
        nasty = standing(reasons=[pb.Reason(code=evil, points=0.1, text=evil)], flags=[pb.Flag(code=evil, text=evil)],
                         parameters=evil)
        answers = {"standing": pb.ServerMessage(standing=nasty)}
        server.answers = lambda session, message: answers.get(message.WhichOneof("body"))
        sync(client)
        for text in client.run("status").stdout, client.run("status", "--json").stdout:
            assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text and "\\u001b" not in text


def test_state_is_found_by_environment(client, tmp_path):
    def where(**environment):
        env = {key: value for key, value in os.environ.items() if key not in ("STEPGUARD_HOME", "XDG_DATA_HOME")}
        subprocess.run([STEPGUARD, "list"], env={**env, **environment}, check=True, capture_output=True)

    where(HOME=str(tmp_path / "a"))
    where(HOME=str(tmp_path / "a"), XDG_DATA_HOME=str(tmp_path / "b"))
    where(XDG_DATA_HOME=str(tmp_path / "b"), STEPGUARD_HOME=str(tmp_path / "c/d"))
    for path in "a/.local/share/stepguard", "b/stepguard", "c/d":
        assert os.path.exists(tmp_path / path / "outbox.db")


def test_another_students_code_does_not_take_over(client, tmp_path, server):
    client.enrol(server)
    client.import_rows(2)
    school = School()
    school.student = 8
    with FakeServer(tmp_path, school=school) as other:
        answer = client.json("enrol", "--server", f"127.0.0.1:{other.enrol_port}", "--replace", stdin=other.code, expect=1)
        assert "another student's" in answer["error"]["text"]
    assert sync(client)["stored"] == 2
