/*
 * A clearance policy in words: each clause a sentence, with the path by which findings name it, and what was found for it. The
 * whole language is in the API's PolicyExpression; there are no other clauses.
 */
import type { components } from "../api/schema";
import { instrument, score } from "./instrument";
import { count, day, percent, plainly, states, type State } from "./words";

type Expression = components["schemas"]["PolicyExpression"];
type Item = components["schemas"]["PolicyItem"];
export type Finding = components["schemas"]["ClearanceFinding"];

export interface Clause {
  path: string;
  words: string; // of a clause; of a group how its parts are joined
  parts: readonly Clause[];
}

const itemWords = (item: Item): string =>
  `${instrument(item.instrument)}${item.min_score === undefined ? "" : ` of ${score(item.min_score, item.scale)} or more`}`;
const oneOf = (items: readonly Item[]): string => items.map(itemWords).join(", or ");

const manner = (of: { timed?: boolean; new_form?: boolean; official?: boolean }): string =>
  [of.official && "loaded by the office", of.timed && "with the clock running", of.new_form && "on a form not seen before"]
    .filter(Boolean)
    .map((one) => `, ${one}`)
    .join("");

const ORDINALS = ["first", "second", "third", "fourth"];

function leaf(of: Expression): string {
  if (of.checks) {
    const { at_least, pick, within_days, within_days_of_exam } = of.checks;
    const when = [
      within_days && `within the last ${count(within_days, "day")}`,
      within_days_of_exam && `within ${count(within_days_of_exam, "day")} of the exam`,
    ]
      .filter(Boolean)
      .map((one) => `, ${one}`)
      .join("");
    const which =
      pick === "latest"
        ? at_least === 1
          ? "The newest"
          : `Each of the newest ${at_least}`
        : at_least === 1
          ? "One"
          : `At least ${at_least}`;
    return `${which}: ${oneOf(of.checks.of)}${manner(of.checks)}${when}`;
  }
  if (of.last_check) {
    const { of: items, within_days_of_exam } = of.last_check;
    const when = `within ${count(within_days_of_exam, "day")} of the exam`;
    return `The newest of ${items.map(itemWords).join(", ")} is ${when}${manner(of.last_check)}`;
  }
  if (of.p_pass) {
    const { at_least, low_at_least } = of.p_pass;
    const low = low_at_least === undefined ? "" : `, the lower end of its interval ${percent(low_at_least)} or more`;
    return `P(pass) is ${percent(at_least)} or more${low}`;
  }
  if (of.state) return `The estimate says ${of.state.in.map((state) => states[state].word).join(" or ")}`;
  if (of.exam)
    return [
      of.exam.planned && "An exam day is planned",
      of.exam.inside_rules &&
        (of.exam.planned ? "no rule about dates stands against it" : "No rule about dates stands against the plan"),
    ]
      .filter(Boolean)
      .join(", and ");
  if (of.attempt) return `The coming attempt is at most the ${ORDINALS[of.attempt.most - 1] ?? `${of.attempt.most}th`}`;
  return "";
}

const kindOf = (of: Expression): string => Object.keys(of)[0] ?? "";

export function clauseOf(of: Expression, path: string): Clause {
  if (of.all) return { path, words: "All of these", parts: of.all.map((one, i) => clauseOf(one, `${path}/all/${i}`)) };
  if (of.any) return { path, words: "One of these", parts: of.any.map((one, i) => clauseOf(one, `${path}/any/${i}`)) };
  if (of.not) return { path, words: "Not", parts: [clauseOf(of.not, `${path}/not`)] };
  return { path: `${path}/${kindOf(of)}`, words: leaf(of), parts: [] };
}

// Truth of a group from that of its clauses, by Kleene's rules, as the database decides.
export function truthOf(clause: Clause, findings: ReadonlyMap<string, Finding>): boolean | null {
  if (clause.parts.length === 0) return findings.get(clause.path)?.truth ?? null;
  const truths = clause.parts.map((part) => truthOf(part, findings));
  if (clause.words === "Not") return truths[0] === null ? null : !truths[0];
  const decisive = clause.words === "One of these";
  return truths.includes(decisive) ? decisive : truths.includes(null) ? null : !decisive;
}

interface Found {
  wanted?: number;
  fitting?: number;
  reaching?: number;
  newest_on?: string | null;
  days_before_exam?: number | null;
  p?: number | null;
  p_low?: number | null;
  state?: State | null;
  exam_on?: string | null;
  breaks?: string[];
  attempt?: number;
}

// What it looked at, with its numbers.
export function foundWords({ found, path }: Finding): string {
  const is: Found = found;
  switch (path.slice(path.lastIndexOf("/") + 1)) {
    case "checks":
      return is.fitting ? `${is.reaching} of ${count(is.fitting, "such result")} reach it` : "there is no such result";
    case "last_check":
      return is.newest_on
        ? day(is.newest_on) +
            (typeof is.days_before_exam === "number" ? `, ${count(is.days_before_exam, "day")} before the exam` : "")
        : "there is none";
    case "p_pass":
      return is.p === null || is.p === undefined
        ? "no estimate that is fresh enough"
        : `${percent(is.p)}${is.p_low === null || is.p_low === undefined ? "" : `, ${percent(is.p_low)} at the lower end`}`;
    case "state":
      return is.state ? states[is.state].word : "no estimate";
    case "exam":
      return is.exam_on
        ? `${day(is.exam_on)}${is.breaks?.length ? `; against it: ${is.breaks.map(plainly).join(", ").toLowerCase()}` : ""}`
        : "none is planned";
    default:
      return is.attempt ? `it is attempt ${is.attempt}` : "";
  }
}
