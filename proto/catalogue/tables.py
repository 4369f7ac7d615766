"""Makes the C tables of the catalogue from instruments.csv and areas.csv, and refuses data that cannot be right.

    tables.py FOLDER OUTPUT.c

Runs at build time only. Whatever it refuses would otherwise be found by a student, so it checks more than it needs:
codes and numbers unique and well formed, scales and grades from the lists below, numbers finite and in range.
"""
import csv
import json
import math
import pathlib
import re
import sys

SCALES = {"epc": "SCALE_EPC", "percent": "SCALE_PERCENT", "three_digit": "SCALE_THREE_DIGIT",
          "nbme800": "SCALE_NBME800", "cbse_old": "SCALE_CBSE_OLD"}
GRADES = {"P", "S", "W", "C", "M", ""}
AXES = ("system", "discipline", "competency", "topic")
CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Wrong(Exception):
    pass


def rows(path, columns):
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if reader.fieldnames != columns:
            raise Wrong(f"{path.name}: columns must be {','.join(columns)}")
        for row in reader:
            if None in row or None in row.values():
                raise Wrong(f"{path.name}:{reader.line_num}: {len(columns)} cells expected")
            yield f"{path.name}:{reader.line_num}", row


def text(value):
    """A C string; JSON's quoting is C's for what passes the test."""
    if not value.isascii() or not value.isprintable():
        raise Wrong(f"not plain ASCII: {value!r}")
    return json.dumps(value)


def number(where, cell, low, high):
    if cell == "":
        return "NAN"
    value = float(cell)
    if not (math.isfinite(value) and low <= value <= high):
        raise Wrong(f"{where}: {cell} is not within {low} to {high}")
    return repr(value)


def code(where, value, seen):
    if not CODE.fullmatch(value) or value in seen:
        raise Wrong(f"{where}: {value!r} is taken or not of the form {CODE.pattern}")
    seen.add(value)
    return text(value)


def instruments(folder):
    seen = set()
    columns = "code,maker,name,scale,items,offset,slope,error_sd,familiarity,source,grade".split(",")
    for where, r in rows(folder / "instruments.csv", columns):
        if r["scale"] not in SCALES or r["grade"] not in GRADES:
            raise Wrong(f"{where}: scale or grade is not one we know")
        linked = [r[c] != "" for c in ("offset", "slope", "error_sd")]
        if any(linked) != all(linked):
            raise Wrong(f"{where}: offset, slope and error_sd are known together or not at all")
        items = int(r["items"] or 0)
        if not 0 <= items <= 1000:
            raise Wrong(f"{where}: items {items}")
        yield ", ".join([code(where, r["code"], seen), text(r["maker"]), text(r["name"]), SCALES[r["scale"]], str(items),
                         number(where, r["offset"], -1000, 1000), number(where, r["slope"], 0.01, 100),
                         number(where, r["error_sd"], 0.1, 1000), number(where, r["familiarity"], 0, 1000),
                         text(r["source"]), text(r["grade"])])


def areas(folder):
    codes, numbers = {axis: set() for axis in AXES}, set()
    columns = "number,axis,code,name,low_pct,high_pct,per_200,source".split(",")
    for where, r in rows(folder / "areas.csv", columns):
        n = int(r["number"])
        if not 1 <= n <= 255 or n in numbers or r["axis"] not in AXES:
            raise Wrong(f"{where}: number taken or out of 1 to 255, or axis unknown")
        numbers.add(n)
        yield ", ".join([str(n), text(r["axis"]), code(where, r["code"], codes[r["axis"]]), text(r["name"]),
                         number(where, r["low_pct"], 0, 100), number(where, r["high_pct"], 0, 100),
                         number(where, r["per_200"], 0, 200), text(r["source"])])


def table(kind, name, lines):
    body = "".join(f"    {{{line}}},\n" for line in lines)
    return (f"const struct {kind} {name}[] = {{\n{body}}};\n"
            f"const size_t {name}_n = sizeof({name}) / sizeof({name}[0]);\n")


def main():
    folder, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    try:
        made = ('/* Made from proto/catalogue/ by tables.py. */\n#include "proto/catalogue.h"\n\n#include <math.h>\n\n'
                + table("instrument", "catalogue_instruments", list(instruments(folder))) + "\n"
                + table("area", "catalogue_areas", list(areas(folder))))
    except (Wrong, ValueError, csv.Error) as wrong:
        sys.exit(f"catalogue: {wrong}")
    output.write_text(made, encoding="ascii")


if __name__ == "__main__":
    main()
