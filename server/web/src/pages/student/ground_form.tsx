/*
 * Somebody gets a ground to see this student. Where the counsellor wall stands against it (whoever counsels a student has no part
 * in assessing them, LCME 11.1), the refusal is shown as it is.
 */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { paths } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { useColleagues } from "../../case/verb_form";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choice, DayField, errorOf, FormProblem, TextField } from "../../ui/field";

type Kind = paths["/students/{student}/grounds"]["post"]["requestBody"]["content"]["application/json"]["kind"];

const kinds: readonly (readonly [Kind, string])[] = [
  ["adviser", "Adviser: works with the student"],
  ["counsellor", "Counsellor: may not assess or decide"],
  ["committee", "Committee member: takes part in deciding"],
  ["assessor", "Assessor: grades the student"],
];

export function GroundForm({ student, close, again }: { student: string; close: () => void; again: () => Promise<void> }) {
  const colleagues = useColleagues();
  const [staff, setStaff] = useState("");
  const [kind, setKind] = useState<Kind>("adviser");
  const [until, setUntil] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      const given = await answer(
        api.POST("/students/{student}/grounds", {
          params: { path: { student } },
          body: { staff: Number(staff), kind, ...(reason && { reason }), ...(until && { until }) },
        }),
      );
      say(`${given.staff.name} sees this student as ${kind}.`);
      close();
      await again();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title="Give somebody a ground" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Choice
          label="Who"
          value={staff}
          change={setStaff}
          required
          error={errorOf(problem, "staff")}
          options={[
            ["", "Choose…"],
            ...(colleagues.data?.items ?? []).map(
              (one) => [String(one.staff_id), `${one.name} (${one.roles.join(", ")})`] as const,
            ),
          ]}
        />
        <Choice
          label="As what"
          value={kind}
          change={(value) => setKind(value as Kind)}
          options={kinds}
          error={errorOf(problem, "kind")}
        />
        <TextField label="Why (optional)" value={reason} change={setReason} maxLength={500} error={errorOf(problem, "reason")} />
        <DayField label="Until, included (optional)" value={until} change={setUntil} error={errorOf(problem, "until")} />
        <FormProblem problem={problem} fields={["staff", "kind", "reason", "until"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={!staff}>
            Give the ground
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
