"""What must be true after every fault, whatever it was: what was acknowledged is stored, once; nothing is stored that nobody sent; what is
derived is what a recomputation from the results gives; no case waits for a reason that is gone; nothing waits for somebody who died."""
import dataclasses
import math

from house import wait_for

# Of EPC, and of 1. From the same results seconds later: mostly under a thousandth; but the bound on wild scores is a weighted median, and where
# scores and days are as regular as ours that can step to the next score (seen: 0.11). One result more or less is told by their number.
SAME = 0.2


@dataclasses.dataclass
class Verdict:
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    unrecovered: int = 0
    sentences: list = dataclasses.field(default_factory=list)

    def add(self, other):
        for field in ("acknowledged", "lost", "doubled", "unrecovered"):
            setattr(self, field, getattr(self, field) + getattr(other, field))
        self.sentences += other.sentences

    def say(self, field, n, sentence):
        if n:
            setattr(self, field, getattr(self, field) + n)
            self.sentences.append(sentence)

    @property
    def good(self):
        return not (self.lost or self.doubled or self.unrecovered or self.sentences)


def rows_of(house, students):
    """{student: [(result id, form, score)]}"""
    rows = house.sql("""select s.external_id, r.result_id, r.form, r.score_centi from core.result r join core.student s using (school_id, student_id)
                        where s.external_id = any(%s)""", (students,))
    found = {student: [] for student in students}
    for student, result_id, form, score in rows:
        found[student].append((result_id.bytes, form, score))
    return found


def of_results(house, writers):
    """Acknowledged = stored, exactly once; for devices that remember what they sent and what they were told."""
    verdict = Verdict()
    stored = rows_of(house, [writer.student_id for writer in writers])
    for writer in writers:
        rows = stored[writer.student_id]
        scores, told = {id: score for id, _, score in rows}, writer.told()
        missing = [id for id, score in told.items() if scores.get(id) != score]
        extra = len(rows) - len({form for _, form, _ in rows}) + sum(writer.sent.get(id) != (form, score) for id, form, score in rows)
        verdict.acknowledged += len(told) - writer.judged
        writer.judged = len(told)
        verdict.say("lost", len(missing), f"{writer.student_id}: {len(missing)} acknowledged rows are not there")
        verdict.say("doubled", extra, f"{writer.student_id}: {extra} rows are there twice, or that nobody sent")
        verdict.sentences += writer.wrong
    return verdict


# ---------------------------------------------------------------- what is derived

# Not the state in words: it moves only when two estimates in a row say so, and the one made anew may be the second.
ESTIMATES = """select s.external_id, a.results_used, a.readiness_mean, a.readiness_sd, a.exam_mean, a.p, a.p_low, a.p_high
                 from core.assessment a join core.student s using (school_id, student_id)
                where s.external_id = any(%s)"""


def stale(house):
    """How many have no estimate of their results; whoever died over one of them, some seconds ago, lets go now."""
    house.sql("update core.progress set lease_until = now() where lease_until < now() + interval '55 s' and assessed_version < version")
    return house.sql("select count(*) from core.progress where assessed_version < version")[0][0]


def alike(a, b):
    return a[0] == b[0] and all(math.isclose(x, y, abs_tol=SAME) for x, y in zip(a[1:], b[1:]))


def of_derived(house, students):
    """Estimates against ones computed anew, cases against what is open."""
    verdict = Verdict()
    try:
        wait_for(lambda: stale(house) == 0, "the janitor")
    except AssertionError as error:
        verdict.say("unrecovered", 1, str(error))
        return verdict
    before = {row[0]: row[1:] for row in house.sql(ESTIMATES, (students,))}
    house.ctl("assess-all")
    after = {row[0]: row[1:] for row in house.sql(ESTIMATES, (students,))}
    other = [student for student in students if student not in before or not alike(before[student], after[student])]
    verdict.say("unrecovered", len(other), f"estimates of {other} are not those of their results: {[(before.get(s), after.get(s)) for s in other[:2]]}")
    stuck = house.sql("select core.cases_follow(array_agg(school_id), array_agg(student_id), now()) from core.progress")[0][0]
    verdict.say("unrecovered", stuck, f"{stuck} cases did not follow what is open")
    return verdict
