/* A student's request to see or amend the record: a clock of 45 days, and nothing is deleted while it runs. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { draft, forget } from "../../state/draft";
import { useList } from "../../state/list";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choice, DayField, errorOf, FormProblem, TextArea, TextField } from "../../ui/field";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import { Person } from "../../ui/person";
import type { Column } from "../../ui/table";
import { count, day, moment, nameOf, today } from "../../ui/words";

type Request = components["schemas"]["RecordRequest"];
type State = Request["state"];

const states: Record<State, { words: string; act: string; tone: string }> = {
  open: { words: "open", act: "Reopen", tone: "borderline" },
  preparing: { words: "being prepared", act: "Begin to prepare", tone: "borderline" },
  answered: { words: "answered", act: "Answered", tone: "track" },
  amended: { words: "amended", act: "Amended as asked", tone: "track" },
  denied: { words: "denied", act: "Deny", tone: "unknown" },
  hearing: { words: "hearing", act: "Hearing asked for", tone: "borderline" },
  upheld: { words: "upheld after a hearing", act: "Upheld after a hearing", tone: "unknown" },
  withdrawn: { words: "withdrawn", act: "Withdrawn", tone: "unknown" },
};
const SOON_DAYS = 10;
const rowKey = (row: Request) => String(row.request_id);

export function Requests() {
  const list = useList<Request>((init, page) => api.GET("/access-requests", { ...init, params: { query: page } }), []);
  const [edited, setEdited] = useState<Request | "new" | null>(null);
  const columns: readonly Column<Request>[] = [
    { id: "student", head: "Student", primary: true, cell: (row) => <Person is={row.student} /> },
    { id: "kind", head: "Wants to", cell: (row) => (row.kind === "inspection" ? "see the record" : "have it amended") },
    { id: "state", head: "State", cell: (row) => <Tag tone={states[row.state].tone}>{states[row.state].words}</Tag> },
    { id: "received", head: "Received", cell: (row) => day(row.received_on) },
    {
      id: "due",
      head: "Due",
      cell: (row) =>
        row.days_left === null ? (
          "–"
        ) : (
          <>
            {day(row.due_on)}{" "}
            <Tag tone={row.days_left < SOON_DAYS ? "risk" : "unknown"}>
              {row.days_left < 0 ? `${count(-row.days_left, "day")} late` : `${count(row.days_left, "day")} left`}
            </Tag>
          </>
        ),
    },
    { id: "hold", head: "Deletion", cell: (row) => (row.hold ? "on hold" : "–") },
    {
      id: "act",
      head: "Actions",
      hideHead: true,
      cell: (row) => (
        <Button kind="quiet" act={() => setEdited(row)}>
          Open<span class="unseen"> the request of {nameOf(row.student)}</span>
        </Button>
      ),
    },
  ];
  const done = () => (setEdited(null), list.again());
  return (
    <div class="stack">
      <p>
        <Button kind="primary" act={() => setEdited("new")}>
          Enter a request
        </Button>
      </p>
      <Listed
        list={list}
        label="Students' requests"
        columns={columns}
        rowKey={rowKey}
        empty={{
          title: "No requests",
          children: "A student may ask to see the record (34 CFR 99.10) or to have it amended (99.20).",
        }}
      />
      {edited === "new" && <NewRequest close={() => setEdited(null)} done={done} />}
      {edited && edited !== "new" && <One of={edited} close={() => setEdited(null)} done={done} />}
    </div>
  );
}

function NewRequest({ close, done }: { close: () => void; done: () => void }) {
  const [student, setStudent] = useState("");
  const [kind, setKind] = useState<Request["kind"]>("inspection");
  const [on, setOn] = useState(today());
  const [problem, setProblem] = useState<Problem | null>(null);
  const words = draft("request/new");
  const send = async () => {
    setProblem(null);
    try {
      await answer(api.POST("/access-requests", { body: { student, kind, received_on: on, words: words.value } }));
      forget("request/new");
      say("Entered; the clock runs and deletion is on hold.");
      done();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title="A student's request" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <TextField label="Student id" required value={student} change={setStudent} error={errorOf(problem, "student")} />
        <Choice
          label="Wants to"
          value={kind}
          change={(next) => setKind(next as Request["kind"])}
          options={[
            ["inspection", "See the record"],
            ["amendment", "Have the record amended"],
          ]}
        />
        <DayField label="Received on" required value={on} change={setOn} error={errorOf(problem, "received_on")} />
        <TextArea
          label="In the student’s words"
          value={words.value}
          change={(next) => (words.value = next)}
          error={errorOf(problem, "words")}
        />
        <FormProblem problem={problem} fields={["student", "received_on", "words"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Enter it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function One({ of, close, done }: { of: Request; close: () => void; done: () => void }) {
  const name = `request/${of.request_id}`;
  const words = draft(`${name}/words`);
  const text = draft(`${name}/answer`);
  const [problem, setProblem] = useState<Problem | null>(null);
  const move = async (state: State) => {
    setProblem(null);
    try {
      const said = { ...(words.value && { words: words.value }), ...(text.value && { answer: text.value }) };
      await answer(
        api.PATCH("/access-requests/{request}", {
          params: { path: { request: String(of.request_id) } },
          body: { revision: of.revision, state, ...said },
        }),
      );
      forget(`${name}/words`);
      forget(`${name}/answer`);
      say(`Request: ${states[state].words}.`);
      done();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title={`Request of ${nameOf(of.student)}`} close={close}>
      {of.words && <blockquote class="prose">{of.words}</blockquote>}
      {of.answer && <p class="prose">Answer: {of.answer}</p>}
      <ol class="lines">
        {of.steps.map((step) => (
          <li key={step.at}>
            <strong>{states[step.state].words}</strong>{" "}
            <span class="small quiet">
              {moment(step.at)}, {step.staff?.name ?? "by rule"}
            </span>
            {step.words && <p>{step.words}</p>}
          </li>
        ))}
      </ol>
      {of.next.length > 0 && (
        <>
          <TextArea
            label="Remark on this step (optional)"
            rows={2}
            value={words.value}
            change={(next) => (words.value = next)}
            error={errorOf(problem, "words")}
          />
          <TextArea
            label="Answer to the student (optional)"
            hint="The student can read this."
            rows={3}
            value={text.value}
            change={(next) => (text.value = next)}
            error={errorOf(problem, "answer")}
          />
          <FormProblem problem={problem} fields={["words", "answer"]} />
          <div class="dialog-foot">
            {of.next.map((state) => (
              <Button key={state} act={() => move(state)}>
                {states[state].act}
              </Button>
            ))}
          </div>
        </>
      )}
    </Dialog>
  );
}
