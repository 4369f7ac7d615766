/*
 * A clearance rule in words: what it asks for, clause by clause, and beside each (where given) whether it is met. The language is
 * small and has no code in it (server/office/openapi/clearance.json); every clause has exactly one sentence here.
 */
import "./rule.css";
import type { components } from "../api/schema";
import { Shape } from "../ui/mark";
import { count, percent, plainly, states } from "../ui/words";

export type Rule = components["schemas"]["PolicyRule"];
export type Expression = components["schemas"]["PolicyExpression"];
export type Item = components["schemas"]["PolicyItem"];
export type Finding = components["schemas"]["ClearanceFinding"];

export const scales: Record<Item["scale"], string> = {
  epc: "EPC",
  percent: "percent",
  three_digit: "three-digit",
  nbme800: "10 to 800",
  cbse_old: "old CBSE",
  own: "its own scale",
};

const instruments: Record<string, string> = {
  cbse: "CBSE",
  cbssa: "CBSSA",
  uwsa1: "UWSA 1",
  uwsa2: "UWSA 2",
  uwsa3: "UWSA 3",
  free120: "Free 120",
};
export const instrumentWords = (code: string): string => instruments[code] ?? plainly(code);

const itemWords = (item: Item) =>
  instrumentWords(item.instrument) + (item.min_score === undefined ? "" : ` of at least ${item.min_score} ${scales[item.scale]}`);

const qualities = (of: { timed?: boolean; new_form?: boolean; official?: boolean }) =>
  [of.official && "official", of.timed && "timed", of.new_form && "not seen before"].filter(Boolean).join(", ");

export function clauseWords(of: Expression): string {
  if (of.all) return "All of these";
  if (of.any) return "One of these";
  if (of.not) return "Not this";
  if (of.checks) {
    const { at_least, of: items, pick, within_days, within_days_of_exam } = of.checks;
    const when = [
      within_days && `of the last ${count(within_days, "day")}`,
      within_days_of_exam && `within ${count(within_days_of_exam, "day")} of the exam`,
    ];
    const which = pick === "latest" ? `The ${at_least === 1 ? "newest" : `${at_least} newest`}` : `At least ${at_least}`;
    return [`${which} of: ${items.map(itemWords).join(", or ")}`, qualities(of.checks), ...when].filter(Boolean).join("; ");
  }
  if (of.last_check) {
    const { of: items, within_days_of_exam } = of.last_check;
    const which = [...new Set(items.map((item) => instrumentWords(item.instrument)))].join(", ");
    return [`The last check (${which}) lies within ${count(within_days_of_exam, "day")} of the exam`, qualities(of.last_check)]
      .filter(Boolean)
      .join("; ");
  }
  if (of.p_pass) {
    const low = of.p_pass.low_at_least === undefined ? "" : `, its interval not below ${percent(of.p_pass.low_at_least)}`;
    return `P(pass) is at least ${percent(of.p_pass.at_least)}${low}`;
  }
  if (of.state) return `The estimate says ${of.state.in.map((state) => states[state].word).join(" or ")}`;
  if (of.attempt) return `It is at most attempt ${of.attempt.most}`;
  if (of.exam)
    return [of.exam.planned && "An exam is planned", of.exam.inside_rules && "nothing in the calendar stands against it"]
      .filter(Boolean)
      .join(", and ");
  return "An unknown clause";
}

// The clauses below one, with their paths as the server names them in its findings (JSON pointers into the rule).
export function partsOf(of: Expression, path: string): readonly (readonly [string, Expression])[] {
  if (of.not) return [[`${path}/not`, of.not]];
  const name = of.all ? "all" : "any";
  return (of.all ?? of.any ?? []).map((part, i) => [`${path}/${name}/${i}`, part] as const);
}

// Three-valued: a clause by the server's finding, what is made of clauses by Kleene's rules, as the server does it.
export function truthOf(of: Expression, findings: readonly Finding[], path: string): boolean | null {
  const parts = partsOf(of, path).map(([at, part]) => truthOf(part, findings, at));
  if (of.not) return parts[0] === null || parts[0] === undefined ? null : !parts[0];
  if (of.all) return parts.includes(false) ? false : parts.includes(null) ? null : true;
  if (of.any) return parts.includes(true) ? true : parts.includes(null) ? null : false;
  return findings.find((finding) => finding.path === `${path}/${Object.keys(of)[0]}`)?.truth ?? null;
}

const truths = {
  met: { shape: "circle", tone: "track" },
  unmet: { shape: "triangle", tone: "risk" },
  unknown: { shape: "dash", tone: "unknown" },
} as const;

const Truth = ({ is }: { is: boolean | null }) => {
  const word = is === null ? "unknown" : is ? "met" : "unmet";
  return (
    <span class={`mark plain ${truths[word].tone}`}>
      <Shape of={truths[word].shape} />
      {is === null ? "cannot say" : is ? "met" : "not met"}
    </span>
  );
};

interface Props {
  of: Expression;
  findings?: readonly Finding[];
  path?: string;
}

export function Clauses({ of, findings, path = "/require" }: Props) {
  const parts = partsOf(of, path);
  return (
    <div class="clause">
      <p class="row">
        {findings && <Truth is={truthOf(of, findings, path)} />}
        <span>
          {clauseWords(of)}
          {parts.length > 0 && ":"}
        </span>
      </p>
      {parts.length > 0 && (
        <ul>
          {parts.map(([at, part]) => (
            <li key={at}>
              <Clauses of={part} path={at} {...(findings && { findings })} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export const dueWords = (by: Rule["by"]): string =>
  by.days_before_exam !== undefined ? `${count(by.days_before_exam, "day")} before the exam` : `on ${by.date}`;
