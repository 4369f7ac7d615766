"""The real client at the real school: what a student does in a term, and what the dean's office sees of it."""
import datetime
import os
import time
import uuid

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

import peer
from fake_client import Client
from house import wait_for
from office import Person
from practice_files import nbme_form, text, uworld

TODAY = datetime.date.today()


def student(house, name):
    """On the roster, enrolled with the real client."""
    house.roster({"student_id": name})
    client = Client(f"{house.dir}/client-{name}")
    enrol(house, client, name)
    return client


def enrol(house, client, name, *options, expect=0):
    path = f"{house.dir}/{name}.code"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(house.code(name))
    return client.json("enrol", "--server", f"127.0.0.1:{house.enrol_port}", "--code-file", path, *options, expect=expect)


def days_ago(days):
    return (TODAY - datetime.timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def ann(house):
    return student(house, "ann")


def test_a_term(house, ann):
    for days, score in (60, 55), (40, 60), (20, 66), (3, 71):
        ann.run("add", "--instrument", "cbssa", "--form", str(30 + days % 7), "--score", str(score), "--date", days_ago(days))
    exam = (TODAY + datetime.timedelta(days=30)).isoformat()
    ann.run("exam", "plan", exam)
    report = ann.json("sync")
    assert (report["stored"], report["plans_stored"], report["left"], report["standing_fresh"]) == (4, 1, 0, True)
    status = ann.json("status", "--online")
    standing = status["standing"]
    assert status["zone"] == "America/New_York" and standing["exam_day"] == exam and standing["results_used"] == 4
    assert 0.5 < standing["p_pass"] <= 1 and standing["p_low"] <= standing["p_pass"] <= standing["p_high"]
    assert abs(sum(reason["points"] for reason in standing["reasons"]) - standing["p_pass"]) < 1e-6, "the reasons add up"
    page = house.json("student", "show", "ann")
    assert len(page["results"]) == 4
    assert "to pass on" in ann.run("status").stdout


def test_a_second_time_nothing_is_new(house, ann):
    before = house.stored("ann")
    other = Client(f"{house.dir}/client-ann-2")
    enrol(house, other, "ann")
    for days, score in (60, 55), (40, 60), (20, 66), (3, 71):
        other.run("add", "--instrument", "cbssa", "--form", str(30 + days % 7), "--score", str(score), "--date", days_ago(days))
    report = other.json("sync")
    assert (report["stored"], report["identical"]) == (0, 4), "two devices of one student make the same ids"
    assert house.stored("ann") == before


def test_a_correction_and_a_retraction(house, ann):
    row = ann.json("list")["results"][0]
    again = ("add", "--id", row["result_id"], "--instrument", "cbssa", "--form", row["form"], "--date", row["taken_at"])
    ann.run(*again, "--revision", "1", "--score", "57")
    assert ann.json("sync")["stored"] == 1
    ann.run(*again, "--revision", "2", "--score", "57", "--retract")
    assert ann.json("sync")["stored"] == 1
    assert ann.json("status", "--online")["standing"]["results_used"] == 3
    assert sorted(revision for _, revision in house.stored("ann")) == [0, 0, 0, 0, 1, 2], "history is kept"


def test_an_id_of_another_student_tells_nothing(house, ann):
    ben = student(house, "ben")
    foreign = str(uuid.UUID(bytes=peer.uuid7()))
    for client, score in (ann, "70"), (ben, "40"):
        client.run("add", "--id", foreign, "--instrument", "cbssa", "--score", score, "--date", days_ago(1))
    assert ann.json("sync")["stored"] == 1
    assert (ben.json("sync", expect=1)["conflict"], house.stored("ben")) == (1, {})


def test_the_same_row_of_two_students_is_two_results(house, ann):
    kim = student(house, "kim")
    for client in ann, kim:
        client.run("add", "--instrument", "cbse", "--score", "64", "--date", days_ago(9))
        assert client.json("sync")["stored"] == 1
    assert len(house.stored("kim")) == 1


def test_a_spent_code(house):
    student(house, "cat")
    with open(f"{house.dir}/cat.code", encoding="utf-8") as code:
        thief = Client(f"{house.dir}/client-thief")
        answer = thief.json("enrol", "--server", f"127.0.0.1:{house.enrol_port}", stdin=code.read(), expect=3)
    assert answer["error"]["fault"] == "code_spent"


def test_files_and_second_thoughts_reach_the_school(house, tmp_path):
    """Question details and a pasted table are stored with their areas; an edit, a retraction and an undo arrive as revisions."""
    sage = student(house, "sage")
    days = [TODAY - datetime.timedelta(days=n) for n in (40, 10)]
    rows = nbme_form(29, days[0].strftime("%-m/%-d/%Y") + " | 9:05AM", 120) + nbme_form(30, days[1].strftime("%-m/%-d/%Y") + " | 9:05AM", 140)
    (tmp_path / "q.csv").write_text(text(rows))
    (tmp_path / "uworld.txt").write_text(uworld({"Cardiovascular System": (40, 28, 0), "Dermatology": (20, 8, 1)}))
    assert sage.json("import", str(tmp_path / "q.csv"), "--epc", "29=59", "--epc", "30=68")["new"] == 2
    assert sage.json("import", str(tmp_path / "uworld.txt"))["new"] == 1
    assert sage.json("sync")["stored"] == 3
    used = sage.json("status", "--online")["standing"]["results_used"]
    rows = house.sql("""select r.form, length(r.subs) / 5 from core.result r join core.student using (school_id, student_id)
                        where external_id = 'sage' and r.instrument = 'cbssa' order by 1""")
    assert [tuple(row) for row in rows] == [("29", 18 + 10 + 1), ("30", 18 + 10 + 1)], "topics, systems, tasks"
    number = next(row["number"] for row in sage.json("list")["results"] if row["form"] == "30")
    sage.json("edit", str(number), "--score", "70")
    sage.json("sync")
    sage.json("retract", str(number))
    sage.json("sync")
    assert sage.json("status", "--online")["standing"]["results_used"] == used - 1
    assert sage.json("undo")["restored"] == 1
    assert sage.json("sync")["stored"] == 1
    assert sage.json("status", "--online")["standing"]["results_used"] == used
    assert sorted(score for (_, revision), score in house.stored("sage").items() if revision > 0) == [7000, 7000, 7000]
    assert sage.json("import", str(tmp_path / "q.csv"))["identical"] == 2, "the file has nothing that was not here"
    elsewhere = Client(f"{house.dir}/client-sage-2")
    enrol(house, elsewhere, "sage")
    assert elsewhere.json("import", str(tmp_path / "q.csv"), "--epc", "29=59", "--epc", "30=68")["new"] == 2
    report = elsewhere.json("sync")
    assert (report["stored"], report["identical"]) == (0, 2), "two devices make one result of one form"
    assert elsewhere.json("doctor")["good"]


def test_sub_scores_go_with_their_results(house, tmp_path):
    """A result is recorded once and whole; what is wrong with the file of sub-scores stops all of it, and is named."""
    rue, ids = student(house, "rue"), [f"01a234e2-1ee0-7ce6-a626-9d5226c3856{n}" for n in "cba"]
    results, subs = str(tmp_path / "results.csv"), str(tmp_path / "subscores.csv")

    def write(path, head, *rows):
        with open(path, "w", encoding="utf-8") as out:
            out.writelines(",".join(row) + "\n" for row in (head, *rows))

    forms = [[id, "cbssa", str(26 + n), days_ago(9), "61"] for n, id in enumerate(ids[:2])]
    write(results, ["result_id", "instrument", "form", "taken_at", "score"], *forms)
    head, heart = ["area", "axis", "result_id", "items", "correct"], ["cardiovascular", "system", ids[0], "18", "7"]
    nowhere, too_many = ["heart", *heart[1:]], [*heart[:3], "18", "19"]
    for wrong, column in ((nowhere, "subscores.area"), (too_many, "subscores.correct"), (heart, "subscores.area")):
        write(subs, head, heart, wrong)
        told = rue.json("import", results, "--subscores", subs, expect=1)
        assert "nothing was recorded" in told["error"]["text"] and [(f["line"], f["column"]) for f in told["findings"]] == [(3, column)]
        assert rue.json("list")["results"] == []
    write(subs, head, ["genetics", "discipline", ids[0], "15", "15"], heart, [*heart[:2], ids[2], "18", "7"])
    told = rue.json("import", results, "--subscores", subs)
    assert (told["new"], told["warnings"], told["refused"]) == (2, 1, 0) and told["findings"][0]["value"].startswith(ids[2][:30])
    assert rue.json("import", results, "--subscores", subs)["identical"] == 2
    assert rue.json("import", results, expect=1)["refused"] == 1  # without them it would be another result
    assert rue.json("sync")["stored"] == 2
    rows = house.sql("select result_id::text, subs from core.result r join core.student using (school_id, student_id) where external_id = 'rue'")
    stored = {id: bytes(subs or b"") for id, subs in rows}
    assert stored[ids[0]] == bytes.fromhex("1e000f000f" + "0500120007")  # in the order of the file
    assert stored[ids[1]] == b""


def test_thousands_of_rows(house):
    dan = student(house, "dan")
    assert dan.import_rows(3000)["new"] == 3000
    began = time.monotonic()
    report = dan.json("sync")
    assert (report["stored"], report["left"]) == (3000, 0)
    assert time.monotonic() - began < 30
    assert dan.import_rows(3000)["identical"] == 3000 and dan.json("sync")["stored"] == 0


def test_revoked_is_said_kindly_and_a_new_code_helps(house):
    eve = student(house, "eve")
    house.ctl("device", "revoke", "--student", "eve", "--all", "--reason", "lost laptop")
    eve.run("add", "--instrument", "cbssa", "--score", "60", "--date", days_ago(2))
    answer = eve.json("sync", expect=3)
    assert answer["error"]["fault"] == "revoked" and answer["left"] == 1 and answer["connections"] == 1
    enrol(house, eve, "eve", "--replace")
    assert eve.json("sync")["stored"] == 1


def test_disclosures_outside_the_school_are_shown_to_their_student_alone(house, ann):
    viola, holly = student(house, "viola"), student(house, "holly")
    with Person(house, "dean@school.example", "Hazel Rowan", "dean").settle().step_up() as dean:
        for body in ({"basis": "accreditor", "recipient": "An accrediting organisation", "interest": "To judge the school's programme, " * 9,
                      "what": "Results of practice examinations of a sample of the class"},
                     {"basis": "none", "outcome": "refused", "recipient": "A landlord", "interest": "To judge a tenant", "what": "Grades"}):
            assert dean.post("/disclosures", {"students": ["viola", "ann"], **body}).status == 201
    text = viola.run("disclosures").stdout
    assert "A landlord" in text and "Refused to" in text and "34 CFR 99.31(a)(7)" in text
    assert " ".join(text.split()).count("To judge the school's programme,") == 9, "nothing is cut"
    assert max(len(line) for line in text.splitlines()) <= 80
    answer = viola.json("disclosures")
    assert [(one["day"], one["outcome"], one["recipient"]) for one in answer["disclosures"]] == [
        (days_ago(0), "refused", "A landlord"), (days_ago(0), "disclosed", "An accrediting organisation")] and answer["more"] is False
    assert ann.json("disclosures") == answer and "ann" not in text.split()
    assert holly.json("disclosures") == {"disclosures": [], "more": False}
    assert "no entry about you" in holly.run("disclosures").stdout
    house.ctl("device", "revoke", "--student", "viola", "--all", "--reason", "lost laptop")
    assert viola.json("disclosures", expect=3)["error"]["fault"] == "revoked"


def test_the_daemon_is_away_and_comes_back(house):
    fay = student(house, "fay")
    fay.run("add", "--instrument", "cbssa", "--score", "60", "--date", days_ago(2))
    house.daemon.stop()
    waiting = fay.start("sync", "--max-wait", "60")
    time.sleep(1)
    assert fay.json("status", expect=1)["error"]["code"] == "locked", "one at a time, and the other is waiting"
    house.start_daemon()
    assert waiting.wait(60) == 0 and fay.json("list", "--pending")["results"] == []


def aged(house, path, days):
    """The certificate in `path` as if it had been issued so many days ago: the school's real CA signs it again."""
    with open(path, "rb") as leaf, open(house.ca_file, "rb") as ca, open(house.ca_key, "rb") as key:
        leaf, ca = x509.load_pem_x509_certificate(leaf.read()), x509.load_pem_x509_certificate(ca.read())
        key = serialization.load_pem_private_key(key.read(), None)
    back = datetime.timedelta(days=days)
    builder = x509.CertificateBuilder(ca.subject, leaf.subject, leaf.public_key(), leaf.serial_number, leaf.not_valid_before - back,
                                      leaf.not_valid_after - back, list(leaf.extensions))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    with open(path, "wb") as out:
        out.write(pem)


def test_a_certificate_in_its_last_third_renews_itself(house):
    cleo = student(house, "cleo")
    path = f"{cleo.home}/device.crt"
    aged(house, path, 65)
    with open(path, "rb") as old, open(f"{cleo.home}/device.key", "rb") as old_key:
        before, key_before = x509.load_pem_x509_certificate(old.read()), old_key.read()
    cleo.run("add", "--instrument", "cbssa", "--form", "31", "--score", "66", "--date", days_ago(2))
    assert cleo.json("sync")["stored"] == 1
    with open(path, "rb") as new, open(f"{cleo.home}/device.key", "rb") as new_key:
        after, key_after = x509.load_pem_x509_certificate(new.read()), new_key.read()
    assert after.serial_number != before.serial_number and key_after != key_before, "a new key each time"
    assert (after.not_valid_after - before.not_valid_after).days >= 64
    cleo.run("add", "--instrument", "cbssa", "--form", "32", "--score", "67", "--date", days_ago(1))
    assert cleo.json("sync")["stored"] == 1, "and it works"


def test_weak_areas_are_those_that_the_office_sees(house, tmp_path):
    moss = student(house, "moss")
    rows = []
    for form, ago in (28, 60), (29, 30), (30, 8):
        when = TODAY - datetime.timedelta(days=ago)
        questions = nbme_form(form, when.strftime("%-m/%-d/%Y") + " | 9:05AM", 0)
        for i, question in enumerate(questions):
            weak = question["Content Description"].startswith(("Biostat", "Renal"))
            question["Correct / Incorrect"] = "Correct" if not weak and i % 4 else "Incorrect"
        rows += questions
    (tmp_path / "q.csv").write_text(text(rows))
    moss.json("import", str(tmp_path / "q.csv"), *(word for form in (28, 29, 30) for word in ("--epc", f"{form}=64")))
    moss.json("sync")
    shown = moss.json("status")["weak_areas"]
    stored, = house.sql("""select a.weak_areas from core.assessment a join core.student using (school_id, student_id)
                           where external_id = 'moss' order by a.as_of desc limit 1""")[0]
    assert {area["area"] for area in shown} >= {"biostatistics"} and len(shown) == len(stored) > 0
    assert [area["p_below"] for area in shown] == sorted((area["p_below"] for area in shown), reverse=True) and shown[-1]["p_below"] > 0.8


def test_a_thousand_results_twice(house):
    """The second time all are identical, nothing is new, and the estimate is the same to the last bit."""
    fern = student(house, "fern")
    assert fern.import_rows(1000)["new"] == 1000
    for days, score in (60, 55), (20, 66), (3, 71):
        fern.run("add", "--instrument", "cbssa", "--form", str(30 + days % 7), "--score", str(score), "--date", days_ago(days))
    fern.run("exam", "plan", (TODAY + datetime.timedelta(days=30)).isoformat())
    assert fern.json("sync")["stored"] == 1003

    again = Client(f"{house.dir}/client-fern-2")
    enrol(house, again, "fern")  # a device more is news, and is assessed

    def known():
        """Every row, and all that the estimate rests on but the hour, as text; the hour moves P by a billionth a second."""
        rests, stale = house.sql("""select (to_jsonb(t.state) - 'last_sync_at')::text, p.version - p.assessed_version
                                      from core.student s join core.progress p using (school_id, student_id)
                                     cross join core.student_states(array[s.school_id], array[s.student_id]) t where s.external_id = 'fern'""")[0]
        return rests, stale, house.stored("fern")

    def chance():
        return house.sql("select p from core.assessment join core.student using (school_id, student_id) where external_id = 'fern'")[0][0]

    wait_for(lambda: known()[1] == 0, "the assessment after the enrolment")
    before, p = known(), chance()
    again.import_rows(1000)
    for days, score in (60, 55), (20, 66), (3, 71):
        again.run("add", "--instrument", "cbssa", "--form", str(30 + days % 7), "--score", str(score), "--date", days_ago(days))
    report = again.json("sync")
    assert (report["stored"], report["identical"], report["left"]) == (0, 1003, 0)
    assert len(before[2]) == 1003 and known() == before and abs(chance() - p) < 1e-7


@pytest.mark.parametrize("order", ["one", "other", "at once"])
def test_two_devices_of_one_student_racing(house, order):
    """Both change the same results offline. The same change is one; of two different ones the school has the first, whoever came second
    is told and can say it again; what each alone recorded is there as well, and nothing is there twice."""
    name = f"racer-{order.replace(' ', '-')}"
    one, other = student(house, name), Client(f"{house.dir}/client-{name}-2")
    enrol(house, other, name)
    forms = {"25": 60, "26": 61, "27": 62}
    for device, own in (one, "28"), (other, "29"):
        for form, score in {**forms, own: 66}.items():
            device.run("add", "--instrument", "cbssa", "--form", form, "--score", str(score), "--date", days_ago(int(form)))
    number = {form: {device: next(row["number"] for row in device.json("list")["results"] if row["form"] == form) for device in (one, other)}
              for form in forms}
    for device, score in (one, "70"), (other, "71"):
        device.run("edit", str(number["25"][device]), "--score", score)
        device.run("retract", str(number["26"][device]))
    one.run("retract", str(number["27"][one]))
    other.run("edit", str(number["27"][other]), "--score", "72")
    turns = [one, other] if order == "one" else [other, one]
    if order == "at once":
        codes = [process.wait(120) for process in [device.start("sync") for device in turns]]
    else:
        codes = [device.run("sync", expect=expect).returncode for device, expect in zip(turns, (0, 1))]
    assert sorted(codes)[-1] == 1, "somebody came second, and was told"

    def school():
        return house.sql("""select form, revision, score_centi, retracted from core.result r join core.student using (school_id, student_id)
                            where external_id = %s order by form, revision""", (name,))

    def conflicts(device):
        return {row["form"] for row in device.json("list", "--history")["results"] if row["state"] == "conflict"}

    assert [(form, revision) for form, revision, *_ in school()] == [("25", 0), ("25", 1), ("26", 0), ("26", 1), ("27", 0), ("27", 1), ("28", 0), ("29", 0)]
    assert conflicts(one) | conflicts(other) == {"25", "27"} and not conflicts(one) & conflicts(other)
    for form, said, wish in ("25", {one: 7000, other: 7100}, "--score=73"), ("27", {one: 6200, other: 7200}, "--score=74"):
        loser = next(device for device in (one, other) if form in conflicts(device))
        winner = other if loser is one else one
        assert [row[2] for row in school() if row[:2] == (form, 1)] == [said[winner]], "the first stands"
        loser.run("edit", str(number[form][loser]), *wish.split("="), "--restore")
        loser.run("sync", expect=0)
        assert [(row[1], row[3]) for row in school() if row[0] == form][-1] == (2, False), "and can be changed by whoever was told"
    assert [device.json("sync")["left"] for device in (one, other)] == [0, 0]
