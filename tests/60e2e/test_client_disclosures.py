"""`stepguard disclosures` against a server that does what the test says: long words and hostile ones, nonsense, an older server."""
import pytest

from fake_server import fault
from peer import pb

REVIEWERS = " ".join(["their reviewers"] * 6)
EVIL = "\x1b]0;owned\x07\x1b[2J\u202eevil"


def entry(**change):
    return pb.Disclosure(**{**dict(on_day=20500, recipient="Residency board", interest="admission", what="transcript", ground="34 CFR 99.31(a)(2)",
                                   ground_text="to a school"), **change})


def answers(server, *entries, more=False):
    ledger = pb.ServerMessage(disclosures=pb.Disclosures(entries=entries, more=more))
    server.answers = lambda session, message: ledger if message.WhichOneof("body") == "disclosures" else None


def test_an_entry_reads_like_this(enrolled, server):
    answers(server, entry(threat="harm", onward=REVIEWERS), entry(on_day=20400, refused=True, what="\n".join(["Zo\u00eb"] * 40)), more=True)
    assert enrolled.run("disclosures").stdout == """\
Outside the school's officials, your record went to, or was asked for by:

Mon 16 Feb 2026
  Given to    Residency board
  What        transcript
  For         admission
  Ground      to a school (34 CFR 99.31(a)(2))
  Feared      harm
  May go to   their reviewers their reviewers their reviewers their reviewers
              their reviewers their reviewers

Sat 08 Nov 2025
  Refused to  Residency board
""" + "  What        " + "\n              ".join([" ".join(["Zo\u00eb"] * 16)] * 2 + [" ".join(["Zo\u00eb"] * 8)]) + """
  For         admission
  Ground      to a school (34 CFR 99.31(a)(2))

There are older ones. The dean's office shows you all of them.
"""
    answer = enrolled.json("disclosures")
    assert answer["more"] and [one["outcome"] for one in answer["disclosures"]] == ["disclosed", "refused"]
    assert answer["disclosures"][0] == {"day": "2026-02-16", "outcome": "disclosed", "recipient": "Residency board", "what": "transcript",
                                        "interest": "admission", "ground": "34 CFR 99.31(a)(2)", "ground_text": "to a school", "threat": "harm",
                                        "onward": REVIEWERS}


def test_a_word_longer_than_a_line_is_broken_and_whole(enrolled, server):
    answers(server, entry(what="\U0001f33f" * 2000))
    text = enrolled.run("disclosures", expect=0).stdout
    assert text.count("\U0001f33f") == 2000 and max(len(line) for line in text.splitlines()) <= 80


def test_hostile_words_do_not_steer_the_terminal(enrolled, server):
    answers(server, entry(on_day=2**31 - 1, recipient=EVIL, what=EVIL, interest=EVIL, ground=EVIL * 20, ground_text=EVIL * 100, threat=EVIL, onward=EVIL),
            entry(on_day=-2**31, what="x" * 900000))
    for text in enrolled.run("disclosures").stdout, enrolled.run("disclosures", "--json").stdout:
        assert not {"\x1b", "\x07", "\u202e"} & set(text) and "\\u001b" not in text and "evil" in text


@pytest.mark.parametrize("nonsense", [
    pb.ServerMessage(disclosures=pb.Disclosures(entries=[entry(), entry(recipient="")])),
    pb.ServerMessage(disclosures=pb.Disclosures(entries=[entry(), entry(what="")])),
    pb.ServerMessage(standing=pb.Standing()),
    b"\x06\x08\x02\x42\x02\x0a\x01",
    b"\xff" * 8,
], ids=["to nobody", "of nothing", "another kind", "cut", "an endless length"])
def test_of_nonsense_nothing_is_shown(enrolled, server, nonsense):
    server.answers = lambda session, message: nonsense if message.WhichOneof("body") == "disclosures" else None
    assert enrolled.json("disclosures", expect=3)["error"]["code"] == "protocol"
    assert enrolled.run("disclosures", expect=3).stdout == ""


def test_an_older_server_says_that_it_does_not_know(enrolled, server):
    older = fault(pb.FAULT_INVALID_FIELD, text="This server does not know this kind of message.", field="body")
    server.answers = lambda session, message: older if message.WhichOneof("body") == "disclosures" else None
    assert "does not know" in enrolled.run("disclosures", expect=3).stderr


def test_a_busy_server_is_waited_for_as_long_as_asked(enrolled, server):
    left = [fault(pb.FAULT_BUSY, pb.RETRY_LATER, 1)]
    server.answers = lambda session, message: left.pop() if left and message.WhichOneof("body") == "disclosures" else None
    assert enrolled.json("disclosures", "--max-wait", "30") == {"disclosures": [], "more": False}
    left.append(fault(pb.FAULT_BUSY, pb.RETRY_LATER, 1))
    assert enrolled.json("disclosures", expect=3)["error"]["fault"] == "busy"


def test_nothing_is_sent_and_nothing_kept(enrolled, server):
    enrolled.import_rows(2)
    answers(server, entry(recipient="Residency board of Hackberry"))
    enrolled.run("disclosures")
    assert enrolled.states() == {"pending": 2} and not server.uploads
    with open(enrolled.home + "/outbox.db", "rb") as outbox:
        assert b"Hackberry" not in outbox.read()


def test_away_from_the_school_it_says_so(client, enrolled, server):
    server.stop()
    assert enrolled.json("disclosures", expect=3)["error"]["code"] == "unreachable"


def test_before_enrolment(client):
    assert client.json("disclosures", expect=1)["error"]["code"] == "not_enrolled"
