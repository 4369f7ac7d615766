"""deploy/pg/private-cluster: what it promises to the demo and to every test."""

import getpass
import os
import shlex
import signal
import subprocess
import tempfile
import threading
import time

import psycopg
import pytest

CLUSTER = os.path.join(os.path.dirname(os.environ["SG_SQL_DIR"]), "deploy", "pg", "private-cluster")
ROOT = os.geteuid() == 0


def cluster(*args, check=True):
    done = subprocess.run([CLUSTER, *args], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 or not check, done.stderr
    return done


def status(folder):
    lines = cluster("status", folder, check=False).stdout.splitlines()
    return {key: "".join(shlex.split(value)) for key, value in (line.split("=", 1) for line in lines)}


def ask(folder, role="postgres", statement="select 1"):
    with psycopg.connect(f"{cluster('url', folder).stdout} user={role}", autocommit=True) as connection:
        return connection.execute(statement).fetchone()[0]


def tell(folder, *statements):
    with psycopg.connect(f"{cluster('url', folder).stdout} user=postgres", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def place():
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    yield os.path.join(folder, "pg")
    cluster("wipe", os.path.join(folder, "pg"))


def test_it_comes_up_with_the_settings_that_keep_what_is_committed(place):
    cluster("start", place)
    for setting, value in {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "listen_addresses": "", "server_encoding": "UTF8",
                           "lc_collate": "C", "data_checksums": "on", "log_error_verbosity": "terse"}.items():
        assert ask(place, statement=f"show {setting}") == value, setting
    state = status(place)
    assert state["state"] == "running" and (state["user"] == "postgres" if ROOT else state["user"] == getpass.getuser())
    assert os.stat(f"/proc/{state['pid']}").st_uid != 0


def test_starting_twice_keeps_the_one_that_runs(place):
    cluster("start", place)
    first = status(place)
    tell(place, "create table kept as select 1")
    cluster("start", place)
    assert status(place) == first
    cluster("stop", place)
    assert status(place)["state"] == "stopped"
    cluster("stop", place)
    cluster("start", place)
    assert ask(place, statement="select count(*) from kept") == 1


def test_two_who_start_it_at_once_get_one(place):
    os.makedirs(place)
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(cluster("start", place, check=False).returncode)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [0, 0, 0] and status(place)["state"] == "running"


def test_it_starts_again_at_once_after_a_kill(place):
    cluster("start", place)
    for _ in range(3):
        os.kill(int(status(place)["pid"]), signal.SIGKILL)
        time.sleep(0.1)
        cluster("start", place)
        assert ask(place) == 1


def test_only_those_in_the_map_come_in_and_as_roles_they_may_take(place):
    cluster("start", place)
    tell(place, "create role sg_student login", "create role stranger login")
    assert ask(place, "sg_student", "select current_user") == "sg_student"
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        ask(place, "stranger")
    if ROOT:
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "psql", "-XAtc", "select current_user"]
        url = cluster("url", place).stdout.strip()
        refused = subprocess.run([*as_nobody, f"{url} user=sg_student"], capture_output=True, text=True, cwd="/")
        assert refused.returncode == 2 and "Peer authentication failed" in refused.stderr
        cluster("start", place, "--map", "nobody")
        assert subprocess.run([*as_nobody, f"{url} user=sg_student"], capture_output=True, text=True, cwd="/").stdout == "sg_student\n"
        assert subprocess.run([*as_nobody, f"{url} user=postgres"], capture_output=True, text=True, cwd="/").returncode == 2
        cluster("start", place)
        assert subprocess.run([*as_nobody, f"{url} user=sg_student"], capture_output=True, text=True, cwd="/").returncode == 0


@pytest.mark.parametrize("name", ["x" * 90, "with blank, comma and 'quote'"])
def test_a_path_that_no_socket_could_have_gets_one_elsewhere(name):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        place = os.path.join(folder, name)
        said = cluster("start", place).stderr
        assert "it is kept in" in said and ask(place) == 1
        socket = status(place)["socket"]
        assert len(socket) < 60
        cluster("wipe", place)
        assert not os.path.exists(socket) and not os.path.exists(place)


@pytest.mark.skipif(not ROOT, reason="an ordinary user can enter its own directories")
def test_a_directory_the_user_cannot_enter_keeps_its_data_elsewhere():
    with tempfile.TemporaryDirectory() as folder:  # 0700
        place = os.path.join(folder, "pg")
        said = cluster("start", place).stderr
        data = status(place)["data"]
        assert "cannot enter" in said and os.path.dirname(data) in said and not data.startswith(folder) and ask(place) == 1
        cluster("wipe", place)
        assert not os.path.exists(os.path.dirname(data)) and not os.path.exists(place)


def test_what_it_does_not_know_it_says(place):
    assert cluster("status", place, check=False).returncode == 1 and status(place) == {"state": "absent"}
    assert cluster("url", place, check=False).returncode == 1
    assert cluster("frobnicate", place, check=False).returncode == 2
    assert cluster("start", check=False).returncode == 2
    assert cluster("stop", place, "--map", "nobody", check=False).returncode == 2
    cluster("stop", place)
    cluster("wipe", place)
    assert "examples" in cluster("--help").stdout


def test_wiping_deletes_nothing_that_it_did_not_make(place):
    cluster("start", place)
    with open(os.path.join(place, "mine"), "w") as file:
        file.write("mine")
    cluster("wipe", place)
    assert os.listdir(place) == ["mine"]
    os.remove(os.path.join(place, "mine"))
