"""Documents from the shell: a packet of two pages, a class, a bundle; what is in them, what is not, and how the pages are laid."""
import csv
import datetime
import io
import json
import os
import re
import stat
import subprocess
import unicodedata
import zoneinfo

import pytest

from conftest import ROSTER

ZONE = zoneinfo.ZoneInfo("America/New_York")
NOW = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)  # programs know no other day than today
TODAY = NOW.astimezone(ZONE).date()
DAY = datetime.timedelta(days=1)
LETTER, A4 = (612, 792), (595, 842)
SIDE, TOP = 46, 38  # nothing is printed nearer to the edges, in points
NAMES = {"1001": ("Viridian", "Hackberry"), "1002": ("عبد الرحمن", "الخوارزمي"), "1003": ("慕容", "雪村"),
         "1004": ("विरिडियन", "हैकबेरी"),
         "1005": ("Maximiliana Wilhelmine Adalberta", "Hackberry-Featherstonehaugh-Cholmondeley von und zu Tiefenbrunn-Oberstetten")}


def poppler(tool, path, *options):
    return subprocess.run([tool, *options, path, *(["-"] if tool == "pdftotext" else [])], check=True, capture_output=True, text=True).stdout


def pages(path):
    return int(re.search(r"^Pages: +(\d+)", poppler("pdfinfo", path), re.M)[1])


def words(path):
    """Each word of the pages with the page it is on and its box."""
    page, found = 0, []
    for line in poppler("pdftotext", path, "-bbox").splitlines():
        page += "<page " in line
        box = re.match(r' *<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)</word>', line)
        if box:
            found.append((page, *map(float, box.groups()[:4]), box[5]))
    return found


def outline(path):
    """The titles of the bookmarks, as the file has them: plain, or UTF-16 in hexadecimal digits."""
    titles = re.findall(rb"/Title (?:\((.*)\)|<FEFF([0-9A-F]*)>)\n +/Parent", open(path, "rb").read())
    return [plain.decode() or bytes.fromhex(coded.decode()).decode("utf-16-be") for plain, coded in titles]


class Papers:
    def __init__(self, office, directory):
        self.office, self.directory, self.n = office, directory, 0

    def __call__(self, *argv, form="pdf", check=True):
        self.n += 1
        path = str(self.directory / f"{self.n}.{form}")
        done = self.office.report("paper", *argv, "--form", form, "--out", path, check=check)
        return path if check else done


@pytest.fixture(scope="module")
def papers(offices, tmp_path_factory):
    """A school on a day that does not pass: five students, one with thirty results, a night, a case with contacts."""
    office = offices
    office.nobody()
    office.sql(f"alter database stepguard set sg.now = '{NOW.isoformat()}'")
    office.ctl("roster", "import", office.csv("roster.csv", ROSTER, [
        {"student_id": id, "given_name": given, "family_name": family, "class_year": 2028, "track": "us_md",
         "email": f"{id}@students.example", "adviser_email": "ida@school.example"} for id, (given, family) in NAMES.items()]))
    plans = [{"student_id": id, "attempt": 1, "planned_on": day.isoformat()} for id, day in (("1001", TODAY + 19 * DAY), ("1003", TODAY))]
    office.ctl("plans", "import", office.csv("plans.csv", list(plans[0]), plans))
    for i in range(30):
        office.result("1001", NOW - (3 + 6 * i) * DAY, 63 - i / 3, form=str(40 - i))
    office.result("1003", NOW - 3 * DAY, 70)
    office.sql("""insert into core.staff (school_id, email, name, roles, status)
                  select school_id, 'ida@school.example', 'Saffron Alder', '{adviser}', 'active' from core.school on conflict do nothing""")
    office.sql("""insert into core.case_file (school_id, student_id, attempt, state, state_since, state_why, severity, opened_at, owner_id)
                  select s.school_id, s.student_id, 1, 'in_progress', core.now() - interval '9 days', 'x', 4, core.now() - interval '20 days', p.staff_id
                    from core.student s join core.staff p using (school_id) where s.external_id = '1001'""")
    office.sql("""insert into core.case_contact (school_id, case_id, student_id, staff_id, at, on_day, channel, outcome, sentence)
                  select c.school_id, c.case_id, c.student_id, c.owner_id, core.now(), core.now()::date - 5, 'in_person', 'met', 'in confidence'
                    from core.case_file c""")
    office.report("--out", str(tmp_path_factory.mktemp("nights")))
    office.ctl("assess-all")
    yield Papers(office, tmp_path_factory.mktemp("papers"))
    office.sql("alter database stepguard reset sg.now")


def test_a_packet_is_two_pages_in_reading_order(papers):
    path = papers("packet", "1001")
    text = poppler("pdftotext", path)
    assert pages(path) == 2 and stat.S_IMODE(os.stat(path).st_mode) == 0o640
    order = ["Viridian Hackberry", "Committee packet", "Readiness over time", "Readiness is 6", "P(pass), and why", "Were the exam on", "Results",
             "and 16 more", "Weakest areas", "Clearance", "Plan and attempts", "Case and contacts", "in person: met (Saffron Alder)",
             "Decision of the committee", "2 of 2"]
    places = [text.index(one) for one in order]
    assert places == sorted(places)
    assert "in confidence" not in text and "1001@students.example" not in text
    assert all(f"{n} of 2" in text for n in (1, 2)) and text.count("34 CFR 99.33") == 2


def test_what_the_file_says_of_itself(papers):
    path = papers("packet", "1001")
    info = dict(line.split(":", 1) for line in poppler("pdfinfo", path).splitlines() if ":" in line)
    assert info["Title"].strip() == "Viridian Hackberry" and info["Tagged"].strip() == "yes" and info["Creator"].strip() == "Stepguard"
    assert NOW.strftime("%a %b %e %H:%M:%S %Y") in info["CreationDate"]
    assert outline(path) == ["Readiness over time", "P(pass), and why", "Results", "Weakest areas", "Clearance", "Plan and attempts", "Case and contacts",
                             "Decision of the committee"]
    tree = poppler("pdfinfo", path, "-struct-text")
    found = [line.split()[0].rstrip(":") for line in tree.splitlines() if line.strip() and not line.strip().startswith('"')]
    assert found[0] == "Document" and found[1] == "H1"
    assert {"H2", "P", "Figure", "Table", "TR", "TH", "TD", "L", "LI", "Lbl", "LBody"} <= set(found)
    assert "/Scope /Column" in tree and "/Scope /Row" in tree
    assert subprocess.run(["qpdf", "--check", path], capture_output=True).returncode == 0
    assert b"/Lang (en)" in open(path, "rb").read()
    assert '"Results"' in tree and "34 CFR" not in tree  # the foot is heard by nobody


def test_the_same_bytes_twice(papers):
    assert open(papers("packet", "1001"), "rb").read() == open(papers("packet", "1001"), "rb").read()


@pytest.mark.parametrize("student", sorted(NAMES))
@pytest.mark.parametrize("size", ["letter", "a4"])
def test_any_name_stands_on_the_page(papers, student, size):
    path = papers("packet", student, "--size", size)
    width, height = LETTER if size == "letter" else A4
    found = words(path)
    assert {page for page, *_ in found} == set(range(1, pages(path) + 1))
    assert all(SIDE <= x1 < x2 <= width - SIDE and TOP <= y1 < y2 <= height - 18 for _, x1, y1, x2, y2, _ in found)
    said = unicodedata.normalize("NFKC", poppler("pdftotext", path))
    assert all(len(set(part) - set(said)) == 0 for part in NAMES[student])


def test_no_glyph_is_missing(papers):
    """A font without a letter would leave a box, whose glyph has no letter: fonts of the scripts are in the file."""
    for student, font in ("1002", "NotoSansArabic"), ("1003", "NotoSansCJK"), ("1004", "NotoSansDevanagari"):
        assert font in poppler("pdffonts", papers("packet", student))


def test_redacted(papers):
    text = poppler("pdftotext", papers("packet", "1001", "--redacted"))
    assert "Committee packet, redacted" in text and "Results" in text
    assert not re.search("Saffron|ida@school|Case and contacts|in person", text)


def test_every_form_of_one_document(papers):
    document = json.load(open(papers("packet", "1001", form="json")))
    assert document["student"]["student_id"] == "1001" and document["results_n"] == 30
    for form in ("txt", "html"):
        text = open(papers("packet", "1001", form=form), encoding="utf-8").read()
        assert "CBSSA 40" in text and "and 16 more" in text and "34 CFR 99.33" in re.sub(r"\s+", " ", text)
    rows = list(csv.DictReader(io.StringIO(open(papers("packet", "1001", form="csv"), encoding="utf-8").read())))
    results = [row for row in rows if row["what"] == "result"]
    assert len(results) == 30 and (results[0]["name"], results[0]["form"], float(results[0]["value"]), results[0]["unit"]) == ("cbssa", "40", 63, "epc")
    assert all(row["student_id"] == "1001" and "34 CFR 99.33" in row["notice"] for row in rows)


def test_p_today_is_what_the_engine_says_of_who_sits_today(papers):
    """The database works it out from readiness; of an exam that is today the engine has said it itself."""
    assessment = json.load(open(papers("packet", "1003", form="json")))["assessment"]
    assert assessment["exam_day"] == TODAY.isoformat() and assessment["results_used"] == 1 and 0.5 < assessment["p"] < 1
    for bound in "p", "p_low", "p_high":
        assert abs(assessment["today"][bound] - assessment[bound]) < 0.001


def test_a_class_names_nobody(papers):
    path = papers("class", "2028")
    text = poppler("pdftotext", path)
    assert "Class of 2028" in text and "Beside earlier classes" in text and "hidden" in text
    assert not any(part in text for name in NAMES.values() for part in name) and "1001" not in text


def test_a_bundle_names_nobody_and_says_what_it_means(papers):
    path = papers("accreditation", "--from", "2026-07-01", "--to", "2027-06-30")
    text = poppler("pdftotext", path)
    assert "Jul 1, 2026 to Jun 30, 2027" in text.replace("\u00a0", " ") and "What the figures mean" in text and "Outcomes by risk band" in text
    assert not any(part in text for name in NAMES.values() for part in name) and "1001" not in text
    document = json.load(open(papers("accreditation", "--from", "2026-07-01", "--to", "2027-06-30", form="json")))
    assert document["students"]["n"] is None and document["small_cell"] == 10  # five students are few


def test_each_leaves_a_line_on_the_trail(papers):
    papers("packet", "1002")
    papers("class", "2028")
    papers("accreditation", "--from", "2026-07-01", "--to", "2027-06-30")
    lines = papers.office.sql("select actor, action, cardinality(students) from audit.event order by event_id desc limit 3")
    assert [line[1:] for line in lines] == [("paper_accreditation", 0), ("paper_class", 0), ("paper_packet", 1)]
    assert all(line[0].startswith("sg_report") for line in lines)


@pytest.mark.parametrize("argv, code, said", [
    (("packet", "nobody"), 1, 'there is no student "nobody"'),
    (("class", "1999"), 1, 'there is no class "1999"'),
    (("class", "next"), 2, '"next" is no class year'),
    (("packet",), 2, "the student's id"),
    (("accreditation",), 2, "which period?"),
    (("accreditation", "--from", "2027-02-01", "--to", "2027-01-01"), 2, "which period?"),
    (("accreditation", "--from", "2020-02-01", "--to", "2027-01-01"), 1, "the period must be"),
    (("poem",), 2, "which document?"),
    (("packet", "1001", "--size", "a5"), 2, 'no paper "a5"'),
])
def test_what_cannot_be_had_is_said(papers, argv, code, said):
    done = papers(*argv, check=False)
    assert (done.returncode, done.stdout) == (code, "") and said in done.stderr, done


def test_standard_output(papers):
    done = papers.office.report("paper", "packet", "1001", "--form", "txt")
    assert "Viridian Hackberry" in done.stdout and done.stderr == ""
