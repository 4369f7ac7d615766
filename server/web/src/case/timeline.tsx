/* What happened to a case, newest first, by whom; rules are named as such. */
import { isVerb, verbs, caseStates, type Case } from "./verbs";
import { moment, plainly } from "../ui/words";

type Step = Case["timeline"][number];

const others: Record<string, string> = {
  open: "Case opened",
  reason_open: "New reason",
  reason_close: "A reason is over",
  undo: "Undone",
  note_change: "Note changed",
  task_change: "Task changed",
  plan_change: "Plan changed",
};

const wordsOf = (step: Step): string => others[step.verb] ?? (isVerb(step.verb) ? verbs[step.verb].done : plainly(step.verb));
const said = (step: Step): string => {
  const { text, sentence } = step.detail as { text?: unknown; sentence?: unknown };
  return [text, sentence].filter((one): one is string => typeof one === "string").join(" ");
};

export const CaseTimeline = ({ of }: { of: readonly Step[] }) => (
  <ol class="timeline">
    {of.map((step) => (
      <li key={`${step.revision}/${step.verb}/${step.at}`}>
        <p>
          <strong>{wordsOf(step)}</strong>
          {step.from !== step.to && step.from && (
            <span class="quiet">
              {" "}
              {caseStates[step.from].word} → {caseStates[step.to].word}
            </span>
          )}
        </p>
        {said(step) && <p class="small">{said(step)}</p>}
        <p class="small quiet">
          {moment(step.at)}, {step.by ? step.by.name : "by rule"}
        </p>
      </li>
    ))}
  </ol>
);
