"""Changing the key under which second factors are kept, while people sign in: one is added, all there is is sealed anew, the old one is taken
away; at every step everybody gets in, at a daemon that was told and at one that was not."""
import os
import signal
import stat
import time

import pytest

from house import wait_for
from office import OfficeClient, Person, totp


@pytest.fixture(scope="module")
def sorrel(office):
    with Person(office, "sorrel@school.example", "Sorrel Linden", "adviser").settle() as person:
        yield person


@pytest.fixture
def untold(office, another_daemon, sorrel):
    """Signing in at a daemon that no signal reaches, with the keys that it read when it started."""
    _, port = another_daemon("untold")

    def entered():
        with OfficeClient(port, office.ca_file) as client:
            return client.sign_in(sorrel.email, sorrel.password, sorrel.code()).status
    return entered


def keys(office):
    return {one["key"]: one["secrets"] for one in office.json("seal", "list")}


def key_file(office):
    return f"{office.dir}/pki/office.key"


def told(office):
    before = office.daemon.text().count("event=reloaded")
    office.daemon.signal(signal.SIGHUP)
    wait_for(lambda: office.daemon.text().count("event=reloaded") > before, "the daemon to read its keys")


def test_a_key_is_changed_for_another(office, dean, sorrel, untold):
    factors = keys(office)[1]
    assert factors >= 2 and len(keys(office)) == 1
    assert office.ctl("seal", "remove", "1", check=False).returncode == 3  # the only one

    with Person(office, "late@school.example", "Tansy Linden", "adviser").choose_password().enter() as late:
        late.secret = late.post("/me/totp").json["secret"]  # on its way while the key changes
        assert office.json("seal", "add") == {"key": 2}
        assert keys(office) == {1: factors + 1, 2: 0}
        assert stat.S_IMODE(os.stat(key_file(office)).st_mode) == 0o600
        assert sorrel.enter() and untold() == 201
        refused = office.ctl("seal", "remove", "1", check=False)
        assert refused.returncode == 3 and "hang on key 1" in refused.stderr

        told(office)
        assert sorrel.enter() and untold() == 201
        sorrel.set_up_second_factor()  # sealed under the new one by the daemon that was told
        assert keys(office) == {1: factors, 2: 1}
        assert sorrel.enter() and untold() == 201

        assert office.json("seal", "reseal") == {"key": 2, "resealed": factors, "not_opened": 0}
        assert keys(office) == {1: 0, 2: factors + 1}
        assert office.json("seal", "reseal")["resealed"] == 0
        assert late.post("/me/totp/confirm", {"code": totp(late.secret, int(time.time()) // 30)}).status == 200

    office.ctl("seal", "remove", "1")
    assert list(keys(office)) == [2] and "\n1 " not in "\n" + open(key_file(office)).read()
    assert sorrel.enter() and dean.enter() and untold() == 201  # with the keys they have in memory
    told(office)
    assert sorrel.enter() and dean.enter() and untold() == 201
    office.daemon.stop()
    office.start_daemon()
    for person in (sorrel, dean):
        person.close()
        person.enter()
    assert ("seal_broken" not in office.daemon.text()) and [row for row in office.sql(
        "select detail ->> 'changed' from audit.event where action = 'sealed_change' order by event_id")] == [(str(factors),), ("0",)]


def test_what_does_not_open_stays_and_is_said(office, sorrel):
    before, newest = office.sql("select totp_secret from core.staff where staff_id = %s", (sorrel.staff_id,))[0][0], max(keys(office))
    office.ctl("seal", "add")
    office.sql("update core.staff set totp_secret = set_byte(totp_secret, 20, get_byte(totp_secret, 20) # 1) where staff_id = %s", (sorrel.staff_id,))
    done = office.ctl("seal", "reseal", check=False)
    assert done.returncode == 1 and "1 do not open" in done.stderr and keys(office)[newest] == 1, done
    assert office.ctl("seal", "remove", str(newest), check=False).returncode == 3
    office.sql("update core.staff set totp_secret = %s where staff_id = %s", (before, sorrel.staff_id))
    office.ctl("seal", "reseal")
    assert keys(office) == {newest: 0, newest + 1: keys(office)[newest + 1]} and sorrel.enter()


def test_no_secret_is_shown(office):
    said = "".join(office.ctl("seal", *words).stdout + office.ctl("seal", *words, "--json").stdout for words in (["list"], ["reseal"], ["add"]))
    for line in open(key_file(office)).read().split():
        assert len(line) < 64 or line not in said


def test_secrets_handed_over_by_the_service_manager(office, another_daemon, sorrel, tmp_path, monkeypatch):
    """Keys in a directory that was made for this start, readable by this user alone; the configuration names them and has no path of them."""
    for name in ("office.key", "server.key"):
        (tmp_path / name).write_bytes(open(f"{office.dir}/pki/{name}", "rb").read())
        (tmp_path / name).chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    _, port = another_daemon("credentials", {"office": {"secrets_key": "credential:office.key"}, "student": {"key": "credential:server.key"}})
    with OfficeClient(port, office.ca_file) as client:
        assert client.sign_in(sorrel.email, sorrel.password, sorrel.code()).status == 201
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    conf = f"{office.dir}/credentials.conf"
    assert office.ctl("--config", conf, "staff", "list").returncode == 0  # which needs none of them
    assert "made" not in office.ctl("--config", conf, "init", "--no-database").stdout and not os.path.exists(f"{office.dir}/credential:office.key")
    assert office.json("--config", conf, "seal", "list", "--file", key_file(office)) == office.json("seal", "list")
