"""What registrars' exports look like: rosters, plans and codes through stepguardctl into the database, with all their mess."""
import csv
import datetime
import hashlib
import json
import os
import re
import stat
import threading
import time

import pytest

import peer
from conftest import ROSTER

PLANS = ["student_id", "attempt", "planned_on", "permit_from", "permit_to", "taken_on", "outcome", "outcome_known_on"]


def imported(office, text, *options, name="students.csv", kind="roster"):
    """The command's answer as JSON, and its exit code."""
    done = office.ctl(kind, "import", office.file(name, text), "--json", *options, check=False)
    return (json.loads(done.stdout) if done.stdout else None), done.returncode, done.stderr


def roster(office):
    return dict(office.sql("select external_id, family_name from core.student order by external_id"))


# ---------------------------------------------------------------- roster


def test_the_same_file_twice_changes_nothing(office):
    text = "student_id,given_name,family_name,track\n1,Teal,Pine,us_md\n2,Ecru,Elm,non_us\n"
    first, code, _ = imported(office, text)
    assert code == 0 and first["applied"] and first["counts"]["new"] == 2
    second, code, _ = imported(office, text)
    assert code == 0 and (second["counts"]["new"], second["counts"]["changed"], second["counts"]["unchanged"]) == (0, 0, 2)
    third, _, _ = imported(office, text.replace("Pine", "Larch"))
    assert third["counts"]["changed"] == 1 and roster(office) == {"1": "Larch", "2": "Elm"}


def test_a_dry_run_tells_what_would_happen_and_does_nothing(office):
    answer, code, _ = imported(office, "student_id\n1\n2\n", "--dry-run")
    assert code == 0 and answer["counts"]["new"] == 2 and not answer["applied"]
    assert roster(office) == {} and office.count("ops.import") == 0
    said = office.ctl("roster", "import", f"{office.dir}/students.csv", "--dry-run").stdout
    assert "nothing was changed" in said


@pytest.mark.parametrize("text", [
    "\ufeffstudent_id,family_name\r\n1,Pine\r\n",
    'Family Name,"Student ID"\n"Pine",1\n',
    "STUDENT-ID,last_name,shoe_size\n1, Pine ,44\n",
    'student_id,family_name\n"1","Pine"',
], ids=["mark_and_crlf", "order_and_case", "aliases_and_strangers", "no_last_line_end"])
def test_headers_as_people_write_them(office, text):
    answer, code, _ = imported(office, text)
    assert code == 0, answer
    assert roster(office) == {"1": "Pine"}


def test_a_column_that_is_not_there_changes_nothing_but_an_empty_cell_does(office):
    imported(office, "student_id,family_name,class_year\n1,Pine,2028\n")
    imported(office, "student_id,family_name\n1,Larch\n")
    assert office.sql("select family_name, class_year from core.student") == [("Larch", 2028)]
    imported(office, "student_id,class_year\n1,\n")
    assert office.sql("select family_name, class_year from core.student") == [("Larch", None)]


def test_forty_garbled_rows_beside_one_good(office):
    bad = ["", "x" * 70, "a\tb", "\u202eoops"]
    rows = [{"student_id": bad[i % 4] or "", "given_name": "A", "track": "us_md"} for i in range(20)]
    rows += [{"student_id": f"b{i}", "track": "marsian", "email": "nobody", "class_year": "MMXX", "dedicated_start": "02/30/2027",
              "status": "gone"} for i in range(20)]
    rows.insert(17, {"student_id": "good", "given_name": "Zoë", "family_name": "木村"})
    path = office.csv("students.csv", ROSTER, rows)
    done = office.ctl("roster", "import", path, check=False)
    assert done.returncode == 1
    assert roster(office) == {"good": "木村"}
    for line, column, value, reason in [(2, "student_id", "", "is empty; every row needs it"), (23, "track", "marsian", "is none of: us_md us_do non_us"),
                                        (23, "email", "nobody", "is not an e-mail address"),
                                        (23, "class_year", "MMXX", "is not a whole number from 1950 to 2200"),
                                        (23, "dedicated_start", "02/30/2027", "is not a day written YYYY-MM-DD"),
                                        (23, "status", "gone", "is none of: active leave inactive")]:
        quoted = f'"{value}": ' if value else ""
        assert re.search(re.escape(f"{path}:{line}: {column}: {quoted}{reason}. ") + r"[A-Z].*\.\n", done.stderr)  # and what to do
    assert "\u202e" not in done.stderr and "\t" not in done.stderr
    as_json, code, _ = imported(office, open(path, "rb").read())
    assert code == 1 and (as_json["read"], as_json["good"], as_json["refused"]) == (41, 1, 40)
    assert len({f["line"] for f in as_json["findings"]}) == 40


def test_strict_takes_nothing_when_a_row_is_bad(office):
    answer, code, stderr = imported(office, "student_id,track\n1,us_md\n2,moon\n", "--strict")
    assert code == 1 and not answer["applied"] and roster(office) == {} and "--strict" in stderr
    answer, code, _ = imported(office, "student_id,track\n1,us_md\n2,us_do\n", "--strict")
    assert code == 0 and answer["applied"] and len(roster(office)) == 2


def test_a_row_that_stands_twice_is_refused_the_second_time(office):
    answer, code, _ = imported(office, "student_id,family_name\n007,Pine\n7,Elm\n007,Larch\n")
    assert code == 1 and roster(office) == {"007": "Pine", "7": "Elm"}
    [finding] = answer["findings"]
    assert finding["line"] == 4 and "line 2 already" in finding["reason"]


@pytest.mark.parametrize("text, reason", [("", "empty"), ("name,track\nA,us_md\n", "student_id"), ("student_id,student_id\n1,2\n", "student_id")])
def test_a_file_that_cannot_be_used(office, text, reason):
    answer, code, stderr = imported(office, text)
    assert code == 1 and reason in stderr and roster(office) == {}


def test_bytes_that_are_no_text(office):
    text = b"student_id,family_name\n1,Pine\n2,M\xfcller\n3,A\x00B\n4,\"open\n5,Elm\n"
    answer, code, _ = imported(office, text)
    assert code == 1
    assert set(roster(office)) == {"1", "5"}
    assert {f["line"] for f in answer["findings"]} == {3, 4, 5}


def test_a_missing_file_is_said(office):
    done = office.ctl("roster", "import", f"{office.dir}/none.csv", check=False)
    assert done.returncode == 3 and "No such file" in done.stderr


def test_many_rows_at_once(office):
    rows = [{"student_id": f"s{i}", "given_name": "Teal", "family_name": f"Pine {i}", "track": "us_md"} for i in range(20000)]
    path, begun = office.csv("many.csv", ROSTER, rows), time.monotonic()
    assert office.json("roster", "import", path)["counts"]["new"] == 20000
    assert time.monotonic() - begun < 30


def test_what_takes_over_a_second_shows_how_far_it_is(office):
    """The file is a pipe that somebody fills slowly. On a terminal a count appears, and is gone at the end."""
    pipe = f"{office.dir}/slow.csv"
    os.mkfifo(pipe)

    def fill():
        with open(pipe, "w") as out:
            out.write("student_id\n")
            for n in range(15):
                out.write(f"{n}\n")
                out.flush()
                time.sleep(0.1)

    writer = threading.Thread(target=fill, daemon=True)
    writer.start()
    shown = office.on_a_terminal({}, "roster", "import", pipe)
    writer.join()
    assert re.search(r"\r\d+ bytes\x1b\[K", shown)
    assert shown.index("15 rows read") > shown.rindex("\r\x1b[K")


def test_a_file_that_changes_too_many_is_looked_at_twice(office):
    rows = "".join(f"{n},Pine\n" for n in range(40))
    imported(office, "student_id,family_name\n" + rows)
    many = "student_id,family_name\n" + rows.replace("Pine", "Larch")
    answer, code, stderr = imported(office, many)
    assert code == 1 and answer is None and "40 students would change, of 40 on the roster" in stderr and "--past-brake" in stderr
    assert set(roster(office).values()) == {"Pine"}
    assert imported(office, many, "--dry-run")[0]["counts"]["changed"] == 40 and set(roster(office).values()) == {"Pine"}
    answer, code, _ = imported(office, many, "--past-brake", "They all married.")
    assert code == 0 and answer["counts"]["changed"] == 40 and set(roster(office).values()) == {"Larch"}
    assert office.sql("select past_brake from ops.import order by import_id desc limit 1") == [("They all married.",)]


def test_an_import_leaves_a_line_in_the_trail(office):
    before = office.count("audit.event", "action = 'roster_import'")
    imported(office, "student_id\n1\n")
    assert office.count("audit.event", "action = 'roster_import'") == before + 1


# ---------------------------------------------------------------- plans


def test_plans_and_outcomes(office):
    office.students("1", "2")
    text = ("student_id,attempt,planned_on,permit_from,permit_to,taken_on,outcome,outcome_known_on\n"
            "1,1,2027-03-01,2027-01-01,2027-04-01,,,\n2,1,2026-05-01,,,2026-05-02,fail,2026-06-01\nstranger,1,2027-01-01,,,,,\n")
    answer, code, _ = imported(office, text, kind="plans", name="exams.csv")
    assert code == 1 and answer["counts"]["new"] == 2 and answer["counts"]["unknown_students"] == ["stranger"]
    plan = office.json("student", "show", "1")["plan"]
    assert (plan["attempt"], plan["exam_day"], plan["permit_to"]) == (1, "2027-03-01", "2027-04-01")
    after_failure = office.json("student", "show", "2")["plan"]
    assert (after_failure["attempt"], after_failure["failures"], after_failure["exam_day"]) == (2, 1, None)
    again, _, _ = imported(office, text, kind="plans", name="exams.csv")
    assert again["counts"]["unchanged"] == 2


@pytest.mark.parametrize("row, column", [
    ({"planned_on": "2027-01-01", "attempt": "0"}, "attempt"),
    ({"planned_on": "2027-01-01", "attempt": "11"}, "attempt"),
    ({"planned_on": "2027-02-30"}, "planned_on"),
    ({"planned_on": "2027-02-01", "permit_from": "2027-03-01", "permit_to": "2027-02-01"}, "permit_to"),
    ({"planned_on": "2027-02-01", "outcome": "pass"}, "outcome"),
    ({"taken_on": "2026-02-01", "outcome": "pass", "outcome_known_on": "2026-01-01"}, "outcome_known_on"),
    ({"taken_on": "2026-02-01", "outcome": "perhaps"}, "outcome"),
    ({}, "planned_on"),
])
def test_a_plan_that_cannot_be(office, row, column):
    office.students("1")
    path = office.csv("exams.csv", PLANS, [{"student_id": "1", "attempt": "1", **row}])
    done = office.ctl("plans", "import", path, check=False)
    assert done.returncode == 1 and f"{path}:2: {column}: " in done.stderr
    assert office.count("core.plan_change") == 0


# ---------------------------------------------------------------- codes


def secret_of(code):
    """The 16 secret bytes of a code as printed: Crockford's base 32, the fingerprint and check behind them."""
    number = 0
    for letter in code.replace("-", ""):
        number = number << 5 | peer.ALPHABET.index(letter)
    return number.to_bytes(30, "big")[:16]


def test_codes_for_a_mail_merge(office):
    office.students("1", "2", "3", given_name="=HYPERLINK(1)", family_name='O"Elm, Jr')
    path = f"{office.dir}/codes-{time.monotonic_ns()}.csv"
    assert office.json("code", "issue", "--all", "--out", path, "--expires-days", "3")["issued"] == 3
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["student_id"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["name"] == "'=HYPERLINK(1) O\"Elm, Jr"
    hashes = {bytes(row[0]) for row in office.sql("select code_hash from core.enrol_code")}
    assert hashes == {hashlib.sha256(secret_of(row["code"])).digest() for row in rows}
    local = datetime.datetime.fromisoformat(rows[0]["expires"])
    expires = office.sql("select distinct (expires_at at time zone 'America/New_York') from core.enrol_code")
    assert expires == [(local + datetime.timedelta(days=1),)]
    done = office.ctl("code", "issue", "--all", "--out", path, check=False)
    assert done.returncode == 3 and "no code was issued" in done.stderr
    assert {bytes(row[0]) for row in office.sql("select code_hash from core.enrol_code where expires_at > now()")} == hashes


def test_a_file_for_each_student(office, tmp_path):
    office.students("1042", "a/b", ".hidden", "Größe")
    answer = office.json("code", "issue", "--all", "--out", f"{tmp_path}/letters/")
    assert answer["issued"] == 4
    names = sorted(os.listdir(tmp_path / "letters"))
    assert names == sorted(["1042.code", "a%2Fb.code", "%2Ehidden.code", "Gr%C3%B6%C3%9Fe.code"])
    for name in names:
        path = tmp_path / "letters" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and len(path.read_text().strip()) == 59


def test_a_new_code_ends_the_one_before(office, tmp_path):
    office.students("1")
    for _ in range(2):
        office.ctl("code", "issue", "--student", "1", "--out", f"{tmp_path}/")
    assert office.count("core.enrol_code") == 2 and office.count("core.enrol_code", "expires_at > now()") == 1


def test_unknown_students_are_named_and_the_others_get_theirs(office, tmp_path):
    office.students("1")
    done = office.ctl("code", "issue", "--student", "1", "--student", "ghost", "--out", f"{tmp_path}/", "--json", check=False)
    assert done.returncode == 1 and json.loads(done.stdout)["unknown"] == ["ghost"] and '"ghost"' in done.stderr
    assert os.listdir(tmp_path) == ["1.code"]


def test_only_the_unenrolled(office, tmp_path):
    office.students("1", "2")
    office.sql("update core.progress p set enrolled_at = now() from core.student s where s.student_id = p.student_id and external_id = '1'")
    assert office.json("code", "issue", "--unenrolled", "--out", f"{tmp_path}/")["issued"] == 1
    assert os.listdir(tmp_path) == ["2.code"]
    office.nobody()
    assert office.json("code", "issue", "--unenrolled", "--out", f"{tmp_path}/")["issued"] == 0


def test_no_room_for_the_file_means_no_code(office):
    office.students("1")
    done = office.ctl("code", "issue", "--all", "--out", "/dev/full/codes.csv", check=False)
    assert done.returncode == 3 and "no code was issued" in done.stderr
    assert office.count("core.enrol_code") == 0


def test_a_code_is_nowhere_but_in_its_file(office, tmp_path):
    office.students("1")
    done = office.ctl("code", "issue", "--all", "--out", f"{tmp_path}/")
    code = (tmp_path / "1.code").read_text().strip()
    assert code not in done.stdout + done.stderr
    secret = secret_of(code).hex()
    for schema, table in office.sql("select schemaname, tablename from pg_tables where schemaname in ('core', 'ops', 'audit')"):
        assert office.sql(f"select count(*)::int from {schema}.{table} t where t::text like %s or t::text like %s", (f"%{code}%", f"%{secret}%"))[0][0] == 0


# ---------------------------------------------------------------- devices


def device(office, student_id, name="laptop"):
    return office.sql("""insert into core.device (school_id, student_id, name)
                         select school_id, student_id, %s from core.student where external_id = %s returning device_id::int""", (name, student_id))[0][0]


def test_devices_are_listed_and_revoked(office):
    office.students("1")
    first, second = device(office, "1"), device(office, "1", "tablet \x1b[31m")
    listed = office.ctl("device", "list", "--student", "1").stdout
    assert "laptop" in listed and "in force" in listed and "\x1b" not in listed
    assert office.json("device", "revoke", "--student", "1", "--device", str(first), "--reason", "lost")["revoked"] == [{"device_id": first, "name": "laptop"}]
    again = office.ctl("device", "revoke", "--student", "1", "--device", str(first), "--reason", "lost", check=False)
    assert again.returncode == 1 and "nothing was revoked" in again.stderr
    office.ctl("device", "revoke", "--student", "1", "--all", "--reason", "left")
    by_id = {row["device_id"]: row for row in office.json("device", "list", "--student", "1")}
    assert by_id[first]["revoked_reason"] == "lost" and by_id[second]["revoked_reason"] == "left"


def test_devices_of_nobody(office):
    for command in (["list"], ["revoke", "--all", "--reason", "x"]):
        done = office.ctl("device", command[0], "--student", "ghost", *command[1:], check=False)
        assert done.returncode == 1 and "no student \"ghost\"" in done.stderr


# ---------------------------------------------------------------- official scores, and taking a file back


SCORES = ["student_id", "instrument", "form", "taken_on", "score", "scale"]


def official(office):
    return office.sql("select s.external_id, r.instrument, r.form, r.score_centi, r.revision, r.retracted from core.result r"
                      " join core.student s using (school_id, student_id) where r.device_id = 0 order by 1, 2, 3, r.revision")


def test_official_scores_come_once_and_are_corrected(office):
    office.students("0012", "13")
    rows = [{"student_id": "0012", "instrument": "cbse", "taken_on": "2026-05-01", "score": "61"},
            {"student_id": "13", "instrument": "CBSE", "taken_on": "2026-05-01", "score": "70.5"},
            {"student_id": "99", "instrument": "cbse", "taken_on": "2026-05-01", "score": "70"},
            {"student_id": "13", "instrument": "cbse", "taken_on": "2999-05-01", "score": "70"},
            {"student_id": "13", "instrument": "step2", "taken_on": "2026-05-01", "score": "70"}]
    path = office.csv("cbse.csv", SCORES, rows)
    done = office.ctl("scores", "import", path, "--json", check=False)
    answer = json.loads(done.stdout)
    assert done.returncode == 1 and answer["refused"] == 1 and answer["counts"]["new"] == 2, done
    assert [(f["line"], f["column"], f["reason"]) for f in answer["findings"] if f["line"] in (4, 5)] == \
        [(4, "student_id", "is nobody on the roster"), (5, "taken_on", "is a day to come")] and all(f["remedy"] for f in answer["findings"])
    assert official(office) == [("0012", "cbse", "", 6100, 0, False), ("13", "cbse", "", 7050, 0, False)]

    again = json.loads(office.ctl("scores", "import", office.csv("cbse.csv", SCORES, rows[:2]), "--json").stdout)["counts"]
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2) and len(official(office)) == 2
    rows[0]["score"] = "63"
    changed = json.loads(office.ctl("scores", "import", office.csv("cbse.csv", SCORES, rows[:2]), "--json").stdout)["counts"]
    assert (changed["new"], changed["changed"]) == (0, 1)
    assert official(office)[:2] == [("0012", "cbse", "", 6100, 0, False), ("0012", "cbse", "", 6300, 1, False)]


def test_an_import_is_taken_back_from_the_shell(office):
    office.students("1")
    deeds = office.count("audit.event", "action in ('scores_import', 'import_undo')")
    row = {"student_id": "1", "instrument": "cbse", "taken_on": "2026-05-01", "score": "61"}
    number = json.loads(office.ctl("scores", "import", office.csv("s.csv", SCORES, [row]), "--json").stdout)["counts"]["import_id"]
    listed = json.loads(office.ctl("import", "list", "--json").stdout)
    assert [(i["import_id"], i["kind"], i["state"], i["can_undo"]) for i in listed][:1] == [(number, "official_scores", "applied", True)]
    said = office.ctl("import", "undo", str(number)).stdout
    assert "is taken back: 1 rows restored" in said
    assert [r[3:] for r in official(office)] == [(6100, 0, False), (6100, 1, True)]
    assert "undone" in office.ctl("import", "list").stdout
    twice = office.ctl("import", "undo", str(number), check=False)
    assert twice.returncode == 3 and "not in force" in twice.stderr
    assert office.ctl("import", "undo", "4711", check=False).returncode == 1
    assert office.ctl("import", "undo", "x", check=False).returncode == 2
    assert office.count("audit.event", "action in ('scores_import', 'import_undo')") == deeds + 2
