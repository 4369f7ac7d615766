"""A full disk under the database: a typed, readable answer, no row lost, and everything goes on once there is room."""
import os
import subprocess

import pytest

from house import wait_for
from peer import pb, result

DISK_MIB = 64


@pytest.fixture
def small_disk(tmp_path):
    """A real file system that really is that small."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small file system")
    where = tmp_path / "disk"
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=0777", "none", where], check=True)
    yield where
    subprocess.run(["umount", "-l", where], check=True)


def move_database(house, where):
    """The tables go to the small disk; the log of PostgreSQL stays on the large one, as on a well-kept server."""
    space = where / "space"
    space.mkdir()
    os.chmod(space, 0o700)
    os.chown(space, os.stat(house.sql("show data_directory")[0][0]).st_uid, -1)
    for parent in where.parents:
        if os.stat(parent).st_mode & 0o001 == 0 and str(parent).startswith("/tmp"):
            os.chmod(parent, os.stat(parent).st_mode | 0o011)
    house.daemon.stop()
    house.sql(f"create tablespace small location '{space}'")
    house.sql("alter database stepguard set tablespace small", database="postgres")
    house.start_daemon()


def fill(where):
    """Takes the rest of the disk; gives the file to remove."""
    ballast = where / "ballast"
    with open(ballast, "wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12, 1 << 9):
            try:
                while True:
                    out.write(b"\0" * size)
            except OSError:
                continue
    return ballast


def test_a_full_disk_is_said_and_got_over(house, small_disk):
    device = house.new_student("full")
    other = house.new_student("full-other")
    move_database(house, small_disk)
    told = {}
    with device.connect(house.student_port) as connection:
        assert connection.hello().WhichOneof("body") == "welcome"
        ballast = fill(small_disk)
        faults = set()
        for _ in range(200):
            rows = [result(sub_area=list(range(1, 12)), sub_items=[10] * 11, sub_correct=[7] * 11) for _ in range(200)]
            answer = connection.upload(*rows)
            if answer.WhichOneof("body") == "fault":
                faults.add(answer.fault.code)
                assert answer.fault.retry == pb.RETRY_LATER and not answer.fault.closing
                break
            told.update({row.result_id: status for row, status in zip(rows, answer.upload_receipt.status)})
        assert faults == {pb.FAULT_STORAGE_FULL}, "the disk never became full"
        with other.connect(house.student_port) as second:
            assert second.hello().WhichOneof("body") in ("welcome", "fault"), "others are answered too"
        os.remove(ballast)

        def receipt():
            answer = connection.upload(*rows)
            return answer.WhichOneof("body") == "upload_receipt" and answer.upload_receipt

        stored = wait_for(receipt, "a receipt once there is room")
    assert all(status in (pb.ROW_STORED, pb.ROW_IDENTICAL) for status in stored.status)
    ids = {row.result_id for row in rows} | set(told)
    assert len(house.stored("full")) == len(ids)
