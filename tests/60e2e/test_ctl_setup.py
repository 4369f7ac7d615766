"""stepguardctl before there is anybody: help, usage, configuration, keys, database."""
import json
import os
import stat
import subprocess

import pytest
from cryptography import x509

from house import ROOT

COMMANDS = ["init", "check-config", "doctor", "migrate", "roster import", "plans import", "advisers import", "code issue", "device list", "device revoke",
            "queue",
            "student show", "assess-all", "params list", "params add", "history", "replay", "seal list", "seal add", "seal reseal", "seal remove",
            "trail export"]


def test_help_names_every_command(office):
    out = office.ctl("--help").stdout
    assert all(f"  {command} " in out for command in COMMANDS)
    assert "Exit codes: 0 done" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_examples(office, command):
    out = office.ctl(*command.split(), "--help").stdout
    assert out.startswith(f"usage: stepguardctl {command}")
    examples = out.split("\nExamples\n")[1].split("\n\n")[0].splitlines()
    assert examples and all(line.startswith("  stepguardctl ") for line in examples)


@pytest.mark.parametrize("words, said", [
    ([], "usage: stepguardctl"),
    (["frobnicate"], 'no command "frobnicate"'),
    (["code"], "needs a second word: code issue"),
    (["device", "eject"], "there is device list, device revoke"),
    (["queue", "--mox", "3"], "no option --mox here"),
    (["queue", "--max"], "--max needs N"),
    (["queue", "--max", "many"], "a whole number from 1 to 100000"),
    (["queue", "--max=0"], "a whole number from 1 to 100000"),
    (["queue", "--json=yes"], "--json takes no value"),
    (["queue", "-m"], "two dashes"),
    (["queue", "now"], '"now" is one word too many'),
    (["student", "show"], "ID is missing"),
    (["roster", "import"], "FILE is missing"),
    (["code", "issue", "--all"], "--out"),
    (["code", "issue", "--out", "x"], "--student ID, --all, --unenrolled"),
    (["code", "issue", "--all", "--unenrolled", "--out", "x"], "One of"),
    (["device", "revoke", "--student", "1", "--all"], "--reason"),
    (["assess-all", "--as-of", "yesterday"], "--as-of takes a time"),
])
def test_usage(office, words, said):
    done = office.ctl(*words, check=False)
    assert done.returncode == 2
    assert said in done.stderr and done.stdout == ""


def test_global_options_may_stand_anywhere(office):
    before, after = office.ctl("--json", "params", "list"), office.ctl("params", "list", "--json")
    assert json.loads(before.stdout) == json.loads(after.stdout)


def test_no_configuration_is_a_matter_of_usage(office):
    done = office.run("stepguardctl", "queue", check=False, env={"STEPGUARD_CONFIG": ""})
    assert done.returncode in (1, 2) and done.stderr.startswith("stepguardctl: ")


# ---------------------------------------------------------------- configuration


def test_check_config_names_everything_at_once(office):
    path = office.file("bad.conf", "[school]\ncode = Demo School\nname = X\nzone = Mars/Olympus\n[student]\nidle_s = soon\n[food]\nmenu = pie\n")
    done = office.ctl("check-config", path, check=False)
    assert done.returncode == 1
    for line, key in [(2, "school.code"), (4, "school.zone"), (6, "student.idle_s")]:
        assert f"{path}:{line}: {key}: " in done.stderr
    assert f"{path}:7: food: " in done.stderr
    as_json = office.ctl("check-config", path, "--json", check=False)
    findings = json.loads(as_json.stdout)
    assert as_json.returncode == 1 and not findings["usable"]
    assert {(f["line"], f["key"]) for f in findings["findings"]} >= {(2, "school.code"), (4, "school.zone"), (6, "student.idle_s")}


def test_check_config_lists_the_keys(office):
    keys = office.json("check-config", "--list")
    assert {"school.code", "database.url", "report.directory"} <= {key["key"] for key in keys}
    assert all(key["help"] and key["type"] for key in keys)
    assert "school.code" in office.ctl("check-config", "--list").stdout


def test_a_written_configuration_needs_only_what_it_says(office):
    path = f"{office.dir}/fresh.conf"
    office.ctl("init", "--write-config", path)
    text = open(path).read()
    again = office.ctl("init", "--write-config", path, check=False)
    assert again.returncode == 1 and open(path).read() == text
    for key, value in [("code", "demo"), ("name", "A School"), ("zone", "America/Chicago")]:
        assert f"\n{key} =\n" in text
        text = text.replace(f"\n{key} =\n", f"\n{key} = {value}\n")
    office.ctl("check-config", office.file("filled.conf", text))
    # every commented line but those that follow another key is what it would be anyway
    lines = [line[1:] if line.startswith(";") and " = " in line and "the value of" not in line and not line.startswith("; ") else line
             for line in text.splitlines()]
    office.ctl("check-config", office.file("spelled_out.conf", "\n".join(lines) + "\n"))


def checks(office, **settings):
    """What is to be said beside the configuration, by key."""
    path = f"{office.dir}/checked.conf"
    office.write_conf(path, {"office": {"listen": "127.0.0.1:0", **settings}})
    done = office.ctl("check-config", path, "--json", check=False)
    said = json.loads(done.stdout)
    assert said["findings"] == [] and said["usable"] == (done.returncode == 0) == (not any(one["fault"] for one in said["checks"]))
    return {one["key"]: one["reason"] for one in said["checks"]}


def test_a_certificate_that_browsers_do_not_know_is_named(office):
    assert "browsers do not know" in checks(office)["office.certificate"]
    assert "warning: office.certificate: " in office.ctl("check-config").stdout
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{office.dir}/other.key", "-out", f"{office.dir}/other.crt"],
                   check=True, capture_output=True)
    assert "office.certificate" not in checks(office, certificate=f"{office.dir}/other.crt", key=f"{office.dir}/other.key")


@pytest.mark.parametrize("text, why", [("", "is empty"), ("password\n", "does not begin with a SHA-1"), (None, "No such file"),
                                       ("F" * 40 + ":1\r\n" + "0" * 40 + ":1\r\n", "is not sorted")])
def test_a_list_of_stolen_passwords_that_is_none_is_named(office, text, why):
    path = f"{office.dir}/absent.txt" if text is None else office.file("stolen.txt", text)
    assert why in checks(office, breached_passwords=path)["office.breached_passwords"]
    assert "office.breached_passwords" not in checks(office, breached_passwords=office.file("good.txt", "0" * 40 + ":1\r\n"))


# ---------------------------------------------------------------- keys


def test_init_makes_keys_once(office):
    names = ["ca.crt", "ca.key", "server.crt", "server.key", "office.key"]
    before = {name: open(f"{office.dir}/pki/{name}", "rb").read() for name in names}
    for name in ("ca.key", "server.key", "office.key"):
        assert stat.S_IMODE(os.stat(f"{office.dir}/pki/{name}").st_mode) == 0o600
    done = office.json("init", "--server-name", "other.example")
    assert [row["done"] for row in done] == ["left"] * 5 + ["ensured", "left"]
    assert before == {name: open(f"{office.dir}/pki/{name}", "rb").read() for name in names}


def test_init_puts_the_names_into_the_certificate(office, tmp_path):
    conf = tmp_path / "new.conf"
    conf.write_text("[school]\ncode = other\nname = Other\nzone = UTC\n[student]\ncertificate = a/server.pem\nkey = b/server.key\n"
                    "[ca]\ncertificate = c/ca.pem\nkey = d/ca.key\n")
    office.run("stepguardctl", "--config", str(conf), "init", "--no-database", "--server-name", "stepguard.school.example", "--server-ip", "192.0.2.7")
    certificate = x509.load_pem_x509_certificate((tmp_path / "a/server.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["stepguard.school.example"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]
    assert stat.S_IMODE(os.stat(tmp_path / "d").st_mode) == 0o700


def test_init_does_not_mend_half_a_pair(office, tmp_path):
    conf = tmp_path / "half.conf"
    conf.write_text("[school]\ncode = half\nname = Half\nzone = UTC\n")
    run = lambda: office.run("stepguardctl", "--config", str(conf), "init", "--no-database", check=False)
    assert run().returncode == 0
    key = (tmp_path / "ca.key").read_bytes()
    (tmp_path / "ca.pem").unlink()
    done = run()
    assert done.returncode == 1 and "ca.pem is not" in done.stderr
    assert (tmp_path / "ca.key").read_bytes() == key


# ---------------------------------------------------------------- database


def test_the_database_away_is_said_and_exits_3(office, tmp_path):
    conf = tmp_path / "away.conf"
    conf.write_text(open(office.conf_path).read().replace(office.url, f"host={tmp_path} dbname=stepguard"))
    for command in (["queue"], ["migrate", "--sql-dir", f"{ROOT}/sql"], ["roster", "import", office.csv("one.csv", ["student_id"], [{"student_id": "1"}])]):
        done = office.run("stepguardctl", "--config", str(conf), *command, check=False)
        assert done.returncode == 3, command
        assert done.stderr.startswith("stepguardctl: ") and str(tmp_path) in done.stderr


def test_migrate_again_changes_nothing(office):
    before = office.sql("select * from ops.migration order by 1")
    said = office.ctl("migrate", "--sql-dir", f"{ROOT}/sql").stdout
    assert "migrations/" not in said and office.sql("select * from ops.migration order by 1") == before


def test_a_parameter_set_chosen_stays_when_init_runs_again(office):
    try:
        added = office.json("params", "add", f"{ROOT}/server/risk/params/strict-2.ini", "--activate")
        assert added["version"] == "strict-2"
        office.ctl("init")
        sets = {row["version"]: row["in_force"] for row in office.json("params", "list")}
        assert sets == {"default-2": False, "strict-2": True}
        assert "strict-2" in office.ctl("params", "list").stdout
    finally:
        office.ctl("params", "add", f"{ROOT}/server/risk/params/default-2.ini", "--activate")


def test_a_parameter_file_is_checked_before_it_is_sent(office):
    done = office.ctl("params", "add", office.file("params.ini", "version = mine\nnonsense = 3\n"), check=False)
    assert done.returncode == 1 and "params.ini:" in done.stderr
    text = open(f"{ROOT}/server/risk/params/default-2.ini").read()
    changed = office.ctl("params", "add", office.file("changed.ini", text + "\n"), check=False)
    assert changed.returncode == 1 and "other content" in changed.stderr


def test_nothing_is_left_open_by_a_reader_that_goes_away(office):
    """`queue | head -0`: the pipe is closed; that is not a crash."""
    done = subprocess.run(["sh", "-c", f"{office.bin}/stepguardctl --config {office.conf_path} check-config --list | true"], capture_output=True)
    assert done.returncode == 0
