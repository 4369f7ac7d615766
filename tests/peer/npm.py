"""Scripts for Node that tests start, with what they need from npm: only what the lock file beside them names, once per build directory."""
import fcntl
import os
import shutil
import subprocess


def installed(source, where, *scripts):
    """The directory `where` with the scripts of `source` and their packages beside them."""
    os.makedirs(where, exist_ok=True)
    with open(os.path.join(where, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("package.json", "package-lock.json", *scripts):
            shutil.copy(os.path.join(source, name), where)
        with open(os.path.join(source, "package-lock.json")) as wanted:
            text = wanted.read()
        mark = os.path.join(where, "installed.json")
        if not os.path.exists(mark) or open(mark).read() != text:
            done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=where, capture_output=True, text=True)
            assert done.returncode == 0, f"npm ci: {done.stdout}{done.stderr}"
            with open(mark, "w") as out:
                out.write(text)
    return where
