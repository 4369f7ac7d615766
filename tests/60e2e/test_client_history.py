"""edit, retract and undo: what is taken back, what the school is told, and that nothing of it is lost."""
import pytest

from fake_client import Client, sync
from peer import pb
from test_client_terminal import Terminal


@pytest.fixture
def one(enrolled):
    """A result, and what `list` calls it."""
    enrolled.json("add", "--instrument", "cbssa", "--form", "31", "--score", "68", "--date", "2026-03-01", "--printed-p-pass", "91")
    return enrolled


def current(client):
    return [row for row in client.json("list")["results"] if row["current"]]


def at_the_school(server):
    """Of each result the highest revision that arrived."""
    latest = {}
    for (result_id, revision), body in sorted(server.rows.items()):
        latest[result_id] = pb.Result.FromString(body)
    return list(latest.values())


def test_an_edit_is_a_further_revision(one, server):
    sync(one)
    answer = one.json("edit", "1", "--score", "69.5", "--date", "3/14/2026", "--repeat")
    assert (answer["number"], answer["revision"], answer["score"], answer["changed"]) == (1, 1, 69.5, True)
    assert [(row["revision"], row["current"]) for row in one.json("list")["results"]] == [(0, False), (1, True)]
    assert sync(one)["stored"] == 1
    row, = at_the_school(server)
    assert (row.revision, row.score_centi, row.repeat, row.printed_p_pass_bp) == (1, 6950, True, 9100)
    assert one.json("edit", "1", "--score", "69.50")["changed"] is False and len(current(one)) == 1


def test_an_edit_is_checked_as_a_file_is(one):
    assert "0 to 100" in one.json("edit", "1", "--score", "680", expect=1)["error"]["text"]
    assert "not a date" in one.json("edit", "1", "--date", "soon", expect=1)["error"]["text"]
    assert "No result here" in one.json("edit", "7", "--score", "60", expect=1)["error"]["text"]
    assert "what to change" in one.json("edit", "1", expect=2)["error"]["text"]
    assert current(one)[0]["revision"] == 0


def test_edit_asks(one):
    terminal = Terminal(one, "edit", "1")
    terminal.say("Score [68]", "70")
    terminal.say("Form [31]", "")
    terminal.say("Day [2026-03-01]", "")
    assert "Changed 1: cbssa 31, 2026-03-01: 70 epc" in " ".join(terminal.end().split())


def test_counts_of_a_block_make_its_percentage_anew(client):
    client.json("add", "--instrument", "qbank_uworld", "--items", "40", "--correct", "20", "--date", "2026-03-01")
    assert client.json("edit", "1", "--correct", "30")["score"] == 75


def test_a_retraction_travels_and_can_be_taken_back(one, server):
    sync(one)
    assert one.json("retract", "1")["retracted"] and not one.json("retract", "1")["changed"]
    sync(one)
    assert at_the_school(server)[0].retracted
    assert not one.json("edit", "1", "--restore")["retracted"]
    sync(one)
    row, = at_the_school(server)
    assert (row.retracted, row.revision, row.score_centi) == (False, 2, 6800)


def test_undo_of_what_was_never_sent_leaves_nothing(client, server, tmp_path):
    client.import_rows(5)
    assert client.json("undo") | {"made_at": 0} == {"kind": "import", "what": client.home + "-0-5.csv", "made_at": 0, "removed": 5, "retracted": 0,
                                                   "restored": 0, "left": 0}
    assert client.json("list")["results"] == []
    assert client.import_rows(5)["new"] == 5, "and can be had again"
    assert "nothing to undo" in (client.json("undo") and client.json("undo", expect=1))["error"]["text"]


def test_undo_of_what_was_sent_withdraws_it(one, server):
    sync(one)
    report = one.json("undo")
    assert (report["kind"], report["removed"], report["retracted"]) == ("add", 0, 1)
    assert current(one)[0]["retracted"] and sync(one)["stored"] == 1
    assert at_the_school(server)[0].retracted
    assert "nothing to undo" in one.json("undo", expect=1)["error"]["text"]


def test_undo_of_an_edit_and_of_a_retraction(one, server):
    sync(one)
    one.json("edit", "1", "--score", "75")
    sync(one)
    one.json("retract", "1")
    assert one.json("undo")["removed"] == 1, "the retraction was never sent"
    assert (current(one)[0]["score"], current(one)[0]["retracted"]) == (75, False)
    assert one.json("undo")["restored"] == 1
    sync(one)
    row, = at_the_school(server)
    assert (row.revision, row.score_centi, row.retracted) == (2, 6800, False)
    assert one.json("undo")["retracted"] == 1
    sync(one)
    assert at_the_school(server)[0].retracted


def test_undo_says_what_became_of_it(one):
    one.run("edit", "1", "--score", "70")
    assert "again what it was" in one.run("undo").stdout
    said = one.run("undo").stdout
    assert "Undone: add of cbssa 31 of 2026-03-01" in said and "1 result is gone" in said


def test_undo_when_the_receipt_was_lost(one, server):
    """The school has the row and this device does not know: it must not just forget it."""
    def lost(session, message):
        if message.WhichOneof("body") != "upload":
            return None
        server.answer_upload(message.upload)
        session.sock.close()
        return []
    server.answers = lost
    sync(one, expect=3)
    server.answers = lambda session, message: None
    assert one.json("undo")["retracted"] == 1
    sync(one)
    assert at_the_school(server)[0].retracted and one.states() == {"stored": 2}


def test_undo_of_what_the_school_refused(enrolled, server):
    enrolled.import_rows(1)
    server.answers = lambda session, message: pb.ServerMessage(upload_receipt=pb.UploadReceipt(
        status=[pb.ROW_REJECTED], refusals=[pb.Refusal(row=0, field="form", reason="no")])) if message.WhichOneof("body") == "upload" else None
    sync(enrolled, expect=1)
    assert enrolled.json("undo")["removed"] == 1 and enrolled.json("list")["results"] == []


def test_undo_leaves_a_conflict_to_the_school(enrolled, server):
    enrolled.import_rows(1)
    server.answers = lambda session, message: pb.ServerMessage(upload_receipt=pb.UploadReceipt(
        status=[pb.ROW_CONFLICT])) if message.WhichOneof("body") == "upload" else None
    sync(enrolled, expect=1)
    assert enrolled.json("undo")["left"] == 1 and enrolled.states() == {"conflict": 1}


def test_the_list_shows_what_counts(one):
    sync(one)
    one.run("edit", "1", "--score", "70")
    assert "68 epc" not in (plain := one.run("list").stdout) and "70 epc" in plain and "corrected" in plain
    assert "replaced" in one.run("list", "--history").stdout
    one.run("retract", "1")
    assert "withdrawn" in one.run("list").stdout


def test_two_devices_edit_the_same_result(tmp_path, server):
    """Each makes revision 1: the school keeps the first, and the other is told of the conflict."""
    first, second = Client(tmp_path / "first"), Client(tmp_path / "second")
    first.enrol(server)
    server.spent.clear()
    second.enrol(server)
    for client in first, second:
        client.json("add", "--instrument", "cbssa", "--form", "31", "--score", "68", "--date", "2026-03-01T10:00:00Z")
        sync(client)
    first.json("edit", "1", "--score", "70")
    second.json("edit", "1", "--score", "71")
    assert sync(first)["stored"] == 1 and sync(second, expect=1)["conflict"] == 1
    assert second.json("edit", "1", "--score", "72")["revision"] == 2 and sync(second)["stored"] == 1
    assert [row.score_centi for row in at_the_school(server)] == [7200]
