/* A clearance rule clause by clause, where nobody in particular is looked at; the words of each are ui/policy_words.ts. */
import "./rule.css";
import type { components } from "../api/schema";
import { type Clause, clauseOf } from "../ui/policy_words";
import { count, day } from "../ui/words";

export type Rule = components["schemas"]["PolicyRule"];
export type Expression = components["schemas"]["PolicyExpression"];
export type Item = components["schemas"]["PolicyItem"];

const One = ({ of }: { of: Clause }) => (
  <div class="clause">
    <p>
      {of.words}
      {of.parts.length > 0 && ":"}
    </p>
    {of.parts.length > 0 && (
      <ul>
        {of.parts.map((part) => (
          <li key={part.path}>
            <One of={part} />
          </li>
        ))}
      </ul>
    )}
  </div>
);

export const Clauses = ({ of }: { of: Expression }) => <One of={clauseOf(of, "/require")} />;

export const dueWords = (by: Rule["by"]): string =>
  by.days_before_exam !== undefined ? `${count(by.days_before_exam, "day")} before the exam` : `on ${day(by.date)}`;
