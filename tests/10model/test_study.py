"""The bars of the risk model on classes that grow by laws it does not have: a pinned, small run. SG_LONG=1 takes the whole study."""

import os

import bars
import exact
import numpy as np
import pytest
import study

LONG = bool(os.environ.get("SG_LONG"))
STUDENTS, SEEDS = (1500, ("r1", "r2", "r3", "r4", "q1", "q2", "q3", "q4")) if LONG else (150, ("r1", "r2"))


def table(law, model):
    rows = list(study.figures(law, STUDENTS, SEEDS, model, {}))
    print("\n" + study.HEAD, *(study.LINE.format(**row) for row in rows), sep="\n")
    return rows


def beats_the_simpler_ways(rows):
    for row in rows:
        for other in ("loss_base", "loss_last", "loss_projection"):
            assert row["loss"] < row[other], (row["days"], other)
        assert row["loss"] < row["loss_regression"] or not LONG, row["days"]
    assert sum(row["loss"] for row in rows) < sum(row["loss_regression"] for row in rows)


@pytest.mark.parametrize("law", study.LAWS)
def test_classes_that_grow_by_another_law(model, law):
    rows = table(law, model)
    beats_the_simpler_ways(rows)
    for row in rows:
        bars.coverage(row)
        bars.slope(row, 0.8, 1.25)
        assert abs(row["bias"]) < 3.5
    assert rows[-1]["auc"] > 0.9  # a week before the exam


def test_a_class_more_spread_than_any_told_of(model):
    """Not only another shape: gains of another size. Intervals are too narrow until a fit; the estimate is the best of all ways even so."""
    rows = table("uneven", model)
    beats_the_simpler_ways(rows)
    for row in rows:
        bars.slope(row, 0.8, 1.25)
        assert row["coverage"] > 0.6


@pytest.mark.parametrize("law", study.LAWS)
def test_the_exact_answer_is_one(law):
    """Its draws are worth something, its P means what it says, and another set of draws says the same."""
    students = [study.Student(law, f"exact/{law}/{i}") for i in range(600 if LONG else 80)]
    y = np.array([student.passes for student in students], float)
    p, worth = exact.probabilities(law, students, 14)
    again, _ = exact.probabilities(law, students, 14, seed=2)
    assert worth > 100 and abs(p - again).max() < 0.12 and abs(p - again).mean() < 0.01
    _, slope, slope_se = study.calibration(p, y)
    bars.slope({"slope": slope, "slope_se": slope_se}, 1, 1)
    assert study.log_loss(p, y) < study.log_loss(np.full(len(y), y.mean()), y)
