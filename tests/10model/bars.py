"""Section 6 of the risk model as assertions. A class is a sample: a bar is widened by what chance does to it at the size that was run,
so that a small pinned run cannot fail by luck and the whole study has next to nothing to hide behind."""

import math

CHANCE = 2.6  # standard errors: a dozen figures together are all inside 95 times in 100


def coverage(row, width=0.03):
    assert abs(row["coverage"] - 0.80) <= width + CHANCE * math.sqrt(0.16 / row["n"]), row


def slope(row, low, high):
    assert low <= row["slope"] + CHANCE * row["slope_se"] and row["slope"] - CHANCE * row["slope_se"] <= high, row
