"""Documents through paper_tool, and what is kept of them in golden/. `tests/35paper/renew` writes the golden files anew."""
import json
import os
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = f"{HERE}/golden"


def render(kind, form, document, directory=None):
    """The bytes of a form; its pictures go into a directory."""
    command = [os.environ["SG_BUILD"] + "/tests/paper_tool", kind, form, *([directory] if directory else [])]
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    run = subprocess.run(command, input=text, capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def golden_files(schools):
    """Name and bytes of each golden file, made anew: the document, and every form of it."""
    with tempfile.TemporaryDirectory() as pictures:
        for name, document in schools.items():
            yield f"{name}.json", render("brief", "json", document)
            for kind, form, ending in [("brief", "mail", "html"), ("brief", "text", "txt"), ("brief", "csv", "csv"),
                                       ("counts", "mail", "counts.html"), ("counts", "text", "counts.txt")]:
                yield f"{name}.{ending}", render(kind, form, document, pictures)
