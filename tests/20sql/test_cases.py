"""Cases against a plain model: a state machine of two people, estimates, life and time, whose every step is compared with a few lines
of Python that know nothing of SQL. The model is written from what the office is promised (sql/README.md, cases), not from the functions.
Each example has a school of its own."""

import dataclasses
import datetime
import json
import math
import zoneinfo

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from case_school import DAY, HOUR, Refused, School, database  # noqa: F401  (the last is a fixture)

ZONE = zoneinfo.ZoneInfo("America/New_York")

# ---------------------------------------------------------------- the model

OPEN = ("new", "acknowledged", "in_progress", "watching", "regressed", "escalating")
UNTAKEN = ("new", "regressed", "escalating")
MUTED_ON_LEAVE = {"gone_silent", "decline", "failure_without_plan"}  # of the codes used here
LIVE = OPEN + ("resolved",)
# verb: states it starts from, the state it leads to (None: stays), whether it counts as acting, whether it can be undone
VERBS = {
    "acknowledge": (UNTAKEN, "acknowledged", True, True),
    "start": (("new", "acknowledged", "watching", "regressed", "escalating"), "in_progress", True, True),
    "contact": (OPEN, "in_progress", True, False),  # but what is watched stays watched
    "watch": (OPEN, "watching", True, True),
    "snooze": (("new", "acknowledged", "in_progress", "regressed", "escalating"), "acknowledged", True, True),  # but in_progress stays
    "wake": (("acknowledged", "in_progress"), None, False, True),
    "take": (OPEN, None, False, True),
    "assign": (OPEN, None, False, True),
    "follow_up": (OPEN, None, True, True),
    "note": (LIVE, None, True, False),
    "resolve": (OPEN, "resolved", True, False),
    "reopen": (("resolved",), "in_progress", True, False),
}
RESTORED = ("state", "state_since", "owner", "acted_at", "snooze_until", "slept_until", "mark_p", "mark_delta", "follow_up_on")


@dataclasses.dataclass
class Case:
    state_since: datetime.datetime
    severity: int
    state: str = "new"
    revision: int = 1
    owner: str | None = None
    acted_at: datetime.datetime | None = None
    snooze_until: datetime.date | None = None
    slept_until: datetime.date | None = None
    mark_p: float | None = None
    mark_delta: float | None = None
    follow_up_on: datetime.date | None = None
    resolution: str | None = None
    reasons: dict = dataclasses.field(default_factory=dict)  # open ones: code → (severity, evidence)
    taken: bool = False
    last: tuple | None = None  # who, verb, when, what was before: of the step that gave the revision

    def move(self, state, now):
        self.state, self.state_since, self.mark_p, self.mark_delta, self.snooze_until = state, now, None, None, None


@dataclasses.dataclass
class Student:
    p: float | None = None
    state: int = 3
    flags: dict = dataclasses.field(default_factory=dict)
    attempt: int = 1
    taken: bool = False
    leaves: list = dataclasses.field(default_factory=list)
    cases: dict = dataclasses.field(default_factory=dict)

    def wanted(self):
        wanted = {code: flag for code, flag in self.flags.items() if flag[0] >= 3}
        if self.state == 1 and "low_probability" not in wanted:
            wanted["at_risk"] = (3, None)
        return wanted

    def muted(self, code, today):
        on_leave = any(first <= today and (last is None or today <= last) for first, last in self.leaves)
        return on_leave and code in MUTED_ON_LEAVE or self.taken and code != "failure_without_plan"

    def follow(self, now, today):
        """What the rules do when an estimate, a plan or a life event has come."""
        wanted, case = self.wanted(), self.cases.get(self.attempt)
        for attempt, earlier in self.cases.items():
            if attempt < self.attempt and earlier.state in OPEN:
                earlier.move("resolved", now)
                earlier.resolution, earlier.reasons, earlier.severity, earlier.follow_up_on = "failed", {}, 1, None
                earlier.revision += 1
        opened = {code: flag for code, flag in wanted.items() if (case is None or code not in case.reasons) and not self.muted(code, today)}
        if case is None:
            if opened:
                self.cases[self.attempt] = Case(now, max(s for s, _ in opened.values()), reasons=opened, taken=self.taken)
            return
        changed = {code: flag for code, flag in wanted.items() if code in case.reasons and case.reasons[code] != flag}
        closed = [code for code, flag in case.reasons.items() if flag[1] != "person" and code not in wanted]
        fell = (case.mark_delta is not None and self.p is not None and self.p <= case.mark_p - case.mark_delta + 1e-9 and not self.taken
                and (case.state == "watching" or case.state == "resolved" and self.state == 1))
        replanned, case.taken = case.taken != self.taken, self.taken
        if not (opened or changed or closed or fell or replanned):
            return
        case.reasons = {code: flag for code, flag in {**case.reasons, **opened, **changed}.items() if code not in closed}
        severity = max((s for s, _ in case.reasons.values()), default=1)
        rose, worse = severity > case.severity, bool(opened) or fell or severity > case.severity
        asleep = case.snooze_until is not None and case.snooze_until > today
        state = None
        if case.state == "resolved":
            if worse:
                state = "regressed" if case.acted_at else "new"
                case.resolution = None
        elif case.state == "watching":
            state = "escalating" if worse else None
        elif asleep:
            state = "escalating" if rose and severity == 4 and case.state in ("new", "acknowledged", "in_progress") else None
        elif case.state in ("new", "acknowledged") and rose:
            state = "escalating"
        elif not case.reasons and not case.acted_at and not case.owner and case.state in UNTAKEN:
            state, case.resolution, case.follow_up_on = "resolved", "recovered", None
        if state:
            case.move(state, now)
        if state or rose or opened:
            case.revision += 1
        case.severity = severity


def midnight(day):
    return datetime.datetime.combine(day, datetime.time(), ZONE) if day else None


def latest(*times):
    return max(t for t in times if t is not None)


def due(case, now, today):
    """The step that time alone makes due."""
    asleep = case.snooze_until is not None and case.snooze_until > today
    since = latest(case.state_since, case.acted_at)
    if not asleep:
        since = latest(since, midnight(case.snooze_until), midnight(case.slept_until))
    if case.state in ("new", "acknowledged") and now >= since + 48 * HOUR and (not asleep or case.severity == 4):
        return "escalating"
    if case.snooze_until is not None and case.snooze_until <= today:
        return "awake"
    if case.state == "watching" and case.follow_up_on is not None and case.follow_up_on <= today:
        return "acknowledged"
    return None


# ---------------------------------------------------------------- the machine

CODES = ("low_probability", "decline", "gone_silent", "failure_without_plan")
FLAGS = st.dictionaries(st.sampled_from(CODES), st.tuples(st.integers(2, 4), st.sampled_from("ab")), max_size=3)
PEOPLE, WHOM = st.sampled_from(("dean", "ida")), st.sampled_from((0, 0, 1))
HOURS, STATE = st.sampled_from((24, 24, 47, 48, 72, 24 * 5, 5, 0.2)), st.sampled_from((1, 1, 2, 3))
SELDOM = st.integers(0, 4).map(lambda n: n == 4)


class Office(RuleBasedStateMachine):
    session = None  # one for all examples: what costs is planning the statements

    @initialize()
    def begin(self):
        self.school = School(self.session)
        self.model = [Student(), Student()]
        self.an_estimate_arrives(0, 10, 1, {"low_probability": (3, "a")})

    @property
    def now(self):
        return self.school.now

    @property
    def today(self):
        return self.now.astimezone(ZONE).date()

    @rule(whom=WHOM, points=st.integers(0, 20), state=STATE, flags=FLAGS)
    def an_estimate_arrives(self, whom, points, state, flags):
        student = self.model[whom]
        assert self.school.assess(self.school.students[whom], points / 20, state, flags)
        student.p, student.state, student.flags = points / 20, state, flags
        student.follow(self.now, self.today)

    @rule(hours=HOURS)
    def time_passes(self, hours):
        self.school.set_clock(self.now + hours * HOUR)

    @rule()
    def the_sweep_comes(self):
        self.school.one("select api.cases_sweep(%s, null)", self.school.code)
        for student in self.model:
            # Only what is muted can be open without its reason; the rest follows with the next estimate.
            known = {code for case in student.cases.values() for code in case.reasons}
            if student.p is not None and not student.wanted().keys() <= known:
                student.follow(self.now, self.today)
            for case in student.cases.values():
                while case.state in OPEN and (step := due(case, self.now, self.today)):
                    if step == "awake":
                        case.snooze_until, case.slept_until = None, case.snooze_until
                    elif step == "escalating":
                        case.state, case.state_since, case.snooze_until = step, self.now, None
                    else:
                        case.move(step, self.now)
                    case.revision += 1
        again, = self.school.one("select api.cases_sweep(%s, null)", self.school.code)
        assert (again["followed"], again["steps"]) == (0, {})

    @rule(whom=WHOM, first=st.integers(-3, 3), days=st.none() | st.integers(0, 6), person=PEOPLE, now=SELDOM)
    def somebody_goes_on_leave(self, whom, first, days, person, now):
        if not now:
            return
        first = self.today + first * DAY
        last = None if days is None else first + days * DAY
        try:
            self.school.ask(person, "life_event_add", student=str(1000 + whom), body={
                "kind": "leave", "category": "family", "starts_on": str(first), **({"ends_on": str(last)} if last else {})})
        except Refused as refused:
            assert refused.code == "not_found" and (person, whom) == ("ida", 1)
            return
        assert (person, whom) != ("ida", 1)
        self.model[whom].leaves.append((first, last))
        self.model[whom].follow(self.now, self.today)

    @rule(whom=WHOM, now=SELDOM)
    def the_exam_is_sat(self, whom, now):
        student = self.model[whom]
        if not now or student.taken or student.attempt > 3:
            return
        student.taken = True
        self.plan(whom, taken_on="2026-10-29")

    @rule(whom=WHOM)
    @precondition(lambda self: any(s.taken for s in self.model))
    def and_failed(self, whom):
        student = self.model[whom]
        if not student.taken:
            return
        self.plan(whom, outcome="fail")
        student.taken, student.attempt = False, student.attempt + 1

    def plan(self, whom, **said):
        attempt = self.model[whom].attempt
        self.school.one("select api.plans_import(%s, 'x', %s)", self.school.code, json.dumps([{"student_id": str(1000 + whom), "attempt": attempt, **said}]))

    @rule(whom=WHOM, person=PEOPLE, sentence=st.sampled_from(("Asked for help", "Family called")))
    def a_person_opens_a_case(self, whom, person, sentence):
        student = self.model[whom]
        try:
            self.school.ask(person, "case_open", student=str(1000 + whom), body={"sentence": sentence})
        except Refused as refused:
            assert refused.code == "not_found" and (person, whom) == ("ida", 1)
            return
        case = student.cases.get(student.attempt)
        if case is None:
            # The case opened by hand learns of the plan with the next estimate.
            student.cases[student.attempt] = Case(self.now, 2, reasons={"by_person": (2, "person")})
            self.words = {**getattr(self, "words", {}), (whom, student.attempt): sentence}
            return
        words = getattr(self, "words", {})
        if "by_person" in case.reasons and words.get((whom, student.attempt)) == sentence:
            return
        self.words = {**words, (whom, student.attempt): sentence}
        case.reasons["by_person"] = (2, "person")
        if case.state == "resolved":
            since = "regressed" if case.acted_at else "new"
            case.state, case.state_since, case.mark_p, case.mark_delta, case.resolution = since, self.now, None, None, None
        case.severity, case.revision = max(case.severity, 2), case.revision + 1

    @rule(whom=WHOM, person=PEOPLE, picks=st.lists(st.integers(0, 99), min_size=1, max_size=2), number=st.integers(1, 5), hours=HOURS,
          points=st.integers(0, 20), state=STATE, flags=FLAGS, news=st.booleans(), sweep=st.booleans())
    def a_day_goes_by(self, whom, person, picks, number, hours, points, state, flags, news, sweep):
        """Something happens, somebody does something about it, time passes: what single steps seldom come to."""
        if news:
            self.an_estimate_arrives(whom, points, state, flags)
        for pick in picks:
            self.somebody_does_what_is_allowed(whom, person, pick, number)
        self.time_passes(hours)
        if sweep:
            self.the_sweep_comes()
        self.the_dean_looks()

    a_further_day, a_third_day, a_fourth_day = [a_day_goes_by] * 3  # four times as often as each other step

    @rule(whom=WHOM, person=PEOPLE, verb=st.sampled_from(sorted(VERBS)), number=st.integers(1, 9), behind=st.integers(0, 1))
    def somebody_tries(self, whom, person, verb, number, behind):
        self.somebody_acts(whom, person, verb, number, behind)

    @rule(whom=st.sampled_from((0, 0, 0, 1)), person=PEOPLE, pick=st.integers(0, 99), number=st.integers(1, 5))
    @precondition(lambda self: any(s.attempt in s.cases for s in self.model))
    def somebody_does_what_is_allowed(self, whom, person, pick, number):
        case = self.model[whom].cases.get(self.model[whom].attempt)
        if case is not None:
            allowed = [verb for verb, (states, *_) in sorted(VERBS.items()) if case.state in states and (verb != "wake" or case.snooze_until)]
            self.somebody_acts(whom, "dean" if whom else person, allowed[pick % len(allowed)], number, 0)

    def somebody_acts(self, whom, person, verb, number, behind):
        student, row = self.model[whom], self.school.case(whom, self.model[whom].attempt)
        if row is None:
            return
        case = student.cases[student.attempt]
        body = {"revision": case.revision - behind, **self.body(verb, number)}
        try:
            self.school.act(person, row["case_id"], verb, **body)
            said = None
        except Refused as refused:
            said = refused.code
        assert said == self.acts(student, case, person, whom, verb, number, behind), (verb, case)

    def body(self, verb, number):
        day = str(self.today + number * DAY)
        return {"contact": {"channel": "phone", "outcome": "reached"}, "watch": {"delta_points": number * 5}, "snooze": {"until": day},
                "assign": {"to": self.school.staff["dean"]}, "follow_up": {"on": day}, "note": {"text": "Words"},
                "resolve": {"resolution": "plan_agreed"}}.get(verb, {})

    def acts(self, student, case, person, whom, verb, number, behind):
        """What the model says to a verb: the refusal's code, or None and the case is changed."""
        if verb == "assign" and person == "ida":
            return "no_right"
        if (person, whom) == ("ida", 1):
            return "not_found"
        if behind:
            return "conflict" if case.revision > 1 else "invalid"
        states, leads, acts, undoable = VERBS[verb]
        if case.state not in states:
            return "not_allowed"
        if verb == "wake" and case.snooze_until is None:
            return "not_asleep"
        if verb == "watch" and student.p is None:
            return "no_estimate"
        if verb == "take" and (person, case.owner) == ("ida", "dean"):
            return "not_owner"
        before = {name: getattr(case, name) for name in RESTORED}
        state = case.state if leads is None or (verb, case.state) in (("contact", "watching"), ("snooze", "in_progress")) else leads
        if verb in ("acknowledge", "start", "contact", "watch", "snooze"):
            case.owner, case.snooze_until = case.owner or person, None
        if verb == "contact" and case.follow_up_on is not None and case.follow_up_on <= self.today:
            case.follow_up_on = None
        if state != case.state:
            case.state, case.state_since = state, self.now
            if state not in ("watching", "resolved"):
                case.mark_p = case.mark_delta = None
        if verb == "watch":
            case.mark_p, case.mark_delta, case.follow_up_on = student.p, number * 5 / 100, None
        elif verb == "snooze":
            case.snooze_until = self.today + number * DAY
        elif verb == "wake":
            case.snooze_until, case.slept_until = None, self.today
        elif verb in ("take", "assign"):
            case.owner = person
        elif verb == "follow_up":
            case.follow_up_on = self.today + number * DAY
        elif verb == "resolve":
            case.mark_p, case.mark_delta = (student.p, 0.1) if student.p is not None else (None, None)
            case.snooze_until = case.follow_up_on = None
            case.resolution = "plan_agreed"
            case.reasons.pop("by_person", None)
        elif verb == "reopen":
            case.resolution = None
        if acts:
            case.acted_at = self.now
        case.revision += 1
        case.last = (case.revision, person, self.now, before) if undoable else None
        return None

    @rule(whom=WHOM, person=PEOPLE)
    def somebody_takes_it_back(self, whom, person):
        student, row = self.model[whom], self.school.case(whom, self.model[whom].attempt)
        if row is None or (person, whom) == ("ida", 1):
            return
        case = student.cases[student.attempt]
        try:
            self.school.act(person, row["case_id"], "undo", revision=case.revision)
            done = True
        except Refused as refused:
            assert refused.code == "nothing_to_undo"
            done = False
        revision, who, at, before = case.last or (None, None, None, None)
        assert done == (revision == case.revision and who == person and self.now < at + 15 * datetime.timedelta(minutes=1))
        if done:
            for name, value in before.items():
                setattr(case, name, value)
            case.revision, case.last = case.revision + 1, None

    # ---- after every step

    @invariant()
    def the_cases_are_those_of_the_model(self):
        if not hasattr(self, "school"):
            return
        people = {staff: name for name, staff in self.school.staff.items()} | {None: None}
        rows = self.school.db.execute(
            """select c.student_id, c.attempt, c.state, c.state_since, c.severity, c.revision, c.owner_id, c.acted_at, c.snooze_until,
                      c.slept_until, c.mark_p, c.mark_delta, c.follow_up_on, c.resolution,
                      (select coalesce(jsonb_object_agg(r.code, r.severity), '{}') from core.case_reason r
                        where r.school_id = c.school_id and r.case_id = c.case_id and r.closed_at is null)
                 from core.case_file c where c.school_id = %s""", [self.school.id]).fetchall()
        there = {(self.school.students.index(s), n): (*rest[:4], people[rest[4]], *rest[5:]) for s, n, *rest in rows}
        wanted = {(whom, n): (c.state, c.state_since, c.severity, c.revision, c.owner, c.acted_at, c.snooze_until, c.slept_until, c.mark_p, c.mark_delta,
                              c.follow_up_on, c.resolution, {code: flag[0] for code, flag in c.reasons.items()})
                  for whom, student in enumerate(self.model) for n, c in student.cases.items()}
        assert there == wanted

    @rule()
    def the_dean_looks(self):
        shown = [(int(i["student"]["student_id"]) - 1000, i["attempt"], i["state"]) for i in self.school.ask("dean", "queue_show", limit="200")["items"]]
        assert shown == [row for *_, row in sorted(self.queued())]

    @rule()
    def the_adviser_looks(self):
        shown = [(int(i["student"]["student_id"]) - 1000, i["attempt"], i["state"]) for i in self.school.ask("ida", "queue_show", limit="200")["items"]]
        assert shown == [row for *_, row in sorted(self.queued()) if row[0] == 0]

    def queued(self):
        for whom, student in enumerate(self.model):
            for attempt, case in student.cases.items():
                if case.state not in OPEN or case.taken:
                    continue
                step = due(case, self.now, self.today)
                state = step if step in ("escalating", "acknowledged") else case.state
                heard = [code for code, flag in case.reasons.items()
                         if flag[1] == "person" or not any(f <= self.today and (l is None or self.today <= l) for f, l in student.leaves)
                         or code not in MUTED_ON_LEAVE]
                if case.reasons and not heard:
                    continue
                if state not in ("regressed", "escalating") and (
                        not case.reasons and not self.by_hand(whom, attempt)
                        or case.snooze_until is not None and case.snooze_until > self.today
                        or state == "watching" and not (student.p is not None and student.p <= case.mark_p - case.mark_delta + 1e-9)
                        or case.acted_at is not None and case.acted_at >= self.now - 3 * DAY
                        and not (case.follow_up_on is not None and case.follow_up_on <= self.today)):
                    continue
                p = 0.5 if student.p is None else student.p
                order = {"regressed": 0, "escalating": 1}.get(state, 2)
                helps = (1 - math.exp(-90 / 14)) * math.exp(-1)
                first = self.school.case(whom, attempt)["case_id"]
                yield order, -round((1 - p) * helps, 12), math.inf if student.p is None else p, first, (whom, attempt, state)

    def by_hand(self, whom, attempt):
        return self.school.case(whom, attempt)["opened_by"] is not None


def test_cases_do_what_the_model_does(database):
    with psycopg.connect(f"{database} user=postgres", autocommit=True) as Office.session:
        Office.session.execute("set plan_cache_mode = force_generic_plan")  # thousands of calls on tables that hold next to nothing
        Office.session.execute("set synchronous_commit = off")
        run_state_machine_as_test(Office, settings=settings(max_examples=200, stateful_step_count=20, deadline=None, derandomize=True,
                                                            suppress_health_check=list(HealthCheck)))
        happened = dict(Office.session.execute("select verb, count(*) from core.case_event group by verb").fetchall())
        rules = {verb for verb, in Office.session.execute("select distinct verb from core.case_transitions() where \"right\" = 'rule'")}
        assert rules | VERBS.keys() <= happened.keys(), f"never happened: {sorted((rules | VERBS.keys()) - happened.keys())}"
