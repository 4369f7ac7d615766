"""The study of study.py, short: a small class for each law. SG_LONG=1 takes the whole one (minutes)."""

import os

import pytest
import study

LONG = bool(os.environ.get("SG_LONG"))
STUDENTS = 1500 if LONG else 160


@pytest.mark.parametrize("law", study.LAWS)
def test_classes_that_grow_by_another_law(model, law):
    rows = study.figures(law, STUDENTS, 1, model, {})
    print("\n" + study.HEAD, *(study.LINE.format(**row) for row in rows), sep="\n")
    for row in rows:
        for other in ("loss_base", "loss_last", "loss_projection"):
            assert row["loss"] < row[other], (row["days"], other)
        assert 0.62 <= row["coverage"] <= 0.92 and abs(row["bias"]) < 3.5
    regression = sum(row["loss_regression"] for row in rows)
    assert sum(row["loss"] for row in rows) < regression
    assert rows[-1]["auc"] > 0.9  # a week before the exam
    if LONG:
        assert all(0.8 <= row["slope"] <= 1.4 for row in rows)
