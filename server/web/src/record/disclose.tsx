/*
 * The entry of a disclosure outside the school's officials (34 CFR 99.32): to whom, what for, on which basis. Written when it
 * happens, kept with the record, seen by the student.
 */
import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { components, paths } from "../api/schema";
import { type Problem, problemFrom } from "../api/problem";
import { say } from "../state/toast";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Choice, DayField, errorOf, FormProblem, TextArea, TextField } from "../ui/field";
import { today } from "../ui/words";

type Entry = paths["/disclosures"]["post"]["requestBody"]["content"]["application/json"];
export type Basis = Entry["basis"];

export const bases: Record<Basis, string> = {
  consent: "The student agreed in writing",
  other_school: "Another school, on enrolment there",
  authorities: "Education authorities",
  financial_aid: "Financial aid",
  state_law: "State law on juveniles",
  studies: "Studies for the school",
  accreditor: "An accreditor",
  parent: "Parents of a dependent student",
  court: "A court order or subpoena",
  emergency: "A threat to health or safety",
  directory: "Directory information",
  victim: "Victim of a crime of violence",
  disciplinary: "Outcome of a disciplinary proceeding",
  alcohol: "Parents, for alcohol or drugs",
  none: "None: a request that was refused",
};

const NEEDS_PAPER: readonly Basis[] = ["consent", "state_law", "studies", "parent", "court"];

interface Props {
  title?: string;
  students: readonly string[]; // ids; none: asked for
  what?: string;
  close: () => void;
  done: (entry: components["schemas"]["Disclosure"]) => void;
}

export function Disclose({ title = "A disclosure outside the school", students, what: given = "", close, done }: Props) {
  const [ids, setIds] = useState(students.join(", "));
  const [values, setValues] = useState({ recipient: "", interest: "", what: given, agreement: "", threat: "", on: today() });
  const [basis, setBasis] = useState<Basis>("consent");
  const [problem, setProblem] = useState<Problem | null>(null);
  const field = (name: keyof typeof values) => ({
    value: values[name],
    change: (next: string) => setValues({ ...values, [name]: next }),
    error: errorOf(problem, name),
  });
  const send = async () => {
    setProblem(null);
    const { on, agreement, threat, ...rest } = values;
    try {
      const entry = await answer(
        api.POST("/disclosures", {
          body: {
            ...rest,
            students: ids.split(/[\s,;]+/).filter(Boolean),
            basis,
            outcome: basis === "none" ? "refused" : "disclosed",
            disclosed_on: on,
            ...(agreement && { agreement }),
            ...(threat && { threat }),
          },
        }),
      );
      say("Entered in the ledger of disclosures; the student can see it.");
      done(entry);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title={title} close={close}>
      <p class="quiet">The student may see this entry. For officials of this school with a legitimate interest none is needed.</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        {students.length === 0 && (
          <TextField
            label="Whose record"
            hint="Ids, separated by commas."
            required
            value={ids}
            change={setIds}
            error={errorOf(problem, "students")}
          />
        )}
        <TextField label="Who gets it" required {...field("recipient")} />
        <TextField label="What they need it for" required {...field("interest")} />
        <TextArea label="What is given" required rows={2} {...field("what")} />
        <Choice
          label="On what ground"
          value={basis}
          change={(next) => setBasis(next as Basis)}
          options={Object.entries(bases)}
          error={errorOf(problem, "basis")}
        />
        {NEEDS_PAPER.includes(basis) && (
          <TextField
            label="The paper it rests on"
            hint="Which consent, order or agreement, of what day, until when."
            required
            {...field("agreement")}
          />
        )}
        {basis === "emergency" && <TextArea label="What was feared" required rows={2} {...field("threat")} />}
        <DayField label="On" required {...field("on")} />
        <FormProblem
          problem={problem}
          fields={["students", "recipient", "interest", "what", "basis", "agreement", "threat", "on"]}
        />
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
