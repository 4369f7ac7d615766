/*
 * For whom the packet is. Inside the office it is printed as it is; for anybody who is no official of the school, the disclosure is
 * entered in the ledger first (34 CFR 99.32), with who gets it, what they need it for, and on what ground of law.
 */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { paths } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choice, errorOf, FormProblem, TextArea, TextField } from "../../ui/field";

type Basis = paths["/disclosures"]["post"]["requestBody"]["content"]["application/json"]["basis"];

const bases: readonly (readonly [Basis, string])[] = [
  ["consent", "With the student's signed and dated consent"],
  ["other_school", "To a school where the student seeks to enrol"],
  ["authorities", "To education authorities, for audit or evaluation"],
  ["financial_aid", "For financial aid that the student applied for"],
  ["studies", "To an organisation that conducts studies for the school"],
  ["accreditor", "To an accrediting organisation"],
  ["parent", "To a parent of a dependent student"],
  ["court", "A court order or lawful subpoena"],
  ["emergency", "Health or safety in an emergency"],
];
const needsPaper: readonly Basis[] = ["consent", "studies", "parent", "court"];

interface Props {
  student: string;
  what: string;
  close: () => void;
  recorded: (words: string) => void;
}

export function DisclosureForm({ student, what, close, recorded }: Props) {
  const [values, setValues] = useState({ recipient: "", interest: "", basis: "consent" as Basis, agreement: "", threat: "", what });
  const [problem, setProblem] = useState<Problem | null>(null);
  const set = (name: keyof typeof values) => (value: string) => setValues((was) => ({ ...was, [name]: value }));
  const paper = needsPaper.includes(values.basis),
    threat = values.basis === "emergency";
  const send = async () => {
    setProblem(null);
    try {
      const entry = await answer(
        api.POST("/disclosures", {
          body: {
            students: [student],
            recipient: values.recipient,
            interest: values.interest,
            what: values.what,
            basis: values.basis,
            ...(paper && { agreement: values.agreement }),
            ...(threat && { threat: values.threat }),
          },
        }),
      );
      say("Entered in the ledger of disclosures. It can be printed now.");
      recorded(
        `Given to ${entry.recipient}, ${entry.basis_words} (${entry.basis_source}); number ${entry.disclosure_id} of the ledger.`,
      );
      close();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title="It leaves the office" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <p class="quiet">This goes into the ledger that the student may see, and onto the foot of both pages.</p>
        <TextField
          label="Who gets it"
          value={values.recipient}
          change={set("recipient")}
          required
          maxLength={500}
          error={errorOf(problem, "recipient")}
        />
        <TextArea
          label="What they need it for"
          value={values.interest}
          change={set("interest")}
          required
          maxLength={2000}
          rows={2}
          error={errorOf(problem, "interest")}
        />
        <Choice
          label="On what ground"
          value={values.basis}
          change={set("basis")}
          options={bases}
          error={errorOf(problem, "basis")}
        />
        {paper && (
          <TextField
            label="The paper it rests on"
            hint="Which consent, order or agreement, of what day, until when."
            value={values.agreement}
            change={set("agreement")}
            required
            maxLength={500}
            error={errorOf(problem, "agreement")}
          />
        )}
        {threat && (
          <TextArea
            label="What was feared"
            value={values.threat}
            change={set("threat")}
            required
            maxLength={2000}
            rows={2}
            error={errorOf(problem, "threat")}
          />
        )}
        <TextField
          label="What is given"
          value={values.what}
          change={set("what")}
          required
          maxLength={2000}
          error={errorOf(problem, "what")}
        />
        <FormProblem problem={problem} fields={["recipient", "interest", "basis", "agreement", "threat", "what"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Enter it in the ledger
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
