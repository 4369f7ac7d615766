"""stepguardctl doctor: each thing that can be wrong is named, with a remedy, and hides no other."""
import json
import os
import subprocess

import pytest


@pytest.fixture
def doctor(office):
    def ask(conf=None, expect=None):
        done = office.run("stepguardctl", "--config", conf or office.conf_path, "doctor", "--json", check=False)
        said = json.loads(done.stdout)
        assert done.stderr == "" and done.returncode == (1 if said["state"] == "fail" else 0)
        assert all(one["sentence"] and bool(one["remedy"]) <= (one["state"] != "ok") for one in said["checks"])
        checks = {}
        for one in said["checks"]:
            checks.setdefault(one["check"], one)
        return checks
    return ask


@pytest.fixture
def superuser(office):
    """Changes what a superuser can, and back."""
    undo = []

    def change(do, back):
        undo.append(back)
        office.sql(do)
    yield change
    for back in reversed(undo):
        office.sql(back)


def test_what_is_well(doctor):
    checks = doctor()
    well = {"configuration", "ca.certificate", "student.certificate", "ca.key", "student.key", "office.secrets_key", "server", "durability",
            "checksums", "rights", "clock", "estimates", "model"}
    assert {name for name in well if checks[name]["state"] == "ok"} == well
    assert checks["durability"]["sentence"] == "fsync, full_page_writes and synchronous_commit are on."


def test_a_ca_that_does_not_run(doctor):
    """No daemon and no CA run in this module."""
    found = doctor()["ca.socket"]
    assert found["state"] == "fail" and "stepguard-ca.socket" in found["remedy"]


@pytest.mark.parametrize("key", ["ca.key", "server.key", "office.key"])
def test_a_key_that_others_can_open(office, doctor, key):
    path = f"{office.dir}/pki/{key}"
    name = {"ca.key": "ca.key", "server.key": "student.key", "office.key": "office.secrets_key"}[key]
    os.chmod(path, 0o644)
    try:
        assert doctor()[name]["state"] == "fail"
    finally:
        os.chmod(path, 0o600)
    assert doctor()[name]["state"] == "ok"


def test_a_configuration_that_others_can_write(office, doctor):
    os.chmod(office.conf_path, 0o666)
    try:
        assert doctor()["configuration"]["state"] == "fail"
    finally:
        os.chmod(office.conf_path, 0o644)


@pytest.mark.parametrize("days,state", [(3, "fail"), (20, "warn"), (90, "ok")])
def test_a_certificate_that_ends(office, doctor, days, state):
    name = f"{office.dir}/ends-{days}"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days), "-subj",
                    "/CN=localhost", "-keyout", f"{name}.key", "-out", f"{name}.crt"], check=True, capture_output=True)
    office.write_conf(f"{name}.conf", {"student": {"certificate": f"{name}.crt", "key": f"{name}.key"}})
    found = doctor(f"{name}.conf")
    assert found["student.certificate"]["state"] == state
    assert found["student.key"]["state"] == "ok"


def test_a_key_of_another_certificate(office, doctor):
    conf = f"{office.dir}/pair.conf"
    office.write_conf(conf, {"student": {"key": "pki/ca.key"}})
    said = json.loads(office.run("stepguardctl", "--config", conf, "doctor", "--json", check=False).stdout)["checks"]
    assert any(one["check"] == "student.key" and "is not the key of" in one["sentence"] and one["state"] == "fail" for one in said)


@pytest.mark.parametrize("do,back,said", [
    ("alter role sg_report createdb", "alter role sg_report nocreatedb", "sg_report may make databases"),
    ("alter role sg_office bypassrls", "alter role sg_office nobypassrls", "sg_office passes row-level security by"),
    ("alter role sg_owner login", "alter role sg_owner nologin", "sg_owner may log in"),
    ("grant sg_owner to sg_student", "revoke sg_owner from sg_student", "sg_student is a member of sg_owner"),
    ("grant select on core.result to sg_metrics", "revoke select on core.result from sg_metrics", "sg_metrics may touch core.result"),
    ("grant select on core.student to public", "revoke select on core.student from public", "everybody may touch core.student"),
    ("grant execute on function api.sealed to public", "revoke execute on function api.sealed from public", "everybody may call api.sealed"),
])
def test_a_role_that_may_too_much(doctor, superuser, do, back, said):
    assert doctor()["rights"]["state"] == "ok"
    superuser(do, back)
    found = doctor()["rights"]
    assert found["state"] == "fail" and said in found["sentence"]


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_a_database_that_could_lose_what_it_acknowledges(doctor, superuser, office, setting):
    superuser(f"alter system set {setting} = off", f"alter system reset {setting}")
    office.sql("select pg_reload_conf()")
    try:
        found = doctor()["database"]
        assert found["state"] == "fail" and f"{setting} is off" in found["sentence"]
    finally:
        office.sql(f"alter system reset {setting}")
        office.sql("select pg_reload_conf()")


def test_a_database_that_is_away_hides_nothing_else(office, doctor, tmp_path):
    conf = f"{office.dir}/away.conf"
    office.write_conf(conf, {"database": {"url": f"host={tmp_path} dbname=stepguard"}})
    found = doctor(conf)
    assert found["database"]["state"] == "fail" and {"ca.certificate", "disk", "units"} <= set(found)


def test_a_configuration_that_is_none(office, doctor):
    found = doctor(office.file("none.conf", "[school]\ncode = Demo School\n"))
    assert found["configuration"]["state"] == "fail" and "units" in found


def test_a_school_that_is_not_there(office, doctor):
    conf = f"{office.dir}/other.conf"
    office.write_conf(conf, {"school": {"code": "other"}})
    found = doctor(conf)["database"]
    assert "there is no school" in found["sentence"] and "init" in found["remedy"]


def test_for_people_each_line_has_its_verdict_and_remedy(office):
    out = office.run("stepguardctl", "doctor", check=False).stdout
    assert "✓ ok " in out and "✗ fail" in out and "→ Start it: systemctl enable --now stepguard-ca.socket" in out
