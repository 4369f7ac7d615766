/*
 * What the office knows of a student's exam: planned or moved, cancelled, taken, or its result. Nothing is refused because a rule
 * stands against it; the answer says which, and so does the page.
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
import { Choice, DayField, errorOf, FormProblem, TextArea } from "../../ui/field";
import { day } from "../../ui/words";
import type { Calendar } from "./data";

type Body = paths["/students/{student}/plan"]["post"]["requestBody"]["content"]["application/json"];
type Action = Body["action"];

const asked: Record<Action, readonly (keyof Body)[]> = {
  planned: ["exam_day", "permit_from", "permit_to", "dedicated_start"],
  cancelled: [],
  taken: ["exam_day"],
  result: ["outcome", "outcome_known_on"],
};
const days = [
  ["exam_day", "Exam day"],
  ["permit_from", "Permit from (optional)"],
  ["permit_to", "Permit until (optional)"],
  ["dedicated_start", "Dedicated study from (optional)"],
] as const;
const done = {
  planned: "Plan recorded.",
  cancelled: "Exam cancelled.",
  taken: "Exam recorded as taken.",
  result: "Result recorded.",
} as const;

interface Props {
  student: string;
  calendar: Calendar;
  close: () => void;
  again: () => Promise<void>;
}

export function PlanForm({ student, calendar, close, again }: Props) {
  const last = calendar.attempts.at(-1);
  const [seen, setSeen] = useState(calendar);
  const [action, setAction] = useState<Action>(last?.taken_on && !last.outcome ? "result" : "planned");
  const [values, setValues] = useState<Partial<Record<string, string>>>({
    exam_day: calendar.coming.exam_on ?? "",
    permit_from: calendar.coming.permit_from ?? "",
    permit_to: calendar.coming.permit_to ?? "",
    dedicated_start: last?.dedicated_start ?? "",
    outcome_known_on: calendar.coming.today,
  });
  const [problem, setProblem] = useState<Problem | null>(null);
  const reason = draft(`plan/${student}/reason`);
  const set = (name: string) => (value: string) => setValues((was) => ({ ...was, [name]: value }));
  const fields = asked[action];
  const send = async () => {
    setProblem(null);
    try {
      const given = Object.fromEntries(fields.flatMap((name) => (values[name] ? [[name, values[name]]] : [])));
      const now = await answer(
        api.POST("/students/{student}/plan", {
          params: { path: { student } },
          body: {
            ...given,
            revision: seen.revision,
            action,
            reason: reason.value,
            ...(action === "result" && last && { attempt: last.attempt }),
          } as Body,
        }),
      );
      forget(`plan/${student}/reason`);
      say([done[action], ...now.breaks.map((one) => one.words)].join(" "));
      close();
      await again();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  const now = problem?.isConflict ? (problem.is.current as Calendar | undefined) : undefined;
  return (
    <Dialog title="Change the plan" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Choice
          label="What happened"
          value={action}
          change={(value) => setAction(value as Action)}
          options={[
            ["planned", last && !last.taken_on ? "The day is planned or moved" : "An exam is planned"],
            ["cancelled", "The exam is cancelled"],
            ["taken", "The exam was taken"],
            ["result", "The result is known"],
          ]}
        />
        {days.map(
          ([name, label]) =>
            fields.includes(name) && (
              <DayField
                key={name}
                label={label}
                value={values[name] ?? ""}
                change={set(name)}
                required={name === "exam_day"}
                error={errorOf(problem, name)}
              />
            ),
        )}
        {action === "result" && (
          <>
            <Choice
              label="Result"
              value={values.outcome ?? ""}
              change={set("outcome")}
              required
              error={errorOf(problem, "outcome")}
              options={[
                ["", "Choose…"],
                ["pass", "Passed"],
                ["fail", "Failed"],
              ]}
            />
            <DayField
              label="Known on"
              value={values.outcome_known_on ?? ""}
              change={set("outcome_known_on")}
              error={errorOf(problem, "outcome_known_on")}
            />
          </>
        )}
        <TextArea
          label="Reason"
          hint="How the office knows. The student can read this."
          value={reason.value}
          change={(value) => (reason.value = value)}
          required
          maxLength={500}
          rows={3}
          error={errorOf(problem, "reason")}
        />
        {now && (
          <Faster seen={() => (setSeen(now), setProblem(null))}>
            The exam is now {now.coming.exam_on ? `on ${day(now.coming.exam_on, "full")}` : "not planned"}.
          </Faster>
        )}
        {!now && (
          <FormProblem
            problem={problem}
            fields={["exam_day", "permit_from", "permit_to", "dedicated_start", "outcome", "outcome_known_on", "reason"]}
          />
        )}
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Record
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
