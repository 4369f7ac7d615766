/*
 * A person decides on clearance, and says what they looked at. The estimate alone is not enough: a number on which a decision
 * draws strongly would itself be the decision. What was seen goes with it, so that nobody decides on what has changed meanwhile.
 */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { paths } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { draft, forget } from "../../state/draft";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Faster } from "../../ui/faster";
import { Check, Choice, DayField, errorOf, FormProblem, TextArea } from "../../ui/field";
import { session } from "../../state/session";
import type { Clearance } from "./data";
import { ClearanceMark, clearances, proposals } from "../../record/clearance";

type Body = paths["/students/{student}/clearance"]["post"]["requestBody"]["content"]["application/json"];
type Item = Body["reviewed"][number];

interface Props {
  student: string;
  clearance: Clearance;
  close: () => void;
  again: () => Promise<void>;
}

const written = ["reason", "conditions", "student_view"] as const;

// What the policy lets this person choose from.
function choices(of: Clearance): Body["state"][] {
  const roles = session.value?.roles ?? [];
  const mayWaive = of.policy?.waiver?.some((role) => roles.some((one) => one === role)) ?? false;
  const hasCondition = !of.policy || of.policy.conditional !== null;
  return [
    "cleared",
    ...(hasCondition ? (["conditional"] as const) : []),
    "not_cleared",
    ...(mayWaive ? (["waived"] as const) : []),
    ...(of.revision > 0 ? (["undecided"] as const) : []),
  ];
}

export function ClearanceForm({ student, clearance, close, again }: Props) {
  const [seen, setSeen] = useState(clearance);
  const [state, setState] = useState<Body["state"] | "">("");
  const [reviewed, setReviewed] = useState<ReadonlySet<Item>>(new Set());
  const [until, setUntil] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const text = {
    reason: draft(`clearance/${student}/reason`),
    conditions: draft(`clearance/${student}/conditions`),
    student_view: draft(`clearance/${student}/student_view`),
  };
  const enough = [...reviewed].some((item) => item !== "estimate");
  const send = async () => {
    if (!state) return;
    setProblem(null);
    try {
      await answer(
        api.POST("/students/{student}/clearance", {
          params: { path: { student } },
          body: {
            revision: seen.revision,
            ...(seen.fingerprint && { fingerprint: seen.fingerprint }),
            state,
            reason: text.reason.value,
            reviewed: [...reviewed],
            ...(state === "conditional" && text.conditions.value && { conditions: text.conditions.value }),
            ...(text.student_view.value && { student_view: text.student_view.value }),
            ...(until && { valid_until: until }),
          },
        }),
      );
      written.forEach((name) => forget(`clearance/${student}/${name}`));
      say(`Decided: ${clearances[state].word}.`);
      close();
      await again();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  const now = problem?.isConflict ? (problem.is.current as Clearance | undefined) : undefined;
  const changed = (item: Item) => (yes: boolean) => {
    const next = new Set(reviewed);
    if (yes) next.add(item);
    else next.delete(item);
    setReviewed(next);
  };
  return (
    <Dialog title="Decide on clearance" close={close} side>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p>
          It is now: <ClearanceMark state={seen.state} />
          {seen.proposal && <span class="quiet"> The policy says: {proposals[seen.proposal.proposal].words}.</span>}
        </p>
        <Choice
          label="Decision"
          value={state}
          change={(value) => setState(value as Body["state"])}
          required
          error={errorOf(problem, "state")}
          options={[
            ["", "Choose…"],
            ...choices(seen).map((one) => [one, one === "undecided" ? "withdraw the decision" : clearances[one].word] as const),
          ]}
        />
        {seen.proposal && seen.proposal.proposal !== "meets" && state === "cleared" && (
          <p class="notice borderline">
            <strong>Against the proposal.</strong> That is yours to decide; the ledger will say so beside your reason.
          </p>
        )}
        <fieldset class="field" aria-describedby="reviewed-hint">
          <legend class="field-label">What you looked at</legend>
          <p class="hint" id="reviewed-hint">
            More than the estimate: a person decides, and has looked at something a number cannot say.
          </p>
          {seen.review_items.map(({ item, words }) => (
            <Check key={item} label={words} checked={reviewed.has(item)} change={changed(item)} />
          ))}
          {(errorOf(problem, "reviewed") || (reviewed.size > 0 && !enough)) && (
            <p class="field-error">
              {errorOf(problem, "reviewed") ??
                "The estimate alone is not enough. Look at the results, the plan, or what the student says."}
            </p>
          )}
        </fieldset>
        <TextArea
          label="Reason"
          hint="The student can read this."
          value={text.reason.value}
          change={(value) => (text.reason.value = value)}
          required
          maxLength={4000}
          rows={4}
          error={errorOf(problem, "reason")}
        />
        {state === "conditional" && (
          <TextArea
            label={seen.policy?.conditional ? "Condition (else that of the policy)" : "Condition"}
            hint={seen.policy?.conditional ?? "What has to happen. The student can read this."}
            value={text.conditions.value}
            change={(value) => (text.conditions.value = value)}
            required={!seen.policy?.conditional}
            maxLength={2000}
            rows={3}
            error={errorOf(problem, "conditions")}
          />
        )}
        <TextArea
          label="What the student says (optional)"
          hint="Their view, in their words where you can."
          value={text.student_view.value}
          change={(value) => (text.student_view.value = value)}
          maxLength={4000}
          rows={3}
          error={errorOf(problem, "student_view")}
        />
        {state !== "not_cleared" && state !== "undecided" && (
          <DayField
            label="Valid until (optional)"
            hint="Else as long as the policy says."
            value={until}
            change={setUntil}
            min={seen.today}
            error={errorOf(problem, "valid_until")}
          />
        )}
        {now && (
          <Faster seen={() => (setSeen(now), setProblem(null))}>
            It is now <ClearanceMark state={now.state} />
            {now.proposal && <>; the policy says: {proposals[now.proposal.proposal].words}</>}.
          </Faster>
        )}
        {!now && (
          <FormProblem problem={problem} fields={["state", "reviewed", "reason", "conditions", "student_view", "valid_until"]} />
        )}
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!state || !enough || !text.reason.value.trim()}>
            Decide
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
