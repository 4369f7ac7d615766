"""The table of ASVS 5.0 (server/office/asvs.md) and the threat model (SECURITY.md) name tests, numbers and figures; all of them are true: each
test is there, each requirement stands once, the figures at the head are those of the rows. Nothing is started.
"""
import collections
import functools
import os
import re

import pytest

import peer

TESTS = f"{peer.ROOT}/tests"
STATES = ("test", "construction", "not applicable", "open")
# Of each section the numbers of levels 1 and 2 (ASVS 5.0.0, tag v5.0.0): "3.4" has 3.4.1 to 3.4.6.
WANTED = """
1.1 1-2; 1.2 1-9; 1.3 1-11; 1.4 1-3; 1.5 1-2; 2.1 1-3; 2.2 1-3; 2.3 1-4; 2.4 1; 3.2 1-2; 3.3 1-4; 3.4 1-6; 3.5 1-5; 3.7 1-2; 4.1 1-3; 4.2 1;
4.3 1-2; 4.4 1-4; 5.1 1; 5.2 1-3; 5.3 1-2; 5.4 1-3; 6.1 1-3; 6.2 1-12; 6.3 1-4; 6.4 1-4; 6.5 1-5; 6.6 1-3; 6.8 1-4; 7.1 1-3; 7.2 1-4;
7.3 1-2; 7.4 1-5; 7.5 1-2; 7.6 1-2; 8.1 1-2; 8.2 1-3; 8.3 1; 8.4 1; 9.1 1-3; 9.2 1-4; 10.1 1-2; 10.2 1-2; 10.3 1-4; 10.4 1-11; 10.5 1-5;
10.6 1-2; 10.7 1-3; 11.1 1-2; 11.2 1-3; 11.3 1-3; 11.4 1-4; 11.5 1; 11.6 1; 12.1 1-3; 12.2 1-2; 12.3 1-4; 13.1 1; 13.2 1-5; 13.3 1-2;
13.4 1-5; 14.1 1-2; 14.2 1-4; 14.3 1-3; 15.1 1-3; 15.2 1-3; 15.3 1-7; 16.1 1; 16.2 1-5; 16.3 1-4; 16.4 1-3; 16.5 1-3; 17.1 1; 17.2 1-4;
17.3 1-2"""
LEVEL_1, LEVELS_1_AND_2 = 70, 253
OF_LEVEL_3 = ["1.2.10", "3.4.8", "6.3.8", "7.5.3", "8.3.2", "14.2.7"]

Row = collections.namedtuple("Row", "number level what state how tests")


@functools.cache
def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def table(path):
    """The rows of a document that begin with a number of the standard."""
    for line in text(f"{peer.ROOT}/{path}").split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"\d+\.\d+\.\d+", cells[0]):
            yield Row(*cells)


def numbers(sections):
    for section, first, last in re.findall(r"(\d+\.\d+) (\d+)(?:-(\d+))?", sections):
        yield from (f"{section}.{n}" for n in range(int(first), int(last or first) + 1))


def named(document):
    """Every `path::test` that a document names."""
    return re.findall(r"`([\w./-]+\.(?:py|sql|c|mjs)|(?:lint|80faults|90package)/run)::([^`]+)`", document)


ROWS = list(table("server/office/asvs.md"))
DOCUMENTS = ["server/office/asvs.md", "SECURITY.md"]
NAMED = sorted({pair for document in DOCUMENTS for pair in named(text(f"{peer.ROOT}/{document}"))})


def is_there(path, name):
    if path == "80faults/run":  # a kind of fault
        return f'\n    "{name}": ' in text(f"{TESTS}/80faults/kinds.py")
    content = text(f"{TESTS}/{path}")
    if path == "90package/run":
        return f'\n  check "{name}" ' in content or f'\ncheck "{name}" ' in content
    if path.endswith(".sql"):
        return len(name.strip()) > 5 and name in content
    if path.endswith(".mjs"):
        return re.search(rf'\bstep\(\s*"{re.escape(name)}",', content)
    if path.endswith(".c"):
        return re.search(rf"^(?:static )?void {name}\(void \*\*\w+\) {{$", content, re.M) and len(re.findall(rf"\b{name}\b", content)) > 1
    return re.search(rf"^def {name}\(", content, re.M)


@pytest.mark.parametrize("path,name", NAMED, ids=map("::".join, NAMED))
def test_a_test_that_is_named_is_there(path, name):
    assert os.path.exists(f"{TESTS}/{path}"), path
    assert is_there(path, name)


def test_every_requirement_stands_once():
    assert len(list(numbers(WANTED))) == LEVELS_1_AND_2
    order = sorted([*numbers(WANTED), *OF_LEVEL_3], key=lambda number: [int(n) for n in number.split(".")])
    assert [row.number for row in ROWS] == order
    assert [row.number for row in ROWS if row.level == "3"] == OF_LEVEL_3
    assert sum(row.level == "1" for row in ROWS) == LEVEL_1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_a_row_is_whole(row):
    assert row.state in STATES and row.what and row.how
    assert bool(named(row.tests)) == (row.state == "test")
    assert len(named(row.tests)) == row.tests.count("::"), "a name is misspelt"
    for section in re.findall(r"\*([^*]+)\* below", row.how):
        assert f"\n### {section}\n" in text(f"{peer.ROOT}/server/office/asvs.md")


@pytest.mark.parametrize("name,levels", [("levels 1 and 2", "12"), ("of level 3", "3")])
def test_the_figures_at_the_head_are_those_of_the_rows(name, levels):
    counted = collections.Counter(row.state for row in ROWS if row.level in levels)
    figures = [counted[state] for state in STATES]
    assert f"| {name} | {' | '.join(map(str, figures))} | {sum(figures)} |\n" in text(f"{peer.ROOT}/server/office/asvs.md")


def test_the_threat_model_has_every_threat():
    assert re.findall(r"^\| (T\d+) \|", text(f"{peer.ROOT}/SECURITY.md"), re.M) == [f"T{n}" for n in range(1, 31)]
    for line in re.findall(r"^\| T\d+ \|.*$", text(f"{peer.ROOT}/SECURITY.md"), re.M):
        assert len(named(line)) == line.count("::") and (named(line) or "not yet" in line), line
