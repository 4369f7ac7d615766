/* The dates of a student's plan in words, each with the rules that made it. The rules' own sentences come from the API. */
import type { components } from "../../api/schema";
import { count, day, plainly } from "../../ui/words";
import type { Calendar } from "./data";

type RuleRef = components["schemas"]["CalendarRuleRef"];
type Rule = components["schemas"]["CalendarRule"];
type Named = keyof Calendar["rules"];

const own: Record<string, string> = {
  permit_from: "The eligibility period on the permit begins.",
  permit_to: "The eligibility period on the permit ends.",
  deadline: "The student's own deadline on the roster.",
};

const by = { usmle: "USMLE", school: "school", roster: "roster", plan: "plan" } as const;

// `shown`: the day that stands beside it already, and need not be said again.
export function ruleWords(ref: RuleRef, rules: readonly Rule[], shown: string | null): string {
  const known =
    rules.find(
      (rule) =>
        rule.by === ref.by &&
        rule.code === ref.rule &&
        (rule.by === "usmle" ? rule.valid_from === ref.version : rule.revision === ref.version),
    ) ?? rules.find((rule) => rule.by === ref.by && rule.code === ref.rule);
  const sentence = own[ref.rule] ?? known?.words ?? `${plainly(ref.rule)}${ref.value === undefined ? "" : `: ${ref.value}`}.`;
  const version =
    ref.by === "usmle"
      ? ref.valid_from
        ? ` since ${day(ref.valid_from)}`
        : ""
      : ref.version === undefined
        ? ""
        : `, version ${ref.version}`;
  const gives = ref.day && day(ref.day, "full") !== shown ? `; gives ${day(ref.day)}` : "";
  return `${ref.item ? `${ref.item}: ` : ""}${sentence} (${by[ref.by]}${version}${gives})`;
}

export interface PlanDate {
  name: string;
  value: string | null;
  rules: readonly RuleRef[];
}

const allWith = (refs: readonly RuleRef[] | undefined): RuleRef[] => (refs ?? []).flatMap((ref) => [ref, ...allWith(ref.with)]);

export function planDates({ coming, rules }: Calendar): PlanDate[] {
  const date = (name: string, value: string | null, ...of: Named[]): PlanDate => ({
    name,
    value: value && day(value, "full"),
    rules: of.flatMap((one) => allWith(rules[one])),
  });
  const open = !coming.passed && !coming.taken;
  return [
    ...(open
      ? [
          date("First lawful day", coming.earliest_on, "earliest_on"),
          date("Last day that keeps the path", coming.latest_on, "latest_on"),
          date("Last safe day to decide", coming.last_safe_on, "latest_on", "notice"),
          {
            name: "Room to postpone",
            value:
              coming.room_days === null
                ? null
                : coming.room_days < 0
                  ? `none: ${count(-coming.room_days, "day")} too late already`
                  : count(coming.room_days, "day"),
            rules: [],
          },
        ]
      : []),
    ...(coming.passed
      ? []
      : [
          date("Result, typically", coming.result_typical_on, "result_typical_on"),
          date("Result, to plan with", coming.result_plan_on, "result_plan_on"),
        ]),
    ...(coming.passed ? [] : [date("Should it fail: retake from", coming.retake_on, "retake_on")]),
    ...(open ? [date("Permit, once extended", coming.permit_extended_to, "permit_extended_to")] : []),
    ...(coming.block_on
      ? [{ name: `Clerkship block${coming.block ? ` “${coming.block}”` : ""}`, value: day(coming.block_on, "full"), rules: [] }]
      : []),
    { name: "Attempts", value: `${coming.attempts_used} used, ${coming.attempts_left} left`, rules: allWith(rules.attempts_left) },
  ];
}
