"""The brief's forms: the same bytes as ever, HTML by the standard and fit for mail, from nobody to 20,000 students."""
import csv
import io
import json
import os
import re
import shutil
import subprocess

import html5lib
import pytest

import documents
from forms import GOLDEN, HERE, golden_files, render

MAIL_BYTES, CLIPPED_BYTES = 100_000, 102_000  # ours; where Gmail folds the rest away
SIZES = [0, 1, 180, 20_000]


# ---- golden files -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", documents.SCHOOLS)
def test_forms_are_those_that_are_kept(name):
    with open(f"{GOLDEN}/{name}.json", "rb") as file:
        document = file.read()
    made = dict(golden_files({name: document}))
    for file_name, data in made.items():
        with open(f"{GOLDEN}/{file_name}", "rb") as file:
            assert data.decode() == file.read().decode(), f"{file_name} changed; see tests/35paper/renew"


def test_the_same_document_gives_the_same_bytes_in_any_locale_and_zone(tmp_path, monkeypatch):
    document = documents.brief(30, names=True)
    forms = ["mail", "html", "text", "csv", "json"]
    before = [render("brief", form, document, str(tmp_path)) for form in forms]
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("COLUMNS", "40")
    assert [render("brief", form, document, str(tmp_path)) for form in forms] == before


# ---- HTML -------------------------------------------------------------------------------------------------------------------------


def parsed(html):
    """Strict: the parser raises for everything that the standard calls an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html.decode("utf-8"))


def words(element):
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("names", [False, True])
@pytest.mark.parametrize("students", SIZES)
@pytest.mark.parametrize("kind", ["brief", "counts"])
def test_mail_is_html_by_the_standard_and_short_enough(kind, students, names, tmp_path):
    html = render(kind, "mail", documents.brief(students, names=names), str(tmp_path))
    assert len(html) <= MAIL_BYTES < CLIPPED_BYTES
    page = parsed(html)
    assert page.get("lang") == "en"
    levels = [int(element.tag[1]) for element in page.iter() if re.fullmatch("h[1-6]", str(element.tag))]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:]))
    for image in page.iter("img"):
        assert len(image.get("alt")) > 20 and image.get("src").startswith("cid:")
        assert (tmp_path / image.get("src")[4:]).stat().st_size > 1000
    assert len(list(page.iter("details"))) == len(list(page.iter("img"))) - len([i for i in page.iter("img") if "Students by state" in i.get("alt")])
    for table in page.iter("table"):
        assert all(th.get("scope") for th in table.iter("th"))
        assert len({len(list(row)) for row in table.iter("tr")}) == 1
    assert not {"script", "iframe", "object", "form", "link", "svg", "font", "center"} & {element.tag for element in page.iter()}


@pytest.mark.parametrize("form", ["mail", "html"])
def test_nothing_is_fetched_and_style_is_what_mail_programs_know(form, tmp_path):
    html = render("brief", form, documents.brief(40), str(tmp_path)).decode()
    assert not re.search(r"""(src|srcset|href)=["'](?!cid:|data:image/png;base64,)""", html)
    style = re.search(r"<style>(.*?)</style>", html, re.S)[1]
    for unknown in ["url(", "@import", "var(", "flex", "grid", "position:", "calc(", "!important", ":not(", " > ", "rem"]:
        assert unknown not in style, unknown
    assert "@media (prefers-color-scheme:dark)" in style and 'name="color-scheme" content="light dark"' in html
    assert "max-width:640px" in style


def test_states_are_shape_word_and_colour(tmp_path):
    page = parsed(render("brief", "mail", documents.brief(180), str(tmp_path)))
    marks = [element for element in page.iter("span") if (element.get("class") or "").startswith("state")]
    looks = {"risk": "▲ at risk", "borderline": "◆ borderline", "track": "● on track", "unknown": "▬ cannot say"}
    assert marks and all(words(mark) == looks[mark.get("class").split()[1]] for mark in marks)
    figures = [words(element) for element in page.iter("dt") if any(element in list(d) for d in page.iter("div"))]
    assert figures == list(looks.values())


def test_names_of_any_script_stand_by_themselves(tmp_path):
    document = documents.brief(60, names=True)
    page = parsed(render("brief", "mail", document, str(tmp_path)))
    said = {words(element) for element in page.iter("bdi")}
    wanted = {f"{document['names'][line['student_id']]} ({line['student_id']})" for each in document["lists"] for line in each["lines"]}
    assert wanted <= said  # also the name that looks like markup
    assert not [element for element in page.iter("b") if not element.findall("bdi") and not words(element)]


def test_a_long_list_says_how_many_more(tmp_path):
    document = documents.brief(20_000)
    html = render("brief", "mail", document, str(tmp_path)).decode()
    exams = next(each for each in document["lists"] if each["code"] == "exams")
    section = html[html.index(f"Exams in the next 30 days ({exams['n']:,})"):]
    section = section[:section.index("<h2", 10)]
    assert f"and {exams['n'] - section.count('<li>'):,} more" in section


def test_without_students_there_is_nobody(tmp_path):
    document = documents.brief(60, names=True)
    for form in ["mail", "text", "html"]:
        text = render("counts", form, document, str(tmp_path)).decode()
        text = re.sub(r"data:image/png;base64,[^\"]*|cid:[0-9a-f]*", "", text)
        for student, name in document["names"].items():
            assert student not in text and name not in text


def title_after(page, folder, *options):
    """The title that scripts gave a page in Chromium."""
    chromium = shutil.which("chromium") or pytest.skip("no Chromium")
    run = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--virtual-time-budget=10000",
                          f"--user-data-dir={folder}/profile", *options, "--dump-dom", f"file://{folder}/{page}"], capture_output=True, text=True, timeout=120)
    return re.search("<title>(.*?)</title>", run.stdout)[1]


@pytest.mark.parametrize("width", [320, 640])
def test_it_reflows_on_a_phone(width, tmp_path):
    (tmp_path / "brief.html").write_bytes(render("brief", "html", documents.brief(180, names=True)))
    look = "with(contentDocument.documentElement)document.title=scrollWidth-clientWidth"  # what stands beyond the edge
    (tmp_path / "frame.html").write_text(f'<iframe src="brief.html" style="width:{width}px;height:800px;border:0" onload="{look}"></iframe>')
    assert title_after("frame.html", tmp_path) == "0"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["brief", "counts"])
def test_axe_finds_no_barrier(kind, theme, tmp_path):
    axe = f"{os.path.dirname(HERE)}/65browser/node_modules/axe-core/axe.min.js"
    if not os.path.exists(axe):
        pytest.skip("axe is not there: 65browser brings it")
    look = 'axe.run().then(r=>document.title=r.passes.length+" passed: "+r.violations.map(v=>v.id))'
    page = render(kind, "html", documents.brief(60, names=True)).decode().replace("</body>", f'<script src="{axe}"></script><script>{look}</script></body>')
    (tmp_path / "brief.html").write_text(page)
    title = title_after("brief.html", tmp_path, f"--blink-settings=preferredColorScheme={['dark', 'light'].index(theme)}")
    assert re.fullmatch(r"\d\d passed: ", title), title


# ---- text, CSV, JSON --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("students", SIZES)
def test_text_tells_every_line(students):
    document = documents.brief(students)
    text = re.sub(r"\s+", " ", render("brief", "text", document).decode())
    for each in document["lists"]:
        assert (f"{each['title']} ({each['n']:,})" in text) == (each["n"] > 0)
        for line in each["lines"]:
            assert f"{line['student_id']} (" in text and line["text"] in text  # \s is also the blank that does not break
    empty = [each["title"] for each in document["lists"] if each["n"] == 0]
    assert f"Nobody in: {', '.join(empty)}." in text


@pytest.mark.parametrize("students", SIZES)
def test_csv_has_a_row_for_each_line(students):
    document = documents.brief(students, names=True)
    data = render("brief", "csv", document)
    assert data.count(b"\r\n") == data.count(b"\n")
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    lines = [(each["code"], line) for each in document["lists"] for line in each["lines"]]
    assert [(row["list"], row["student"], row["sentence"]) for row in rows[:len(lines)]] == [(code, line["student_id"], line["text"]) for code, line in lines]
    for row, (_, line) in zip(rows, lines):
        assert float(row["p"]) == line["p"] and int(row["days_to_exam"]) == line["days_to_exam"]
        assert (row["state"], row["exam_day"]) == (line["state"], line["exam_day"])
        assert row["name"].removeprefix("'") == document["names"][line["student_id"]]
    assert len(rows) == len(lines) + sum(len(document[key]) for key in ("imports", "feeds", "did_not_run"))


def test_a_name_is_no_formula():
    document = documents.brief(1, names=True)
    document["lists"][0].update(n=1, lines=[{"student_id": "1000", "text": "=HYPERLINK(\"x\")"}])
    document["names"]["1000"] = "＝cmd|' /C calc'!A0"
    row = next(csv.DictReader(io.StringIO(render("brief", "csv", document).decode(), newline="")))
    assert (row["name"], row["sentence"]) == ("'＝cmd|' /C calc'!A0", "'=HYPERLINK(\"x\")")


def test_json_is_the_document_with_sorted_keys():
    document = documents.brief(60, names=True)
    text = render("brief", "json", document).decode()
    assert json.loads(text) == document
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("text", [b"[]", b'"brief"', b"17", b"null", b"{"])
def test_what_is_no_document_is_refused(text):
    tool = os.environ["SG_BUILD"] + "/tests/paper_tool"
    run = subprocess.run([tool, "brief", "text"], input=text, capture_output=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (1, b"", b"E_DATA\n")


@pytest.mark.parametrize("students", SIZES)
def test_pdf_takes_names_of_any_script(students):
    data = render("brief", "pdf", documents.brief(students, names=True))
    assert data.startswith(b"%PDF-1.") and data.rstrip().endswith(b"%%EOF")


# ---- a night as the office sees its own part -----------------------------------------------------------------------------------------


def test_somebody_who_sees_only_some_students_gets_no_figures_of_the_school():
    document = {**documents.brief(60), "own": True, "students": None, "assessed": None, "waiting": None, "counts": None, "before": None,
                "trend": [], "exams_by_week": [], "imports": [], "told": None, "evaluated": None}
    text = render("brief", "text", document).decode()
    assert "Your own students." in text and "New (1)" in text
    for absent in ["at risk  ", "wait in the queue", "No file came in", "Evaluated", "Told", "Night by night"]:
        assert absent not in text
