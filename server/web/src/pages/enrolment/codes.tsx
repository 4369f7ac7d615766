/*
 * Issuing one-time codes. They are shown this one time: as letters to print, one a page, or as a file for a mail merge. A new code
 * ends the student's earlier ones.
 */
import "./codes.css";
import { useState } from "preact/hooks";
import { answer, api, save } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { session } from "../../state/session";
import { Button } from "../../ui/button";
import { csvOf } from "../../ui/chart";
import { Dialog } from "../../ui/dialog";
import { Choice, errorOf, FormProblem, TextField } from "../../ui/field";
import { count, day, nameOf } from "../../ui/words";

type Issued = components["schemas"]["Codes"];

const DAYS = 14;

export function Codes({ students, close, done }: { students: readonly string[]; close: () => void; done: () => void }) {
  const [whom, setWhom] = useState(students.length > 0 ? "chosen" : "all");
  const [year, setYear] = useState("");
  const [days, setDays] = useState(String(DAYS));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [issued, setIssued] = useState<Issued | null>(null);
  const send = async () => {
    setProblem(null);
    const of = whom === "chosen" ? { students: [...students] } : whom === "class" ? { class_year: Number(year) } : { all: true };
    try {
      setIssued((await answer(api.POST("/codes", { body: { ...of, expires_days: Number(days) } }))) as Issued);
      done();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  if (issued) return <Letters of={issued} close={close} />;
  return (
    <Dialog title="Issue codes" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Choice
          label="For whom"
          value={whom}
          change={setWhom}
          options={[
            ...(students.length > 0 ? [["chosen", `the ${count(students.length, "student")} chosen`] as const] : []),
            ["all", "all who are not enrolled yet"],
            ["class", "a class, those not enrolled yet"],
          ]}
        />
        {whom === "class" && (
          <TextField
            label="Class"
            inputMode="numeric"
            pattern="[0-9]{4}"
            required
            value={year}
            change={setYear}
            error={errorOf(problem, "class_year")}
          />
        )}
        <TextField
          label="Days that they work"
          inputMode="numeric"
          pattern="[0-9]+"
          required
          value={days}
          change={setDays}
          error={errorOf(problem, "expires_days")}
        />
        <p class="hint">Earlier codes of the same students stop working.</p>
        <FormProblem problem={problem} fields={["class_year", "expires_days"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Issue
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Letters({ of, close }: { of: Issued; close: () => void }) {
  const rows = of.items.map((item) => [item.student_id, nameOf(item), item.code, of.expires_on]);
  return (
    <Dialog title={`${count(of.issued, "code")} issued`}>
      <p class="no-print">
        They are shown this one time and work until the end of {day(of.expires_on, "full")}. Give each to its student alone.
        {of.unknown.length > 0 && ` Nobody who can enrol: ${of.unknown.join(", ")}.`}
      </p>
      <div class="row no-print">
        <Button kind="primary" disabled={of.issued === 0} act={() => window.print()}>
          Print letters
        </Button>
        <Button
          disabled={of.issued === 0}
          act={() =>
            save(new Blob([csvOf({ columns: ["student_id", "name", "code", "expires"], rows })], { type: "text/csv" }), "codes.csv")
          }
        >
          File for a mail merge
        </Button>
        <Button act={close}>I have them</Button>
      </div>
      <div class="letters">
        {of.items.map((item) => (
          <section key={item.student_id} class="letter">
            <h3>{nameOf(item)}</h3>
            <p class="letter-only">
              {session.value?.school.name} invites you to bring your practice results into Stepguard, so that help comes in time.
              Install the client, run “stepguard enrol” and type this code. It works once, until {day(of.expires_on, "full")}, and
              is yours alone.
            </p>
            <p>
              <code class="once">{item.code}</code>
            </p>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
