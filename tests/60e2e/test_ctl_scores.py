"""Official scores from the shell beside what students reported of the same sittings: what a night and a student's estimate rest on."""
import json

import pytest

DAY = "2026-09-10"
COLUMNS = ["student_id", "instrument", "form", "taken_on", "score"]


@pytest.fixture
def told(office):
    """Two who are alike but that the first reported the CBSE, too: three points less, the evening before as a clock in Europe says it."""
    office.students("told", "silent")
    for student in ("told", "silent"):
        office.result(student, "2026-09-01 12:00Z", 58)
        office.result(student, "2026-09-20 12:00Z", 63, form="31")
    office.result("told", f"{DAY} 02:00Z", 62, "cbse", "")
    return office


def load(office, *options, **scores):
    rows = [{"student_id": student, "instrument": "cbse", "taken_on": DAY, "score": score} for student, score in scores.items()]
    return office.ctl("scores", "import", office.csv("cbse.csv", COLUMNS, rows), *options).stdout


def estimates(office):
    """As a night makes them: what each rests on, and says."""
    office.ctl("assess-all", "--as-of", "2026-10-01")
    return dict(office.sql("select s.external_id, row(a.results_used, a.p, a.readiness_mean, a.readiness_sd)::text from core.assessment a"
                           " join core.student s using (school_id, student_id)"))


def test_a_score_counts_once(told):
    alone = estimates(told)
    assert alone["told"] != alone["silent"]
    load(told, told=65, silent=65)
    both = estimates(told)
    assert both["told"] == both["silent"] and both["told"].startswith("(3,")  # to the last bit
    number = json.loads(told.ctl("import", "list", "--json").stdout)[0]["import_id"]
    told.ctl("import", "undo", str(number))
    assert estimates(told) == alone
    assert told.count("core.result", "device_id <> 0") == 5  # nothing is gone


def test_the_difference_is_told_before_and_after(told):
    dry = load(told, "--dry-run", told=65, silent=65)
    assert "reported     1" in dry and "differing    1" in dry and "differences: line 2: the student reported 62 (-3)" in dry
    counts = json.loads(load(told, "--json", told=65, silent=65))["counts"]
    assert (counts["new"], counts["reported"], counts["differing"], counts["differences"]) == (2, 1, 1, ["line 2: the student reported 62 (-3)"])
    assert json.loads(load(told, "--json", told=65, silent=65))["counts"]["reported"] == 0  # no news
    trail = told.sql("select detail::text from audit.event where action = 'scores_import' order by event_id desc limit 2")
    assert "62" not in trail[1][0] and '"differing": 1' in trail[1][0]
