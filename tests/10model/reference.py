"""The model once more, from the equations of server/risk/README.md and nothing of its code: one joint normal distribution of
everything, conditioned in one go with dense matrices, where the engine runs a filter; an active-set least squares for the
weights, where the engine pivots. Slow and plain on purpose."""

import csv
import math
import os

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DAY_MS = 86400000
NO_DAY = -(2**31)
SCALES = {"epc": 1, "percent": 2, "three_digit": 3, "nbme800": 4, "cbse_old": 5, "own": 6}
SCALE_NAMES = {number: name for name, number in SCALES.items()}
TRACKS = ("us_md", "us_do", "non_us")
UNTIMED, TUTOR = 2, 3


def phi(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


def quantile(p):
    low, high = -40.0, 40.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if phi(middle) < p else (low, middle)
    return (low + high) / 2


def parameters(name="default-2", changes=None):
    values = {}
    with open(os.path.join(ROOT, "server/risk/params", name + ".ini"), encoding="utf-8") as file:
        for line in file:
            line = line.split(";")[0].strip()
            if line:
                key, value = (part.strip() for part in line.split("="))
                values[key] = value
    values.update(changes or {})
    numbers = {}
    for key, value in values.items():
        try:
            numbers[key] = float(value)
        except ValueError:
            numbers[key] = value
    return numbers


def catalogue():
    with open(os.path.join(ROOT, "proto/catalogue/instruments.csv"), encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def scale_line(par, scale):
    if scale == "epc":
        return par["cut_epc"], 1.0, 0.0
    if scale == "percent":
        return par["cut_epc"], 1.0, par["percent_sd_epc"]
    return par[scale + "_at_cut"], par[scale + "_per_epc"], par[scale + "_sd_epc"]


class Student:
    """Everything about one case that does not depend on an exam day other than the planned one."""

    def __init__(self, case):
        self.par = parameters(case.get("params", "default-2"), case.get("set"))
        given = case["input"]
        self.now = given["as_of_ms"] / DAY_MS
        as_of_day = given["as_of_day"]
        exam, dedicated = given.get("exam_day", NO_DAY), given.get("dedicated_day", NO_DAY)
        par = self.par
        self.target, self.rest = self.now, 0
        if exam != NO_DAY and exam >= as_of_day:
            self.target = self.now + exam - as_of_day
            self.rest = par["growth_rest_days"]
        if dedicated != NO_DAY:
            self.dedicated = self.now + dedicated - as_of_day
        elif exam != NO_DAY:
            self.dedicated = self.now + exam - as_of_day - par["dedicated_default_days"]
        else:
            self.dedicated = None
        track = TRACKS[given.get("track", 0)]
        kind = "first" if given.get("attempt", 1) <= 1 and given.get("failures", 0) == 0 else "repeat"
        self.base = par[f"base_rate_{kind}_{track}"]
        self.recalibration = par[f"recalibration_intercept_{kind}"], par[f"recalibration_slope_{kind}"]
        self.sigma = par["prior_sd_" + track]
        self.mu = par["cut_epc"] + quantile(self.base) * math.sqrt(self.sigma**2 + par["exam_sd_epc"] ** 2)
        self.rate_mean = np.array([par["growth_before_mean_" + track], par["growth_dedicated_mean_" + track]])
        self.rate_sd = np.array([par["growth_before_sd_" + track], par["growth_dedicated_sd_" + track]])
        self.q = par["wander_sd_epc"] ** 2 / 7  # a day
        self.rows = self.read(case.get("results", []), given["as_of_ms"])
        self.bound()

    # ---- course of time

    def grown(self, day, dedicated_scale):
        before = self.par["growth_before_scale_weeks"]
        weeks = (day - (self.now if self.dedicated is None else self.dedicated)) / 7
        if weeks < 0:
            return np.array([-before * (1 - math.exp(weeks / before)), 0.0])
        if self.dedicated is None:
            return np.array([before * (1 - math.exp(-weeks / before)), 0.0])
        return np.array([0.0, dedicated_scale * (1 - math.exp(-weeks / dedicated_scale))])

    def own(self, start, exam):
        """Weeks by which the deviation from the group's two rates counts."""
        scale, end = self.par["growth_dedicated_own_weeks"], exam - self.rest
        return self.grown(end, scale) - self.grown(start, scale) if end > start else np.zeros(2)

    def expected(self, start, exam):
        """What the group gains."""
        scale, end = self.par["growth_dedicated_scale_weeks"], exam - self.rest
        return float((self.grown(end, scale) - self.grown(start, scale)) @ self.rate_mean) if end > start else 0.0

    # ---- results

    def read(self, results, as_of_ms):
        par, instruments = self.par, catalogue()
        newest = {}
        for index, result in enumerate(results):
            other = newest.get(result["id"])
            if other is None or result.get("revision", 0) > results[other].get("revision", 0):
                newest[result["id"]] = index
        rows = []
        for index in newest.values():
            result = results[index]
            info = instruments.get(result["instrument"])
            if result.get("retracted") or info is None or result["taken_at_ms"] > as_of_ms:
                continue
            rows.append((result["taken_at_ms"], result["id"], index, result, info))
        rows.sort(key=lambda row: row[:2])
        seen, ret = set(), []
        references = par["reference_makers"].lower().split()
        for _, _, index, result, info in rows:
            own, scale = info["scale"], SCALE_NAMES.get(result.get("scale", 0), info["scale"])
            known = all(info[key] != "" for key in ("offset", "slope", "error_sd"))
            slope = float(info["slope"]) if info["slope"] else scale_line(par, own)[1]
            offset = float(info["offset"]) if info["offset"] else scale_line(par, own)[0] - slope * par["cut_epc"]
            sd = float(info["error_sd"]) / slope if info["error_sd"] else par["unlinked_sd_epc"]
            variance = sd**2 + (0 if known else par["unlinked_sd_epc"] ** 2)
            variance = max(variance, par["least_error_sd_epc"] ** 2)
            familiarity = float(info["familiarity"]) / slope if info["familiarity"] else par["familiarity_epc"]
            score = result["score_centi"] / 100
            if scale != own:
                a, b = scale_line(par, own), scale_line(par, scale)
                score = a[0] + (score - b[0]) * a[1] / b[1]
                variance += a[2] ** 2 + b[2] ** 2
            elif own == "percent":
                items = result.get("items", 0) or 0
                items = items if items > 0 else int(info["items"] or 0) or par["items_assumed"]
                variance += (100 / slope) ** 2 * par["item_proportion"] * (1 - par["item_proportion"]) / items
            z = min(max((score - offset) / slope, -100.0), 200.0)
            form = "".join(c for c in result.get("form", "").lower() if c.isalnum())
            repeated = bool(result.get("repeat")) or (form != "" and (result["instrument"], form) in seen)
            if form:
                seen.add((result["instrument"], form))
            if repeated:
                z -= familiarity
                variance += par["familiarity_sd_epc"] ** 2
            mode = {UNTIMED: "untimed", TUTOR: "tutor"}.get(result.get("mode", 0))
            if mode:
                z -= par[mode + "_offset_epc"]
                variance += par[mode + "_sd_epc"] ** 2
            maker = None if info["maker"].lower() in references else info["maker"].lower()
            day = result["taken_at_ms"] / DAY_MS
            row = {"result": index, "day": day, "z": z, "variance": variance, "maker": maker}
            ret.append({**row, "own": self.own(day, self.target), "expected": self.expected(day, self.target)})
        return ret[::-1]

    def bound(self):
        par, rows = self.par, self.rows
        reach = int(par["robust_neighbours"])
        carried = [row["z"] + row["expected"] for row in rows]
        tau2 = par["maker_offset_sd_epc"] ** 2
        for i, row in enumerate(rows):
            row["used"] = row["z"]
            voices = []
            for j in range(max(0, i - reach), min(len(rows), i + reach + 1)):
                other = rows[j]
                if j == i:
                    continue
                v = other["variance"] + self.q * abs(row["day"] - other["day"])
                v += float(np.sum(((row["own"] - other["own"]) * self.rate_sd) ** 2))
                if row["maker"] != other["maker"]:
                    v += tau2 * ((row["maker"] is not None) + (other["maker"] is not None))
                voices.append((carried[j], 1 / v))
            if not voices:
                continue
            voices.sort()
            says, weights = np.array([v[0] for v in voices]), np.array([v[1] for v in voices])
            centre = says[np.searchsorted(np.cumsum(weights), weights.sum() / 2 * (1 - 1e-15))]
            width = par["robust_bound_sd"] * math.sqrt(row["variance"] + math.pi / 2 / weights.sum())
            row["used"] = row["z"] + min(max(carried[i], centre - width), centre + width) - carried[i]

    # ---- joint distribution

    def matrices(self):
        """Mean and covariance of the z of all rows."""
        rows, n = self.rows, len(self.rows)
        mean = np.array([self.mu - row["expected"] for row in rows])
        cov = np.zeros((n, n))
        for i, a in enumerate(rows):
            for j, b in enumerate(rows):
                cov[i, j] = self.sigma**2 + self.q * (self.target - max(a["day"], b["day"]))
                cov[i, j] += float((a["own"] * b["own"]) @ self.rate_sd**2)
                if a["maker"] is not None and a["maker"] == b["maker"]:
                    cov[i, j] += self.par["maker_offset_sd_epc"] ** 2
                if i == j:
                    cov[i, j] += a["variance"]
        return mean, cov

    def wanted(self, exam_day=None):
        """Mean, variance and covariance with every z of readiness for an exam on that day; None: of readiness now."""
        day = self.now if exam_day is None else exam_day
        own_now, expected_now = self.own(self.now, self.target), self.expected(self.now, self.target)
        ahead, mean = -own_now, self.mu - expected_now
        if exam_day is not None:
            ahead, mean = ahead + self.own(self.now, day), mean + self.expected(self.now, day)
        variance = self.sigma**2 + self.q * abs(self.target - day) + float(ahead**2 @ self.rate_sd**2)
        cov = np.array(
            [
                self.sigma**2 + self.q * max(self.target - max(day, row["day"]), 0) - float((ahead * row["own"]) @ self.rate_sd**2)
                for row in self.rows
            ]
        )
        return mean, variance, cov

    def rates_now(self):
        """A week's growth now: what is expected of the group, and by what the two deviations count."""
        weeks = (self.now - (self.now if self.dedicated is None else self.dedicated)) / 7
        if self.dedicated is not None and weeks >= 0:
            own = np.array([0, math.exp(-weeks / self.par["growth_dedicated_own_weeks"])])
            group = np.array([0, math.exp(-weeks / self.par["growth_dedicated_scale_weeks"])])
        else:
            own = group = np.array([math.exp(-abs(weeks) / self.par["growth_before_scale_weeks"]), 0])
        if self.now > self.target - self.rest:
            return 0.0, np.zeros(2)
        return float(group @ self.rate_mean), own


def least_weights(cov, with_target):
    """The weights >= 0 that leave the least variance: min w'Cw - 2w'k (Lawson and Hanson)."""
    n = len(with_target)
    inside, w = np.zeros(n, bool), np.zeros(n)
    for _ in range(50 * n + 50):
        slope = with_target - cov @ w
        slope[inside] = -np.inf
        if n == 0 or slope.max() <= 1e-11 * max(1, abs(with_target).max()):
            break
        inside[int(slope.argmax())] = True
        while True:
            at = np.flatnonzero(inside)
            s = np.zeros(n)
            s[at] = np.linalg.solve(cov[np.ix_(at, at)], with_target[at])
            if (s[at] > 0).all():
                w = s
                break
            low = at[s[at] <= 0]
            step = min(w[i] / (w[i] - s[i]) for i in low)
            w = w + step * (s - w)
            inside &= w > 1e-15
            w[~inside] = 0
    return w, inside


def assess(case):
    student = Student(case)
    par, n = student.par, len(student.rows)
    used = np.array([row["used"] for row in student.rows])
    mean, cov = student.matrices()
    target_mean, target_variance, k = student.wanted(student.target)
    w, inside = least_weights(cov, k)
    at = np.flatnonzero(inside)
    exam_mean = target_mean + w @ (used - mean)
    exam_sd = math.sqrt(target_variance - w @ k)

    def posterior(day):
        m, v, c = student.wanted(day)
        if len(at) == 0:
            return m, v
        solve = np.linalg.solve(cov[np.ix_(at, at)], np.column_stack([c[at], (used - mean)[at]]))
        return m + c[at] @ solve[:, 1], v - c[at] @ solve[:, 0]

    def smoothed(day):
        """Readiness on a past day, from every row."""
        ahead = -student.own(day, student.target)
        m = student.mu - student.expected(day, student.target)
        v = student.sigma**2 + student.q * (student.target - day) + float(ahead**2 @ student.rate_sd**2)
        if not n:
            return m, math.sqrt(v)
        c = np.array(
            [
                student.sigma**2 + student.q * (student.target - max(day, row["day"])) - float((ahead * row["own"]) @ student.rate_sd**2)
                for row in student.rows
            ]
        )
        solve = np.linalg.solve(cov, np.column_stack([c, used - mean]))
        return m + c @ solve[:, 1], math.sqrt(v - c @ solve[:, 0])

    def recalibrated(p):
        intercept, slope = student.recalibration
        return p**slope / (p**slope + math.exp(-intercept) * (1 - p) ** slope)

    def p_of(m, v):
        return recalibrated(phi((m - par["cut_epc"]) / math.sqrt(v + par["exam_sd_epc"] ** 2)))

    now_mean, now_variance = posterior(None)
    growth, own_now = student.rates_now()
    if n:
        own = np.array([row["own"] for row in student.rows])
        growth -= float(own_now @ ((own * student.rate_sd**2).T @ np.linalg.solve(cov, used - mean)))
    z80 = quantile(0.5 + par["interval_coverage"] / 2)
    p = p_of(exam_mean, exam_sd**2)
    surer = math.hypot(exam_sd, par["exam_sd_epc"])
    base_probit = quantile(student.base)
    shares = {"prior": (student.mu - par["cut_epc"]) / surer - base_probit, "growth": 0.0}
    for row, weight, z in zip(student.rows, w, used):
        shares["growth"] += weight * row["expected"] / surer
        shares[row["result"]] = weight * (z - student.mu) / surer
    distance = sum(shares.values())
    base = recalibrated(student.base)
    scale = (p - base) / distance if abs(distance) > 1e-7 else 0.0
    days = [student.now + case["input"].get("exam_day", case["input"]["as_of_day"]) - case["input"]["as_of_day"] + d for d in range(-60, 61)]
    return {
        "exam_mean": exam_mean,
        "exam_sd": exam_sd,
        "readiness_mean": now_mean,
        "readiness_sd": math.sqrt(now_variance),
        "growth_per_week": growth,
        "p": p,
        "p_low": min(p, p_of(exam_mean - z80 * exam_sd, 0)),
        "p_high": max(p, p_of(exam_mean + z80 * exam_sd, 0)),
        "base_rate": base,
        "history": [smoothed(student.now + day - case["input"]["as_of_day"]) for day in case.get("history", [])],
        "results_used": n,
        "points": {key: share * scale for key, share in shares.items()},
        "curve": [None if day < student.now else p_of(*posterior(day)) for day in days],
        "weights": dict(zip((row["result"] for row in student.rows), w)),
    }


def study_flags(case, state):
    """The rules about how somebody studies, each from its sentence in server/risk/README.md: code to numbers. What was said of one
    week is one line of a table; `state` is what the estimate says, by rules of its own."""
    par, given = parameters(case.get("params", "default-2"), case.get("set")), case["input"]
    today, exam = given["as_of_day"], given.get("exam_day", NO_DAY)
    left = exam - today if exam != NO_DAY and exam >= today else -1
    told = [week for week in case["weeks"] if week["said_day"] <= today]
    over = [week for week in told if week["from_day"] + 7 <= today]
    recent = [week for week in over if today - week["from_day"] <= par["study_window_days"]]
    busy = state != "on_track" and (exam == NO_DAY or left >= 0)
    sizes = {code: int(info["items"] or 0) for code, info in catalogue().items()}

    def done(week):
        start = week["from_day"] * DAY_MS - given.get("zone_offset_s", 0) * 1000
        rows = [row for row in case.get("results", []) if start < row["taken_at_ms"] <= start + 7 * DAY_MS and not row.get("retracted")]
        return max(week["questions"], sum(row["items"] if row.get("items", 0) > 0 else sizes[row["instrument"]] for row in rows))

    found = {}
    meant = np.array([(done(week), week["goal_questions"]) for week in recent if week["goal_questions"]][: int(par["goals_weeks"])])
    if busy and len(meant) and (missed := np.sum(meant[:, 0] < par["goals_share"] * meant[:, 1])) >= par["goals_missed_weeks"]:
        found["goals_missed"] = [missed, len(meant), *meant.mean(axis=0)]

    dedicated = given.get("dedicated_day", exam - par["dedicated_default_days"])
    before = np.array([week["study_minutes"] / 60 for week in over[1:] if week["from_day"] >= dedicated])
    if left >= 0 and len(before) >= par["cramming_weeks"] and exam - over[0]["from_day"] <= par["cramming_days"]:
        hours = over[0]["study_minutes"] / 60
        if hours >= par["cramming_ratio"] * before.mean() and hours >= before.mean() + par["cramming_more_hours"]:
            found["cramming"] = [hours, before.mean(), len(before), left]

    review = np.array([(done(week), week["reviewed_percent"] / 100) for week in recent if "reviewed_percent" in week]).reshape(-1, 2)
    weeks, questions = np.sum(review[:, 0] > 0), review[:, 0].sum()
    if busy and weeks >= par["review_weeks"] and questions >= par["review_questions"]:
        share = np.average(review[:, 1], weights=review[:, 0])
        if share < par["review_share"]:
            found["misses_unreviewed"] = [share, weeks, questions / weeks, left]

    sure = [week["confidence_percent"] / 100 for week in told
            if "confidence_percent" in week and today - week["said_day"] <= par["confidence_window_days"]][: int(par["confidence_said"])]
    if left >= 0 and state != "cannot_say" and len(sure) == par["confidence_said"]:
        posterior, (intercept, slope) = assess(case), Student(case).recalibration

        def below(chance):
            if chance <= 0 or chance >= 1:
                return float(chance >= 1)
            odds = (chance / (1 - chance) * math.exp(-intercept)) ** (1 / slope)
            theta = par["cut_epc"] + par["exam_sd_epc"] * quantile(odds / (1 + odds))
            return phi((theta - posterior["exam_mean"]) / posterior["exam_sd"])

        probabilities = {
            "over_confidence": min(below(said - par["over_confidence_gap"]) for said in sure),
            "panic": min(1 - below(said + par["panic_gap"]) for said in sure),
        }
        for code, probability in probabilities.items():
            if probability > par["confidence_probability"]:
                found[code] = [sure[0], posterior["p"], probability, left]
    return found
