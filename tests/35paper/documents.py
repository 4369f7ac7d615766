"""Briefs of made-up schools, as api.brief gives them: the same size and seed give the same document."""
import datetime
import random

LISTS = [
    ("new", "New", "Needed nobody the night before, and now does: at risk, or a flag of severity warning or urgent.", "night"),
    ("worsened", "Worsened", "A graver state, a fall of P, or a further warning since the night before.", "night"),
    ("regressed", "Regressed", "The case was resolved, and what it was about came back.", "night"),
    ("recovered", "Recovered", "At risk or borderline the night before, on track now.", "night"),
    ("overdue", "Overdue", "A case, follow-up or task whose day is over.", "written"),
    ("silent", "Gone silent", "No contact for longer than the school waits; not who is on leave or muted.", "night"),
    ("never_synced", "Never synced", "Let in, and no device was ever in contact; not who is on leave or muted.", "night"),
    ("exams", "Exams in the next 30 days", "Whoever sits soon, the gravest readiness first.", "night"),
    ("clearance_due", "Clearance due", "The policy's day is near or over and nobody has decided, or what a decision rested on fell.", "written"),
    ("no_follow_up", "Interventions without follow-up", "Somebody acted, and no day, task or note says how it goes on.", "written"),
    ("queue", "First in the queue", "Whom to see first, by the failures that seeing them is expected to prevent.", "written"),
    ("not_yet", "Not looked at yet", "Something came in that no estimate takes in yet.", "written"),
]
SENTENCES = {
    "new": "P(pass) fell from 84 % to {p} % (80 % interval {low} to {high} %) since 2027-01-14; at risk.",
    "worsened": "From on track to borderline: P(pass) fell from 91 % to {p} % (80 % interval {low} to {high} %) since 2027-01-14.",
    "regressed": "Resolved on 2026-12-02, and fell again: P(pass) fell from 81 % to {p} % since 2027-01-14; at risk.",
    "recovered": "From borderline to on track: P(pass) rose from 74 % to {p} % (80 % interval {low} to {high} %) since 2027-01-14.",
    "overdue": "The follow-up was due on 2027-01-11, 4 days ago; last acted on 2027-01-04.",
    "silent": "Last contact on 2026-12-29, 17 days ago.",
    "never_synced": "Invited on 2026-12-20, 26 days ago, and never in contact.",
    "exams": "The exam is {when} ({day}); P(pass) {p} % (80 % interval {low} to {high} %) from 9 results, the last 4 days ago.",
    "clearance_due": "The policy's day is 2027-01-20, in 5 days, and nobody has decided.",
    "no_follow_up": "Acted on 2027-01-02, 13 days ago; no day for a follow-up is set and no task is open.",
    "queue": "An exam {when}, P(pass) {p} %; postponing still protects the clerkship block until 2027-01-19.",
    "not_yet": "What changed on 2027-01-15 02:58 is not in the estimate yet.",
}
SHARES = {"new": .02, "worsened": .04, "recovered": .03, "overdue": .03, "silent": .05, "never_synced": .01, "exams": .2,
          "no_follow_up": .02, "queue": .08, "not_yet": .005}
PLANTS = ["Hackberry", "Sycamore", "Juniper", "Hawthorn", "Sassafras", "Tamarack", "Buckeye", "Serviceberry", "Yaupon", "Dogwood"]
COLOURS = ["Viridian", "Amber", "Cerulean", "Russet", "Teal", "Ochre", "Indigo", "Sienna", "Mauve", "Umber"]
NIGHT = datetime.date(2027, 1, 15)
STATES = ["at_risk", "borderline", "on_track", "cannot_say"]


def states(chance, n):
    at_risk, borderline, cannot_say = int(n * chance.uniform(.05, .09)), int(n * chance.uniform(.1, .14)), int(n * chance.uniform(.06, .1))
    return dict(zip(STATES, [at_risk, borderline, n - at_risk - borderline - cannot_say, cannot_say]))


def line(chance, code, student):
    p, days = chance.uniform(.08, .97), chance.randrange(2, 31)
    day = str(NIGHT + datetime.timedelta(days=days))
    state = "at_risk" if p < .65 else "borderline" if p < .85 else "on_track"
    text = SENTENCES[code].format(p=round(100 * p), low=max(1, round(100 * p) - 11), high=min(99, round(100 * p) + 9), day=day, when=f"in {days} days")
    return {"student_id": student, "text": text, "state": state, "p": round(p, 4), "exam_day": day, "days_to_exam": days}


def brief(students, seed=1, names=False, most=200):
    chance = random.Random(seed)
    ids = [str(1000 + i) for i in range(students)]
    counts, lists = states(chance, students), []
    for code, title, means, known in LISTS:
        n = round(students * SHARES.get(code, 0))
        picked = sorted(chance.sample(ids, n))[:10 if code == "queue" else most]
        lists.append({"code": code, "title": title, "means": means, "known": known, "n": n, "lines": [line(chance, code, s) for s in picked]})
    nights = [NIGHT - datetime.timedelta(days=i) for i in range(14, -1, -1) if i not in (0, 6)]
    weeks = [NIGHT + datetime.timedelta(days=7 * i) for i in range(5)]
    document = {
        "school": "Wollemi College of Medicine", "school_code": "WCM", "zone": "America/New_York", "night": str(NIGHT),
        "as_of": "2027-01-15T08:00:00+00:00", "parameters": "2026.2", "previous_night": "2027-01-14" if students else None,
        "students": students, "assessed": students, "waiting": round(students * SHARES["queue"]), "capacity": 12, "counts": counts,
        "before": states(chance, students) if students else None,
        "trend": [{"night": str(night), **states(chance, students)} for night in nights] + [{"night": str(NIGHT), **counts}],
        "exams_by_week": [{"from": str(day), "to": str(day + datetime.timedelta(days=6)), **states(chance, students // 20)} for day in weeks],
        "lists": lists,
        "imports": [{"text": 'Roster "roster-2027-01.csv" was applied on 2027-01-14 16:20: 180 rows, 2 new, 5 changed, 0 leaving, 0 refused.'}]
        if students else [],
        "feeds": [{"text": "Devices: 141 of 176 students were in contact in the last 7 days.", "ok": True},
                  {"text": "Official scores: the last file came 41 days ago; the school expects one every 30.", "ok": False}] if students else [],
        "did_not_run": [{"text": "The replay asked for on 2027-01-14 failed: the class has no outcomes yet."},
                        {"text": "There is no estimate as of this night.", "student_id": ids[-1]}] if students else [],
        "evaluated": {"students": students, "assessed": students, "not_assessed": 0, "results": students * 23, "flags": students // 3},
        "told": {"brief": 2, "digest": 6, "webhook": 1},
    }
    if names:
        document["names"] = {s: f"{chance.choice(COLOURS)} {chance.choice(PLANTS)}" for s in ids}
        document["names"].update(zip(ids, ["حنان التنّوب", "שקד ברוש", "杉 緑", "Ёлка Ольха", "देवदार चीड़", "Zoë “Zed” O'Ash <b>&amp;"]))
    return document


# Those whose forms are kept in golden/: nobody, a school of which the brief may say names, and one in its first night.
SCHOOLS = {"empty": brief(0), "class": brief(60, names=True), "first": {**brief(1), "previous_night": None, "before": None, "trend": []}}


if __name__ == "__main__":
    import json
    import sys
    print(json.dumps(brief(int(sys.argv[1]), names=len(sys.argv) > 2), indent=1, ensure_ascii=False))
