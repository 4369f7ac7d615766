"""OneRoster exports through stepguardctl into the roster: 1.1 and 1.2, folder and zip, headers as they drift, and zips that nobody's system makes."""
import json
import os
import zipfile

import pytest

MANIFEST = "propertyName,value\nmanifest.version,1.0\noneroster.version,{version}\nfile.users,{users}\n"
USERS_11 = '''sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,identifier,email,agentSourcedIds,grades
u1,,,true,o,student,vh,{sis:1},Viridian,Hackberry,0001001,vh@school.example,"p1,a1",2028
u2,tobedeleted,,true,o,student,tp,,Teal,"Pine, the ""elder""",0001002,,,2028
u3,,,true,o,student,nm,,新,木村,0001003,nm@school.example,a1,2029
a1,,,true,o,teacher,adv,,Ecru,Elm,,adv@school.example,,
p1,,,true,o,parent,par,,Umber,Oak,,parent@home.example,,
'''
ROLES = "sourcedId,status,userSourcedId,roleType,role,orgSourcedId\nr1,,u1,primary,student,o\nr2,,u2,primary,student,o\nr3,,u3,primary,student,o\n" \
        "r4,,a1,primary,teacher,o\nr5,,p1,primary,parent,o\n"  # fmt: skip
DEMOGRAPHICS = "userSourcedId,birthdate,sex,asian,nativeAmericanOrOtherPacificIslander,hispanicOrLatinoEthnicity\nu1,2000-01-01,female,true,false,false\n"


def files_of(version="1.1", users="bulk", **more):
    found = {"manifest.csv": MANIFEST.format(version=version, users=users), "users.csv": USERS_11, "orgs.csv": "sourcedId,name\no,Demo\n"}
    if version.startswith("1.2"):
        found["users.csv"] = USERS_11.replace(",role,", ",").replace(",student,", ",").replace(",teacher,", ",").replace(",parent,", ",")
        found["users.csv"] = found["users.csv"].replace("enabledUser,orgSourcedIds,", "enabledUser,").replace("true,o,", "true,")
        found["roles.csv"] = ROLES
    return {**found, **more}


def folder_of(office, files):
    path = f"{office.dir}/export-{len(os.listdir(office.dir))}"
    os.mkdir(path)
    for name, text in files.items():
        with open(f"{path}/{name}", "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
    return path


def zip_of(office, files, under=""):
    path = f"{office.dir}/export-{len(os.listdir(office.dir))}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            out.writestr(name if isinstance(name, zipfile.ZipInfo) else under + name, text)
    return path


def imported(office, path, *options):
    done = office.ctl("roster", "import", path, "--json", *options, check=False)
    return (json.loads(done.stdout) if done.stdout else None), done.returncode, done.stderr


def roster(office):
    return office.sql("select external_id, family_name, adviser_email, class_year, status from core.student order by 1")


WANTED = [("0001001", "Hackberry", "adv@school.example", 2028, "active"), ("0001002", 'Pine, the "elder"', "", 2028, "inactive"),
          ("0001003", "木村", "adv@school.example", 2029, "active")]  # fmt: skip


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.2.1"])
@pytest.mark.parametrize("make", [folder_of, zip_of, lambda office, files: zip_of(office, files, "export/")], ids=["folder", "zip", "zip_with_folder"])
def test_versions_as_folder_and_zip(office, version, make):
    answer, code, stderr = imported(office, make(office, files_of(version)))
    assert code == 0, stderr
    assert answer["counts"]["new"] == 3 and roster(office) == WANTED
    mapping = {column["field"]: column["header"] for column in answer["header"]}
    assert mapping["student_id"] == "identifier" and mapping["adviser_email"] == "agentSourcedIds" and "orgs.csv" in answer["ignored"]


def test_headers_that_drift_and_bytes_that_do(office):
    users = "\ufeff" + USERS_11.replace("sourcedId", "SourcedID", 1).replace("agentSourcedIds", "AGENTSOURCEDID").replace("\n", "\r\n")
    answer, code, stderr = imported(office, zip_of(office, {**files_of(), "users.csv": users, "Demographics.csv": DEMOGRAPHICS}))
    assert code == 0 and roster(office) == WANTED, stderr
    assert office.sql("select s.external_id, d.sex, d.races, d.hispanic from sealed.demographics d join core.student s using (school_id, student_id)") == \
        [("0001001", "female", ["asian"], False)]
    assert answer["counts"]["demographics"] == 1 and "female" not in json.dumps(answer) and "asian" not in json.dumps(answer)
    office.ctl("import", "undo", str(answer["counts"]["import_id"]))
    assert office.count("sealed.demographics") == 0


def test_the_same_export_twice_changes_nothing_and_comes_back_like_any_roster(office):
    first, _, _ = imported(office, zip_of(office, files_of("1.2")))
    second, code, _ = imported(office, folder_of(office, files_of("1.1")))
    assert code == 0 and (second["counts"]["new"], second["counts"]["changed"], second["counts"]["unchanged"]) == (0, 0, 3)
    office.ctl("import", "undo", str(first["counts"]["import_id"]))
    assert {row[4] for row in roster(office)} == {"inactive"}


def test_without_identifiers_the_sourced_id_is_the_id_of_all(office):
    answer, _, stderr = imported(office, folder_of(office, {**files_of(), "users.csv": USERS_11.replace("0001003", "")}))
    assert [row[0] for row in roster(office)] == ["u1", "u2", "u3"] and "so sourcedId is taken" in stderr
    assert next(column for column in answer["header"] if column["field"] == "student_id")["header"] == "sourcedId"


def test_a_garbled_row_is_told_with_its_file_and_the_others_come(office):
    users = USERS_11.encode().replace("木村".encode(), b"M\xfcller").replace(b"vh@school.example", b"nobody")
    answer, code, stderr = imported(office, folder_of(office, {**files_of(), "users.csv": users}))
    assert code == 1 and [row[0] for row in roster(office)] == ["0001002"]
    told = {(f["line"], f["column"]) for f in answer["findings"] if not f["warning"]}
    assert (2, "users.csv: email") in told and {line for line, _ in told} == {2, 4}, answer["findings"]
    assert all(f["remedy"] for f in answer["findings"] if not f["warning"]) and answer["refused"] == 2


@pytest.mark.parametrize("files, words", [
    ({"orgs.csv": "sourcedId,name\n"}, "users.csv: is not in it"),
    ({**files_of("1.3")}, "is neither 1.1 nor 1.2"),
    ({**files_of(), "users.csv": "sourcedId,role\na,teacher\n"}, "of nobody is student"),
    ({**files_of(), "users.csv": "name\nViridian\n"}, "the header has no such column"),
    ({**files_of(), "users.csv": ""}, "the file is empty"),
])  # fmt: skip
def test_exports_that_cannot_be_used(office, files, words):
    for path in (folder_of(office, files), zip_of(office, files)):
        answer, code, stderr = imported(office, path)
        assert code == 1 and answer is None and words in stderr and roster(office) == []


def marked(name, attributes):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, attributes
    return info


def encrypted(office):
    path = zip_of(office, files_of())
    with open(path, "rb") as file:
        data = bytearray(file.read())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(mark, place + 4)
    with open(path, "wb") as file:
        file.write(data)
    return path


def cut_short(office):
    path = zip_of(office, files_of())
    with open(path, "rb+") as file:
        file.truncate(os.path.getsize(path) - 30)
    return path


@pytest.mark.parametrize("make, words", [
    (lambda o: zip_of(o, {"../users.csv": USERS_11}), "leads out of its folder"),
    (lambda o: zip_of(o, {"/etc/users.csv": USERS_11}), "no plain path"),
    (lambda o: zip_of(o, {**files_of(), marked("link.csv", 0o120777 << 16): "/etc/passwd"}), "symbolic link"),
    (lambda o: zip_of(o, {**files_of(), "classes.csv": b"\0" * 50_000_000}), "packed so tightly"),
    (lambda o: zip_of(o, {**files_of(), **{f"more{n}.csv": "a\n" for n in range(80)}}), "entries"),
    (lambda o: zip_of(o, {**files_of(), "export/users.csv": USERS_11}), "twice"),
    (encrypted, "encrypted"),
    (cut_short, "no zip that can be read"),
], ids=["up", "root", "link", "bomb", "many", "twice", "encrypted", "cut"])  # fmt: skip
def test_zips_that_nobodys_system_makes(office, make, words):
    answer, code, stderr = imported(office, make(office))
    assert code == 3 and answer is None and words in stderr and roster(office) == []


def test_a_link_in_a_folder_is_not_followed(office):
    path = folder_of(office, files_of())
    os.symlink("/etc/passwd", f"{path}/roles.csv")
    answer, code, stderr = imported(office, path)
    assert code == 3 and "no plain file" in stderr and roster(office) == []


def test_who_is_missing_leaves_by_a_whole_export_alone_and_up_to_the_brake(office):
    lines = [f"u{n},,,true,o,student,x{n},,Teal,Pine {n},{n:07d},,,2028" for n in range(100)]
    header = USERS_11.splitlines()[0]
    whole = {**files_of(), "users.csv": "\n".join([header, *lines]) + "\n"}
    imported(office, folder_of(office, whole))
    few = {**whole, "users.csv": "\n".join([header, *lines[:97]]) + "\n"}
    answer, code, stderr = imported(office, folder_of(office, {**few, "manifest.csv": MANIFEST.format(version="1.1", users="delta")}), "--whole")
    assert code == 2 and "says what changed" in stderr
    answer, code, _ = imported(office, folder_of(office, few))
    assert code == 0 and office.count("core.student", "status = 'inactive'") == 0  # missing is not gone
    answer, code, _ = imported(office, folder_of(office, few), "--whole")
    assert code == 0 and office.count("core.student", "status = 'inactive'") == 3
    missing = {**whole, "users.csv": "\n".join([header, *lines[:82]]) + "\n"}
    for options in (["--whole"], ["--whole", "--past-brake", "They all left."]):
        answer, code, stderr = imported(office, folder_of(office, missing), *options)
        assert code == 1 and answer is None and "15 of 97 students on the roster are not in the file; more than " in stderr, stderr
        assert office.count("core.student", "status = 'inactive'") == 3
