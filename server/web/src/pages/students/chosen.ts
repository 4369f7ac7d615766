/*
 * Filters that no field of this page sets: another page's chart led here with them. Said in words above the list, so that one
 * knows what one is looking at, and taken away with the others.
 */
import type { Query } from "../../state/url";
import { day, percent, plainly } from "../../ui/words";

type Say = (value: string, all: Query) => string;

const stages: Record<string, string> = { to_sit: "still to sit", waiting: "waiting for a result", passed: "passed" };

const whys: Record<string, string> = {
  no_results: "cannot say: no results",
  too_wide: "cannot say: too few results",
  no_check: "cannot say: no readiness check yet",
  check_old: "cannot say: the last check is too old",
};

const funnel: Record<string, string> = {
  contacted: ", contacted",
  met: ", met",
  plan: ", with a plan",
  retested: ", retested",
  cleared: ", cleared",
  passed: ", passed",
};

// Two limits of one thing are one sentence; the second of them says nothing by itself.
const between =
  (from: string, to: string, what: string, say = (value: string) => value, unit = ""): Say =>
  (_, all) => {
    const [low, high] = [all[from], all[to]];
    if (low && high) return `${what} from ${say(low)} to ${say(high)}${unit}`;
    return low ? `${what} ${say(low)}${unit} or more` : `${what} below ${say(high!)}${unit}`;
  };

const readiness = between("readiness_min", "readiness_max", "readiness", undefined, " EPC");
const p = between("p_min", "p_max", "P(pass)", (value) => percent(Number(value)));
const effort = between("effort_min", "effort_max", "practice items in 28 days");

const exam: Say = (_, { exam_from: from, exam_to: to }) => {
  if (from && to) return from === to ? `exam on ${day(from)}` : `exam from ${day(from)} to ${day(to)}`;
  return from ? `exam from ${day(from)} on` : `exam until ${day(to)}`;
};

const words: Record<string, Say> = {
  adviser: (value) => `students of ${value}`,
  owner: (value) => `case owned by account ${value}`,
  flag: (value) => `flag: ${plainly(value).toLowerCase()}`,
  stage: (value) => stages[value] ?? value,
  cannot_say: (value) => whys[value] ?? value,
  readiness_min: readiness,
  readiness_max: readiness,
  p_min: p,
  p_max: p,
  effort_min: effort,
  effort_max: effort,
  exam: (value) => (value === "none" ? "no exam day planned" : "an exam day planned"),
  exam_from: exam,
  exam_to: exam,
  weak_area: (value) => `weak in ${plainly(value.replace(/^[a-z]+\./, "")).toLowerCase()}`,
  no_check_since: (value) => `no readiness check since ${day(value)}`,
  no_sync_since: (value) => `nothing sent since ${day(value)}`,
  funnel: (value, { since, until }) =>
    `flagged${since ? ` from ${day(since)}` : ""}${until ? ` to ${day(until)}` : ""}${funnel[value] ?? ""}`,
};

const SAID_WITH = new Set(["since", "until"]); // of the funnel
const OWN = new Set(["q", "state", "class_year", "track", "status", "sort"]);

export function chosenElsewhere(query: Query): { filters: Query; words: string } {
  const filters = Object.fromEntries(Object.entries(query).filter(([name, value]) => !OWN.has(name) && value));
  const said = Object.entries(filters)
    .filter(([name]) => !(SAID_WITH.has(name) && filters.funnel))
    .map(([name, value]) => (Object.hasOwn(words, name) ? words[name]!(value, filters) : `${plainly(name)} ${value}`));
  return { filters, words: [...new Set(said)].join(" · ") };
}
