/* How a clearance stands and what the school's rule proposes, as marks: a shape, a word, a colour. Deciding is a person's work. */
import type { components } from "../api/schema";
import { Shape, Tag } from "../ui/mark";

export type ClearanceState = components["schemas"]["ClearanceRow"]["state"];
export type Proposal = components["schemas"]["ClearanceRow"]["proposal"];

export const clearances: Record<ClearanceState, { word: string; tone: string; shape: "triangle" | "diamond" | "circle" | "dash" }> =
  {
    cleared: { word: "cleared", tone: "track", shape: "circle" },
    conditional: { word: "conditional", tone: "borderline", shape: "diamond" },
    waived: { word: "waived", tone: "borderline", shape: "diamond" },
    not_cleared: { word: "not cleared", tone: "risk", shape: "triangle" },
    undecided: { word: "undecided", tone: "unknown", shape: "dash" },
  };

export const proposals: Record<Proposal, { words: string; tone: string }> = {
  meets: { words: "meets the rule", tone: "track" },
  does_not_meet: { words: "does not meet the rule", tone: "risk" },
  cannot_say: { words: "cannot say", tone: "unknown" },
  no_policy: { words: "no rule in force", tone: "unknown" },
};

export const ClearanceMark = ({ state, expired }: { state: ClearanceState; expired?: boolean }) => (
  <span class={`mark ${clearances[state].tone}`}>
    <Shape of={clearances[state].shape} />
    {clearances[state].word}
    {expired && ", expired"}
  </span>
);

export const ProposalWords = ({ is, conditional }: { is: Proposal; conditional?: boolean }) => (
  <span class={is === "no_policy" || is === "cannot_say" ? "quiet" : undefined}>
    {proposals[is].words}
    {conditional && ", conditions proposed"}
  </span>
);

export const ChangedSince = ({ evidence, policy, worse }: { evidence: boolean; policy: boolean; worse: boolean }) => (
  <>
    {worse && <Tag tone="risk">fell since</Tag>} {evidence && <Tag tone="borderline">evidence changed</Tag>}{" "}
    {policy && <Tag tone="borderline">rule changed</Tag>}
  </>
);
