"""Official results against those that students report of the same sittings: any interleaving of both, beside a model that knows nothing of
the database."""

import datetime
import json
import random
import re
import uuid
from collections import namedtuple
from zoneinfo import ZoneInfo

import pytest

from test_races import db, school, template, together  # noqa: F401  (fixtures)

ZONE = ZoneInfo("America/New_York")
FORMS = {"cbse": ["", "A", "Form A"], "cbssa": ["", "31", "NBME 31", "30"], "school_exam": ["", "Cardio", "cardio", "Renal"], "uwsa1": [""]}
SCALES = ["epc", "percent", "three_digit", "nbme800", "cbse_old"]

# What a result is from then on. The student says it, revision by revision, which may come in any order; the office loads a file, or takes back
# the last one that said something of this result (undo).
Said = namedtuple("Said", "official result revision instrument form taken_at scale score retracted undo")


def reported(rng, n):
    """All revisions of one result of the student."""
    instrument = rng.choice(["cbse", "cbssa", "school_exam", "uwsa1"])
    form, chain = rng.choice(FORMS[instrument]), []
    for revision in range(rng.choice([1, 1, 2, 3])):
        taken = datetime.datetime(2026, 10, rng.randrange(1, 5), rng.randrange(24), tzinfo=ZONE)
        chain.append(Said(False, n, revision, instrument, form, taken, rng.choice([1, 1, 1, 5]), rng.randrange(5000, 8000),
                          revision > 0 and rng.random() < 0.4, False))
    return chain


def loaded(rng, taken):
    """What files say of one official result, in order; none of which is there already."""
    instrument = rng.choice(["cbse", "cbssa", "school_exam"])
    form, day = rng.choice(FORMS[instrument]), rng.randrange(1, 5)
    if (instrument, form, day) in taken:
        return []
    taken.add((instrument, form, day))
    chain, files = [], []
    for revision in range(rng.choice([1, 2, 3, 4])):
        undo = bool(files) and rng.random() < 0.5
        if undo:
            gone = files.pop()
        else:
            files.append((rng.choice([1, 1, 1, 5]), 5000 + rng.randrange(900) * 3 + revision % 3))
        scale, score = files[-1] if files else gone
        chain.append(Said(True, (instrument, form, day), revision, instrument, form, datetime.datetime(2026, 10, day, 12, tzinfo=ZONE), scale, score,
                          not files, undo))
    return chain


def things(rng, results=6, official=3):
    taken = set()
    return [reported(rng, n) for n in range(results)] + [chain for chain in (loaded(rng, taken) for _ in range(official)) if chain]


def interleaved(rng, chains):
    """Everything said, in a random order; the office's own in theirs, a student's in any."""
    chains = [chain[:] if chain[0].official else rng.sample(chain, len(chain)) for chain in chains]
    said = []
    while any(chains):
        said.append(rng.choice([chain for chain in chains if chain]).pop(0))
    return said


# ---------------------------------------------------------------- the model


def key(form):
    return re.sub(r"^(nbme|cbssa|cbse|form)*0*", "", "".join(c for c in form.lower() if c.isalnum()))


def one_sitting(own, office):
    if own.instrument != office.instrument:
        return False
    days = abs((own.taken_at.astimezone(ZONE).date() - office.taken_at.astimezone(ZONE).date()).days)
    mine, theirs = key(own.form), key(office.form)
    if own.instrument == "cbse":
        return days <= 1
    if mine and mine == theirs:
        return days <= 1
    return days == 0 and (mine == theirs or own.instrument != "school_exam")


def model(said):
    """Results that count; for those overruled what the difference can be (of equally near official ones any)."""
    last = {}
    for one in said:
        if one.result not in last or last[one.result].revision < one.revision:
            last[one.result] = one
    standing = [one for one in last.values() if not one.retracted]
    counting, overruled = set(), {}
    for own in standing:
        by = [o for o in standing if o.official and not own.official and one_sitting(own, o)]
        if by:
            overruled[own.result] = {o.result: own.score - o.score if own.scale == o.scale else None for o in by}
        else:
            counting.add((own.result, own.score))
    return counting, overruled


# ---------------------------------------------------------------- the database


class Told:
    """One student to whom things are said."""

    def __init__(self, db, device):
        self.db, self.device = db, device
        self.student, self.operator, self.root = db.session("sg_student"), db.session("sg_operator"), db.session("postgres")
        self.name, = self.root.execute("select external_id from core.student where student_id = %s", (device.student_id,)).fetchone()
        self.ids, self.files = {}, {}

    def load(self, said):
        files = self.files.setdefault(said.result, [])
        if said.undo:
            assert self.operator.execute("select api.import_take_back('north', %s)", (files.pop(),)).fetchone()[0]["undone"]["restored"] == 1
            return
        row = {"student_id": self.name, "instrument": said.instrument, "form": said.form, "taken_on": said.taken_at.date().isoformat(),
               "score": said.score, "scale": SCALES[said.scale - 1]}
        done, = self.operator.execute("select api.scores_import('north', 'scores.csv', %s, 'a test')", (json.dumps([row]),)).fetchone()
        assert done["new"] + done["changed"] == 1, done
        files.append(done["import_id"])
        self.ids[said.result], = self.root.execute("""select result_id from core.result where student_id = %s and device_id = 0 and instrument = %s
                                                      and form = %s and taken_at = %s limit 1""",
                                                   (self.device.student_id, said.instrument, said.form, said.taken_at)).fetchone()

    def say(self, said):
        if said.official:
            self.load(said)
            return
        result = self.ids.setdefault(said.result, uuid.UUID(int=(0x0190 << 112) | (7 << 76) | (2 << 62) | random.getrandbits(60)))
        row = self.db.types[1].python_type(result, said.revision, said.retracted, said.instrument, said.form, said.taken_at, said.scale, said.score,
                                           1, False, 200, 124, None, None, None, None, b"\x01\x00\x14\x00\x10")
        assert self.db.ingest(self.student, self.device, [row]) == (0, b"\x01")

    def counting(self):
        names = {value: name for name, value in self.ids.items()}
        rows = self.root.execute("select result_id, score_centi from core.current_results(%s, %s)", (self.device.school_id, self.device.student_id))
        return {(names[result], score) for result, score in rows}

    def overruled(self):
        names = {value: name for name, value in self.ids.items()}
        rows = self.root.execute("select result_id, by_result_id, difference_centi from core.result_overruled where student_id = %s",
                                 (self.device.student_id,))
        return {names[result]: (names[by], difference) for result, by, difference in rows}

    def version(self):
        return self.root.execute("select version from core.progress where student_id = %s", (self.device.student_id,)).fetchone()[0]


@pytest.fixture
def students(db):
    operator, devices = school(db, 6)
    operator.execute("select api.school_ensure('north', 'Northern', 'America/New_York')")
    return [Told(db, device) for device in devices]


@pytest.mark.parametrize("seed", range(4))
def test_any_interleaving_ends_as_the_model_says(students, seed):
    rng = random.Random(seed)
    for first, second in zip(students[::2], students[1::2]):
        chains = things(rng)
        for told in (first, second):
            said = interleaved(rng, chains)
            for n, one in enumerate(said):
                before = told.counting(), told.version()
                told.say(one)
                counting, overruled = model(said[:n + 1])
                assert told.counting() == counting, said[:n + 1]
                stored = told.overruled()
                assert stored.keys() == overruled.keys()
                assert all(by in overruled[own] and overruled[own][by] == difference for own, (by, difference) in stored.items())
                assert told.counting() == before[0] or told.version() > before[1], "what is assessed has changed, and nobody is told"
        assert first.counting() == second.counting() and first.overruled().keys() == second.overruled().keys()


def test_an_upload_and_the_office_at_once(students):
    """Whoever has the student second sees what the other brought."""
    told, office = students[0], Told(students[0].db, students[0].device)
    office.ids = told.ids
    for n in range(1, 13):
        taken = datetime.datetime(2025, n, 10, 12, tzinfo=ZONE)
        own, official = Said(False, n, 0, "cbse", "", taken, 1, 6200, False, False), Said(True, -n, 0, "cbse", "", taken, 1, 6500, False, False)
        assert together(lambda: told.say(own), lambda: office.say(official)) == [None, None]
        assert told.overruled()[n] == (-n, -300)
    assert {result < 0 for result, _ in told.counting()} == {True}
