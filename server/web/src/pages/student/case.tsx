/* The case of the coming attempt, with all that can be done about it here; without one, a way to open it. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api } from "../../api/client";
import { type Problem, problemFrom } from "../../api/problem";
import { CaseDeeds } from "../../case/deeds";
import { CaseNotes } from "../../case/notes";
import { CaseReasons } from "../../case/reasons";
import { CaseTag } from "../../case/tag";
import { CaseContacts, CasePlan, CaseTasks } from "../../case/work";
import { draft, forget } from "../../state/draft";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choice, errorOf, FormProblem, TextArea } from "../../ui/field";
import { Facts, Panel } from "../../ui/layout";
import { Tag, Urgency } from "../../ui/mark";
import { Shown } from "../../ui/states";
import { day, inDays, today } from "../../ui/words";
import { type StudentPage, useCase } from "./data";

export function CasePart({ student, page, again }: { student: string; page: StudentPage; again: () => Promise<void> }) {
  const [open, setOpen] = useState(false);
  const id = page.case?.case ?? null;
  const read = useCase(id);
  const both = async () => {
    await Promise.all([read.again(), again()]);
  };
  if (!page.case)
    return (
      <Panel
        title="Case and notes"
        bare
        actions={may("casework") ? <Button act={() => setOpen(true)}>Open a case</Button> : undefined}
      >
        <p class="quiet">No case is open. Rules open one by themselves; so can you.</p>
        {open && <OpenForm student={student} close={() => setOpen(false)} again={again} />}
      </Panel>
    );
  return (
    <Panel
      title="Case and notes"
      bare
      actions={<Link href={`/cases/${page.case.case}`}>Case {page.case.case} on its own page</Link>}
    >
      <Shown read={read} lines={5}>
        {(one) => (
          <div class="stack">
            <p class="row">
              <CaseTag state={one.state} /> {one.severity !== "info" && <Urgency is={one.severity} />} <span>{one.state_why}</span>
            </p>
            <Facts
              of={[
                ["Owner", one.owner?.name ?? "nobody yet"],
                [
                  "Due",
                  one.due_on ? (
                    <>
                      {day(one.due_on)} <span class="quiet">{inDays(today(), one.due_on)}</span>{" "}
                      {one.overdue && <Tag tone="risk">overdue</Tag>}
                    </>
                  ) : (
                    "–"
                  ),
                ],
                ["Follow up", one.follow_up_on ? day(one.follow_up_on) : "–"],
                [
                  "Contacts",
                  one.contacts.length === 0 ? "none yet" : `${one.contacts.length}, the last on ${day(one.contacts[0]!.on)}`,
                ],
              ]}
            />
            {may("casework") && <CaseDeeds of={one} again={both} />}
            <div class="columns case-columns">
              <Panel title="Why it is open" level={3}>
                <CaseReasons of={one.reasons} />
              </Panel>
              <CaseContacts of={one} again={both} level={3} />
              <CasePlan of={one} again={both} level={3} />
              <CaseTasks of={one} again={both} level={3} />
            </div>
            <CaseNotes of={one} again={both} level={3} />
          </div>
        )}
      </Shown>
    </Panel>
  );
}

function OpenForm({ student, close, again }: { student: string; close: () => void; again: () => Promise<void> }) {
  const sentence = draft(`student/${student}/case`);
  const [severity, setSeverity] = useState<"watch" | "warning" | "urgent">("watch");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      await answer(
        api.POST("/students/{student}/cases", { params: { path: { student } }, body: { sentence: sentence.value, severity } }),
      );
      forget(`student/${student}/case`);
      say("Case opened.");
      close();
      await again();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title="Open a case" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <TextArea
          label="Why"
          hint="One sentence. The student can read this."
          value={sentence.value}
          change={(value) => (sentence.value = value)}
          required
          maxLength={500}
          rows={3}
          error={errorOf(problem, "sentence")}
        />
        <Choice
          label="How pressing"
          value={severity}
          change={(value) => setSeverity(value as typeof severity)}
          options={[
            ["watch", "watch"],
            ["warning", "warning"],
            ["urgent", "urgent"],
          ]}
        />
        <FormProblem problem={problem} fields={["sentence"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Open the case
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
