"""Talks to model_tool, and makes cases."""

import json
import os
import subprocess

DAY_MS = 86400000
BUILD = os.environ.get("SG_BUILD", os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build/dev"))


class Model:
    def __init__(self):
        self.tool = subprocess.Popen(
            [os.path.join(BUILD, "tests/model_tool")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def assess(self, case):
        self.tool.stdin.write(json.dumps(case) + "\n")
        self.tool.stdin.flush()
        answer = json.loads(self.tool.stdout.readline())
        assert "error" not in answer, answer
        return answer

    def close(self):
        self.tool.stdin.close()
        assert self.tool.wait(timeout=10) == 0


NOW_DAY = 20000
NOW_MS = NOW_DAY * DAY_MS + DAY_MS // 2


def result(number, instrument, score, days_ago, **more):
    """One row; `number` makes its id."""
    return {
        "id": f"{number:032x}",
        "instrument": instrument,
        "score_centi": round(score * 100),
        "taken_at_ms": NOW_MS - round(days_ago * DAY_MS),
        **more,
    }


def case(results, exam_in=None, **more):
    given = {"as_of_ms": NOW_MS, "as_of_day": NOW_DAY}
    given.update(more.pop("input", {}))
    if exam_in is not None:
        given["exam_day"] = NOW_DAY + exam_in
    return {"input": given, "results": results, **more}
