"""Files of every kind into the outbox: what is taken, what is said about the rest, and that the same file twice adds nothing."""
import sqlite3
import threading

import pytest

from fake_client import sync
from practice_files import nbme_form, text, uworld
from test_client_terminal import Terminal


@pytest.fixture
def given(client, tmp_path):
    """given(content, *options): imports a file of that content."""
    def give(content, *options, expect=0, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return client.json("import", str(path), *options, expect=expect)
    return give


def results(client):
    return client.json("list")["results"]


def areas(client, result):
    """{area number: (items, correct)} of a result, from the file itself: the list does not show them."""
    db = sqlite3.connect(client.home + "/outbox.db")
    blob = db.execute("select subs from result where hex(result_id) = ? order by revision desc",
                      [result["result_id"].replace("-", "").upper()]).fetchone()[0]
    db.close()
    return {blob[i]: (blob[i + 1] << 8 | blob[i + 2], blob[i + 3] << 8 | blob[i + 4]) for i in range(0, len(blob), 5)}


def refused(answer):
    return [finding for finding in answer["findings"] if not finding["warning"]]


# ---------------------------------------------------------------- NBME INSIGHTS

TWO_FORMS = text(nbme_form(30, "3/19/2024 | 1:20PM", 140)[::-1] + nbme_form(25, "9/20/2023 | 10:29PM", 120, "Self-Paced", omitted=3))


def test_nbme_forms_need_their_epc(client, given):
    answer = given(TWO_FORMS, expect=1)
    assert answer["format"] == "nbme_insights" and answer["new"] == 0
    assert [("EPC" in finding["reason"], "--epc" in finding["reason"]) for finding in refused(answer)] == [(True, True)] * 2
    assert given(TWO_FORMS, "--epc", "25=58", "--epc", "30=68.5")["new"] == 2
    first, second = results(client)
    assert (first["form"], first["score"], first["scale"], first["items"], first["correct"]) == ("25", 58, "epc", 200, 120)
    assert (second["form"], second["score"], second["correct"]) == ("30", 68.5, 140)
    assert first["taken_at"].startswith("2023-09-20T22:29") and second["taken_at"].startswith("2024-03-19T13:20")


def test_nbme_again_and_one_more(client, given):
    given(TWO_FORMS, "--epc", "25=58", "--epc", "30=68.5")
    assert (again := given(TWO_FORMS))["identical"] == 2 and again["new"] == 0
    more = TWO_FORMS + text(nbme_form(31, "4/2/2024 | 9:00AM", 150)).split("\r\n", 1)[1]
    assert (answer := given(more, "--epc", "31=72"))["identical"] == 2 and answer["new"] == 1
    corrected = given(TWO_FORMS, "--epc", "30=69")
    assert (corrected["new"], corrected["corrected"], corrected["identical"]) == (1, 1, 1)
    assert [row["revision"] for row in results(client) if row["form"] == "30"] == [0, 1]


def test_nbme_tallies_by_topic_system_and_task(client, given):
    given(text(nbme_form(25, "9/20/2023 | 10:29PM", 45)), "--epc", "25=58")
    tally = areas(client, results(client)[0])
    assert tally[61] == (28, 28) and tally[62] == (17, 17) and tally[63] == (16, 0)  # general principles, multisystem, cardio
    assert tally[9] == (17, 17) and tally[5] == (16, 0)  # the systems of the outline
    assert tally[6] == (23, 0)  # lungs and kidneys are one
    assert tally[41] == (200, 45)  # foundational science
    assert sum(items for area, (items, _) in tally.items() if 61 <= area <= 78) == 200
    assert sum(items for area, (items, _) in tally.items() if area <= 11) == 200 - 28  # general principles are of no system


def test_nbme_fills_in_what_was_typed_by_hand(client, given):
    client.json("add", "--instrument", "cbssa", "--form", "25", "--score", "58", "--date", "2023-09-20", "--printed-p-pass", "61")
    answer = given(TWO_FORMS, "--epc", "30=68")
    assert (answer["new"], answer["corrected"], answer["refused"]) == (2, 1, 0)
    rows = [row for row in results(client) if row["form"] == "25"]
    assert len({row["result_id"] for row in rows}) == 1 and [row["revision"] for row in rows] == [0, 1]
    assert rows[1]["score"] == 58 and rows[1]["items"] == 200 and areas(client, rows[1])
    assert given(TWO_FORMS)["identical"] == 2


def test_nbme_rows_that_are_no_questions(client, given):
    rows = nbme_form(30, "3/19/2024 | 1:20PM", 140)
    rows[3]["Correct / Incorrect"] = "Perhaps"
    rows[5]["Content Description"] = "Zoology: stripes"
    rows[7]["Question Id"] = rows[6]["Question Id"]
    rows += nbme_form(1, "3/20/2024 | 1:20PM", 100, exam="Comp Clin Sci SELF")
    answer = given(text(rows), "--epc", "30=68", expect=1)
    assert answer["new"] == 1
    assert [(finding["line"], finding["column"]) for finding in refused(answer)] == [(5, "Correct / Incorrect"), (202, "Exam Take")]
    assert [(finding["line"], finding["column"]) for finding in answer["findings"] if finding["warning"]] == [
        (2, "Exam Take"), (7, "Content Description"), (9, "Question Id")]
    assert (results(client)[0]["items"], results(client)[0]["correct"]) == (198, 138)


def test_nbme_an_epc_that_cannot_be(given):
    assert "no score of form 30" in refused(given(TWO_FORMS, "--epc", "30=680", "--epc", "25=58", expect=1))[0]["reason"]
    far = given(TWO_FORMS, "--epc", "30=35", "--epc", "25=58")
    assert [finding["value"] for finding in far["findings"]] == ["35"] and far["findings"][0]["warning"]


def test_nbme_the_same_form_twice_is_a_repeat(client, given):
    rows = nbme_form(25, "9/20/2023 | 10:29PM", 120) + nbme_form(25, "12/20/2023 | 10:29PM", 150)
    assert given(text(rows), "--epc", "25@2023-09-20=58", "--epc", "25=70")["new"] == 2
    assert [(row["score"], row["repeat"]) for row in results(client)] == [(58, False), (70, True)]


def test_nbme_asks_for_the_epc(client, tmp_path):
    (tmp_path / "q.csv").write_text(TWO_FORMS)
    terminal = Terminal(client, "import", str(tmp_path / "q.csv"))
    terminal.say("Form 25 of 2023-09-20, 120 of 200 correct (60 %)", "fifty")
    terminal.say("from 0 to 100", "58")
    terminal.say("Form 30 of 2024-03-19", "")
    text = terminal.end(expect=1)
    assert "1 new" in text and "--epc 30=NN" in " ".join(text.split())
    again = Terminal(client, "import", str(tmp_path / "q.csv"))
    again.say("Form 30", "68")
    assert "1 new, 1 identical" in again.end()


def test_nobody_waits_while_a_question_stands(enrolled, server, tmp_path):
    """Other runs record and sync meanwhile, and what they recorded counts when the answer comes."""
    (tmp_path / "q.csv").write_text(TWO_FORMS)
    terminal = Terminal(enrolled, "import", str(tmp_path / "q.csv"))
    terminal.keys("Form 25 of 2023-09-20", "")
    enrolled.json("add", "--instrument", "uwsa1", "--score", "231", "--date", "2026-03-01")
    assert sync(enrolled)["stored"] == 1
    terminal.keys("(", "58\n")
    terminal.keys("Form 30 of 2024-03-19", "")
    assert enrolled.json("import", str(tmp_path / "q.csv"), "--epc", "25=58", "--epc", "30=68.5")["new"] == 2
    terminal.keys("(", "68.5\n")
    assert "0 new, 2 identical" in terminal.end()
    assert [row["score"] for row in results(enrolled)] == [58, 68.5, 231] and sync(enrolled)["stored"] == 2


def test_whoever_holds_the_lock_when_the_answer_comes_is_waited_for(enrolled, server, tmp_path):
    (tmp_path / "q.csv").write_text(TWO_FORMS)
    terminal = Terminal(enrolled, "import", str(tmp_path / "q.csv"), "--epc", "30=68")
    terminal.keys("Form 25 of 2023-09-20", "")
    enrolled.import_rows(1)
    at_work, go_on = threading.Event(), threading.Event()

    def slow(session, message):
        if message.WhichOneof("body") == "upload":
            at_work.set()
            assert go_on.wait(60)

    server.answers = slow
    other = enrolled.start("sync")
    assert at_work.wait(60)
    terminal.keys("(", "58\n")
    assert enrolled.json("list", expect=1)["error"]["code"] == "locked"
    go_on.set()
    assert "2 new" in terminal.end() and other.wait(60) == 0


# ---------------------------------------------------------------- UWorld

WEEK_1 = {"Cardiovascular System": (40, 28, 0), "Renal, Urinary & Reproductive": (20, 10, 0), "Nervous System & Special Sensory": (20, 12, 2)}
WEEK_2 = {**WEEK_1, "Cardiovascular System": (60, 44, 0), "General Principles": (10, 5, 0)}


@pytest.mark.parametrize("cell", ["\t", "\n", "   ", ","])
def test_uworld_counts_what_came_since(client, given, cell):
    assert given(uworld(WEEK_1, cell), "--taken-on", "2026-03-01")["new"] == 1
    same = given(uworld(WEEK_1, cell), "--taken-on", "2026-03-02")
    assert client.json("undo")["removed"] == 1, "what added nothing is no act"
    assert given(uworld(WEEK_1, cell), "--taken-on", "2026-03-01")["new"] == 1
    assert same["new"] == 0 and "nothing new" in same["findings"][0]["reason"]
    assert given(uworld(WEEK_2, cell), "--taken-on", "2026-03-08")["new"] == 1
    first, second = results(client)
    assert (first["instrument"], first["items"], first["correct"], first["score"]) == ("qbank_uworld", 80, 50, 62.5)
    assert areas(client, first) == {5: (40, 28), 3: (20, 12)}  # what spans two systems counts in the whole only
    assert (second["items"], second["correct"], areas(client, second)) == (30, 21, {5: (20, 16)})


def test_uworld_systems_and_subjects_together(client, given):
    both = uworld(WEEK_1) + uworld({"Pathology": (50, 30, 1), "Physiology": (30, 20, 1)})
    given(both, "--taken-on", "2026-03-01")
    assert (results(client)[0]["items"], areas(client, results(client)[0])) == (80, {5: (40, 28), 3: (20, 12), 21: (50, 30), 22: (30, 20)})


def test_uworld_a_kind_that_was_not_there_last_time_counts_from_the_next(client, given):
    given(uworld(WEEK_1), "--taken-on", "2026-03-01")
    answer = given(uworld({"Pathology": (80, 50, 2), "Physiology": (0, 0, 0)}), "--taken-on", "2026-03-02")
    assert answer["new"] == 0 and "from the next on" in answer["findings"][0]["reason"]
    given(uworld(WEEK_2) + uworld({"Pathology": (110, 71, 2)}), "--taken-on", "2026-03-08")
    assert results(client)[-1]["items"] == 30 and areas(client, results(client)[-1]) == {5: (20, 16), 21: (30, 21)}


def test_uworld_a_bank_that_was_reset(client, given):
    given(uworld(WEEK_2), "--taken-on", "2026-03-01")
    answer = given(uworld(WEEK_1), "--taken-on", "2026-03-08", expect=1)
    assert "counts less" in refused(answer)[0]["reason"] and len(results(client)) == 1
    assert given(uworld(WEEK_1), "--taken-on", "2026-03-08", "--reset")["new"] == 1
    assert results(client)[-1]["repeat"] and results(client)[-1]["items"] == 80


def test_uworld_more_than_one_result_can_carry(client, given):
    answer = given(uworld({"Cardiovascular System": (1200, 600, 0), "General Principles": (1200, 900, 0)}), "--taken-on", "2026-03-01")
    assert answer["new"] == 1 and "same proportions" in answer["findings"][0]["reason"]
    row = results(client)[0]
    assert (row["items"], row["correct"], row["score"], areas(client, row)) == (1000, 625, 62.5, {5: (500, 250)})


def test_uworld_numbers_that_do_not_add_up_stop_it(client, given):
    answer = given(uworld(WEEK_1) + "Dermatology\t10/99\t9 (90%)\t9 (90%)\t0 (0%)\t1st\n", "--taken-on", "2026-03-01", expect=1)
    assert (refused(answer)[0]["line"], refused(answer)[0]["column"]) == (5, "Dermatology") and results(client) == []


def test_uworld_a_row_pasted_twice(client, given):
    assert given(uworld(WEEK_1) + uworld(WEEK_1), "--taken-on", "2026-03-01")["new"] == 1
    assert results(client)[0]["items"] == 80
    answer = given(uworld(WEEK_1) + uworld(WEEK_2), "--taken-on", "2026-03-02", expect=1)
    assert "stands in line 2 with other numbers" in refused(answer)[0]["reason"] and len(results(client)) == 1


# ---------------------------------------------------------------- spreadsheets and mess

ROWS = "instrument,form,taken_at,score\ncbssa,30,2026-03-01,62.5\ncbssa,31,2026-03-08,66\n"


@pytest.mark.parametrize("content", [
    "\ufeff" + ROWS,
    ROWS.replace("\n", "\r\n"),
    ROWS.replace(",", ";").replace("62.5", "62,5"),
    ROWS.replace(",", "\t"),
    ROWS.replace(",", "|"),
    ROWS.encode("utf-16"),
    ROWS.encode("utf-16-le"),
    ROWS.encode("utf-16-be"),
    ROWS.replace("2026-03-01", "3/1/2026").replace("2026-03-08", "3/8/2026") + "cbssa,32,3/15/2026,70\n",
    ROWS.replace("2026-03-01", "46082").replace("2026-03-08", "46089"),
    ROWS.replace("2026-03-01", "1-Mar-26").replace("2026-03-08", "\"Mar 8, 2026\""),
    ROWS.replace("2026-03-01", "01.03.2026").replace("2026-03-08", "08.03.2026"),
    ROWS.replace("62.5", "62.5%").replace(",66", ",\"66 %\""),
    ROWS.replace("cbssa,30", "NBME 30,").replace("cbssa,31", "\"CBSSA Form 31\","),
    ROWS.replace("cbssa,30", "\"cbssa\",\"30\"").replace("\n", "\n\n"),
    ROWS.replace("instrument,form,taken_at,score", "Exam,Form Name,Date,Total Score"),
], ids=["bom", "crlf", "semicolons", "tabs", "bars", "utf16", "utf16le", "utf16be", "mdy", "serial", "named", "dots", "percent", "names", "quotes",
        "aliases"])
def test_one_table_saved_in_many_ways_is_the_same_results(client, given, content):
    given(ROWS)
    answer = given(content)
    assert (answer["identical"], answer["refused"]) == (2, 0) and answer["new"] in (0, 1)


def test_forty_garbled_rows_beside_a_good_one(client, given):
    bad = [b"cbssa,1,2026-03-01,sixty", b"cbssa,1,someday,60", b"zebra,1,2026-03-01,60", b"cbssa,1,2026-03-01,160", b"cbssa,1,2026-03-01,6\x000",
           b"cbssa,\"1\"2,2026-03-01,60", b"cbssa,1,2026-03-01,60,,,,x", b"cbssa,1,2099-03-01,60"]
    content = b"instrument,form,taken_at,score\n" + b"\n".join(bad * 5) + b"\ncbssa,30,2026-03-01,62\n"
    answer = given(content, expect=1)
    assert (answer["new"], answer["refused"]) == (1, 40)
    assert [finding["line"] for finding in refused(answer)] == list(range(2, 42))
    assert all(len(finding["reason"]) > 20 for finding in refused(answer))
    for finding, column, value in zip(refused(answer), ["score", "taken_at", "instrument", "score", "score"],
                                      ["sixty", "someday", "zebra", "160", "6?0"]):
        assert (finding["column"], finding["value"]) == (column, value)


def test_latin_1_is_read_and_said(client, given):
    answer = given("instrument,form,taken_at,score\ncbssa,Größe,2026-03-01,62\n".encode("latin-1"))
    assert answer["new"] == 1 and "Windows-1252" in answer["findings"][0]["reason"] and answer["findings"][0]["line"] == 2
    assert results(client)[0]["form"] == "Größe"


def test_days_that_can_be_read_two_ways(client, given, tmp_path):
    content = "instrument,taken_at,score\ncbssa,3/4/2026,62\ncbssa,4/5/2026,63\n"
    answer = given(content, expect=1)
    assert answer["refused"] == 2 and all("--dates" in finding["reason"] for finding in refused(answer))
    assert given(content, "--dates", "dmy", "--dry-run")["rows"][0]["day"] == "2026-04-03"
    terminal = Terminal(client, "import", str(tmp_path / "file.csv"))
    terminal.say("month first (mdy) or the day (dmy)", "m")
    assert "2 new" in terminal.end()
    assert results(client)[0]["taken_at"].startswith("2026-03-04")


@pytest.mark.parametrize("row, scale", [
    ("cbssa,2019-03-01,231", "three_digit"), ("cbse,2019-03-01,231", "three_digit"), ("cbssa,2012-03-01,480", "nbme800"),
    ("cbssa,2026-03-01,68", "epc"), ("cbse,2026-03-01,68", "epc"), ("uwsa1,2026-03-01,231", "three_digit"), ("free120,2026-03-01,72", "percent"),
])
def test_a_scale_that_is_certain(given, row, scale):
    assert given(f"instrument,taken_at,score\n{row}\n", "--dry-run")["rows"][0]["scale"] == scale


@pytest.mark.parametrize("row, answer", [
    ("cbse,2019-03-01,70", "cbse_old"), ("cbse,2021-06-01,62", "epc"), ("uwsa1,2026-03-01,68", "percent"), ("amboss_sa,2026-03-01,70", "three_digit"),
])
def test_a_scale_that_is_not_is_asked(given, row, answer):
    content = f"instrument,taken_at,score\n{row}\n"
    unclear = given(content, expect=1)
    assert unclear["new"] == 0 and "--scale" in refused(unclear)[0]["reason"]
    assert given(content, "--scale", answer, "--dry-run")["rows"][0]["scale"] == answer
    assert given(content, "--scale", f"{row.split(',')[0]}={answer}", "--dry-run")["rows"][0]["scale"] == answer


@pytest.mark.parametrize("row", ["cbssa,2026-03-01,231", "cbssa,2026-03-01,680", "cbssa,2019-03-01,110"])
def test_a_score_on_no_scale_is_refused(given, row):
    assert "outside the scale" in refused(given(f"instrument,taken_at,score\n{row}\n", expect=1))[0]["reason"]


def test_a_score_that_may_be_a_percentage_is_asked_about_by_hand(client):
    terminal = Terminal(client, "add", "--instrument", "uwsa1", "--score", "68", "--date", "2026-03-01")
    terminal.say("percent or three_digit", "epc")
    terminal.say("Answer with percent or three_digit", "p")
    assert "68 percent" in terminal.end()


@pytest.mark.parametrize("form", ["0030", "Форма ٣٠", "様式30", "فرم ۳۰", "𝟛𝟘 🌲", "the \"short\" one", "a, b; c", " leading", "'30"],
                         ids=["zeros", "cyrillic", "kana", "farsi", "astral", "quotes", "separators", "blank", "apostrophe"])
def test_names_of_any_script_and_leading_zeros_stay_as_they_are(client, given, form):
    cell = '"' + form.replace('"', '""') + '"'
    content = f"instrument,form,taken_at,score\ncbssa,{cell},2026-03-01,62.5\n"
    for variant in content, "\ufeff" + content.replace("\n", "\r\n"), content.encode("utf-16"):
        answer = given(variant)
        assert answer["refused"] == 0
    assert [row["form"] for row in results(client)] == [form.strip()]


def test_one_id_twice_in_a_file(client, given):
    """The same row again is the same result; another one under its id is refused, and the first one stays."""
    one, other = "01a234e2-1ee0-7ce6-a626-9d5226c3856a", "01A234E2-1EE0-7CE6-A626-9D5226C3856A"
    head = "result_id,instrument,form,taken_at,score\n"
    answer = given(head + f"{one},cbssa,30,2026-03-01,62\n{other},cbssa,30,2026-03-01,62\n{one},cbssa,31,2026-03-02,70\n", expect=1)
    assert (answer["new"], answer["identical"], answer["refused"]) == (1, 1, 1)
    assert [(finding["line"], finding["column"]) for finding in refused(answer)] == [(4, "result_id")]
    assert [(row["form"], row["score"]) for row in results(client)] == [("30", 62)]


@pytest.mark.parametrize("head", ["INSTRUMENT,Form,TAKEN_AT,Score", " instrument , form , taken_at , score ", "Instrument,form name,Date,Score",
                                  "instrument,form,taken at,score,,", '"instrument","form","taken_at","score"'],
                         ids=["capitals", "blanks", "aliases", "empty columns", "quoted"])
def test_headers_that_drifted(client, given, head):
    answer = given(head + "\ncbssa,30,2026-03-01,62.5" + "," * (head.count(",") - 3) + "\n")
    assert answer["new"] == 1 and (results(client)[0]["form"], results(client)[0]["score"]) == ("30", 62.5)


@pytest.mark.parametrize("content, says", [(b"", "empty"), (b"\n\n", "empty"), (b"\x00\x01\x02", ""), (b"\xff\xfe", "empty"), (b"a,a\n1,2\n", "twice")])
def test_what_is_no_table(given, content, says):
    answer = given(content, expect=1)
    assert "cannot be read" in answer["error"]["text"] and says in answer["findings"][-1]["reason"] + "".join(f["reason"] for f in answer["findings"])


def test_too_large(client, tmp_path):
    path = tmp_path / "large.csv"
    with open(path, "wb") as out:
        out.truncate(33 << 20)
    assert "larger than" in client.json("import", str(path), expect=1)["error"]["text"]


# ---------------------------------------------------------------- a table of one's own

OWN = "Test Date,What,Result %,Notes\n3/14/2026,Practice set A,62,ok\n3/21/2026,NBME 30,66,better\n3/28/2026,Practice set A,70,\n"
MAP = ["--map", "taken_at=Test Date", "--map", "instrument=What", "--map", "score=Result %", "--exam", "Practice set A=qbank_other"]


def test_a_mapping_by_options_is_remembered(client, given):
    answer = given(OWN, expect=1)
    assert "cannot be read as results" in answer["error"]["text"] and "--map" in answer["findings"][0]["reason"]
    assert given(OWN, *MAP, "--dry-run")["new"] == 3
    assert results(client) == []
    answer = given(OWN)
    assert (answer["format"], answer["new"]) == ("mapped", 3)
    rows = [(row["instrument"], row["form"], row["score"]) for row in results(client)]
    assert rows == [("qbank_other", "", 62), ("cbssa", "30", 66), ("qbank_other", "", 70)]
    assert given(OWN)["identical"] == 3
    given(OWN, "--ask-again", expect=1)


def test_a_value_for_all_rows(client, given):
    content = "day,n,right\n2026-03-14,40,30\n2026-03-15,40,31\n"
    options = ["--map", "taken_at=day", "--map", "instrument==qbank_uworld", "--map", "items=n", "--map", "correct=right"]
    assert given(content, *options)["new"] == 2
    assert [(row["instrument"], row["score"]) for row in results(client)] == [("qbank_uworld", 75), ("qbank_uworld", 77.5)]


def test_the_wizard(client, tmp_path):
    (tmp_path / "own.csv").write_text(OWN)
    terminal = Terminal(client, "import", str(tmp_path / "own.csv"))
    terminal.say("exam, which question bank)?", "Wat")
    terminal.say("no such column", "2")
    terminal.say("has the score", "3")
    terminal.say('What is "Practice set A"?', "nothing")
    terminal.say("No instrument has that code", "qbank_o")
    assert "3 new" in terminal.end()
    again = Terminal(client, "import", str(tmp_path / "own.csv"))
    assert "0 new, 3 identical" in again.end()


def test_an_exam_may_be_left_out(client, given):
    answer = given(OWN, *MAP[:-1], "Practice set A=")
    assert (answer["new"], answer["warnings"]) == (1, 2)


def test_undoing_an_import_forgets_what_it_learned(client, given):
    given(OWN, *MAP)
    given(uworld(WEEK_1), "--taken-on", "2026-03-01")
    client.json("undo")
    assert given(uworld(WEEK_1), "--taken-on", "2026-03-01")["new"] == 1
    client.json("undo")
    client.json("undo")
    assert results(client) == []
    assert "cannot be read" in given(OWN, expect=1)["error"]["text"]


def test_what_was_imported_travels(enrolled, server, tmp_path):
    (tmp_path / "q.csv").write_text(TWO_FORMS)
    enrolled.json("import", str(tmp_path / "q.csv"), "--epc", "25=58", "--epc", "30=68")
    assert sync(enrolled)["stored"] == 2 and len(server.rows) == 2
