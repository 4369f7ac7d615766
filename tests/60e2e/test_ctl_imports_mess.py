"""Files as they come: each kind of import against each kind of mess. What can be read is read, what cannot is named with line, column and remedy."""
import json

import pytest

# kind, header, a good row for student N, what a good row leaves behind
KINDS = {
    "roster": (["student_id", "family_name", "class_year", "dedicated_start"], ["{id}", "{name}", "2028", "2027-01-04"],
               "select external_id from core.student where family_name <> 'nobody' order by 1"),
    "plans": (["student_id", "attempt", "planned_on", "taken_on"], ["{id}", "1", "2027-01-04", ""],
              "select distinct s.external_id from core.plan_change p join core.student s using (school_id, student_id) order by 1"),
    "scores": (["student_id", "instrument", "form", "taken_on", "score"], ["{id}", "cbse", "{name}", "2026-01-05", "61"],
               "select distinct s.external_id from core.result r join core.student s using (school_id, student_id) order by 1"),
    "advisers": (["student_id", "adviser_email", "from", "until"], ["{id}", "adviser@school.example", "", "2099-01-04"],
                 "select distinct s.external_id from core.ground g join core.student s using (school_id, student_id) order by 1"),
}  # fmt: skip
DAY = {"roster": 3, "plans": 2, "scores": 3, "advisers": 3}  # the column of a day


@pytest.fixture(autouse=True)
def people(office):
    with open(f"{office.dir}/people.csv", "w", encoding="utf-8") as out:
        out.write("student_id,family_name\n" + "".join(f"{n:05d},nobody\n" for n in range(1, 60)))
    office.ctl("roster", "import", f"{office.dir}/people.csv")
    office.sql("insert into core.staff (school_id, email, name, roles, status) select school_id, 'adviser@school.example', 'Ecru Elm', '{adviser}', 'active'"
               " from core.school on conflict do nothing")


def row(kind, number, name="A", **cells):
    given = [cell.format(id=f"{number:05d}", name=name) for cell in KINDS[kind][1]]
    for column, cell in cells.items():
        given[KINDS[kind][0].index(column)] = cell
    return given


def text_of(kind, rows, separator=",", end="\n", header=None):
    lines = [header or KINDS[kind][0], *rows]
    return "".join(separator.join('"' + cell.replace('"', '""') + '"' if '"' in cell or separator in cell else cell for cell in line) + end
                   for line in lines)  # fmt: skip


def imported(office, kind, data):
    path = f"{office.dir}/mess.csv"
    with open(path, "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())
    done = office.ctl(kind, "import", path, "--json", "--past-brake", "a test", check=False)
    answer = json.loads(done.stdout) if done.stdout else None
    for finding in answer["findings"] if answer else []:
        assert finding["file"] == path and finding["reason"] and (finding["remedy"] or finding["warning"])
    return answer, done.returncode, done.stderr


def came(office, kind):
    return [row[0] for row in office.sql(KINDS[kind][2])]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mess", ["bom", "crlf", "cr", "quotes", "no_end", "header_case", "blank_lines", "order", "long_row_of_commas"])
def test_what_is_read_all_the_same(office, kind, mess):
    rows, header = [row(kind, 7, '木村 "the" Ωmega'), row(kind, 8, "Мария")], list(KINDS[kind][0])
    data = text_of(kind, rows)
    if mess == "bom":
        data = "\ufeff" + data
    elif mess in ("crlf", "cr"):
        data = text_of(kind, rows, end={"crlf": "\r\n", "cr": "\r"}[mess])
    elif mess == "quotes":
        data = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in [header, *rows])
    elif mess == "no_end":
        data = data.rstrip("\n")
    elif mess == "header_case":
        data = text_of(kind, rows, header=[name.upper().replace("_", " ") for name in header])
    elif mess == "blank_lines":
        data = data.replace("\n", "\n\n \n")
    elif mess == "order":
        data = text_of(kind, [line[::-1] for line in rows], header=header[::-1])
    elif mess == "long_row_of_commas":
        data = data.rstrip("\n") + ",,,,,,\n"
    answer, code, stderr = imported(office, kind, data)
    assert code == 0, stderr
    assert came(office, kind) == ["00007", "00008"] and answer["refused"] == 0
    assert all(column["header"] for column in answer["header"] if column["required"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data, words", [
    (lambda text: text.encode("utf-16"), "UTF-16"),
    (lambda text: text.replace(",", ";").encode(), "semicolons"),
    (lambda text: text.replace(",", "\t").encode(), "tabs"),
    (lambda text: b"", "empty"),
    (lambda text: text.replace("student_id", "matricule").encode(), "student_id"),
    (lambda text: b"PK\x03\x04" + b"\0" * 40, ""),
], ids=["utf_16", "semicolons", "tabs", "empty", "another_header", "a_spreadsheet"])  # fmt: skip
def test_what_cannot_be_read_at_all(office, kind, data, words):
    answer, code, stderr = imported(office, kind, data(text_of(kind, [row(kind, 7)])))
    assert code in (1, 3) and answer is None and words in stderr and came(office, kind) == []


@pytest.mark.parametrize("kind", KINDS)
def test_one_bad_row_of_each_sort_beside_good_ones(office, kind):
    day = KINDS[kind][0][DAY[kind]]
    lines = [text_of(kind, [row(kind, 7)]).splitlines()[0].encode()]
    bad = {"latin_1": ",".join(row(kind, 11, "M")).encode().replace(b",", b"\xfc,", 1), "nul": ",".join(row(kind, 12)).encode().replace(b",", b"\0,", 1),
           "excel_day": ",".join(row(kind, 13, **{day: "1/4/2027"})).encode(), "excel_number": ",".join(row(kind, 14, **{day: "46391"})).encode(),
           "no_id": ",".join(row(kind, 15, student_id="")).encode(), "open_quote": ",".join(row(kind, 16)).encode().replace(b",", b',"', 1),
           "too_many": ",".join(row(kind, 17)).encode() + b",x,y", "twice": ",".join(row(kind, 1)).encode()}  # fmt: skip
    for number, data in enumerate(bad.values(), 1):
        lines += [",".join(row(kind, number)).encode(), data]
    answer, code, _ = imported(office, kind, b"\n".join(lines) + b"\n")
    good = [f"{n:05d}" for n in range(1, len(bad) + 1)]
    assert code == 1 and came(office, kind) == good
    told = {f["line"]: f for f in answer["findings"] if not f["warning"]}
    assert set(told) == set(range(3, 3 + 2 * len(bad), 2)), told
    assert "2027-01-31" in told[7]["remedy"] and told[7]["column"] == day and told[7]["value"] == "1/4/2027"
    assert "line 2 already" in told[17]["reason"] and "UTF-8" in told[3]["remedy"]


@pytest.mark.parametrize("kind", KINDS)
def test_forty_garbled_rows_beside_one_good(office, kind):
    garbled = [row(kind, 20 + n, **{KINDS[kind][0][DAY[kind]]: "#REF!"}) for n in range(20)] + [["\u202e", "#N/A", "", ""] for _ in range(20)]
    garbled.insert(17, row(kind, 9))
    answer, code, _ = imported(office, kind, text_of(kind, garbled))
    assert code == 1 and came(office, kind) == ["00009"] and (answer["good"], answer["refused"]) == (1, 40)


@pytest.mark.parametrize("kind", KINDS)
def test_zeros_in_front_are_part_of_an_id(office, kind):
    answer, code, _ = imported(office, kind, text_of(kind, [row(kind, 7), row(kind, 8, student_id="8")]))
    if kind == "roster":
        assert code == 0 and came(office, kind) == ["00007", "8"]
    else:
        assert code == 1 and came(office, kind) == ["00007"]
        assert [(f["line"], f["column"], f["reason"]) for f in answer["findings"]] == [(3, "student_id", "is nobody on the roster")]
