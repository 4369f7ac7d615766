/*
 * The school's own words to a student who has gone silent. They are written here and sent only where the school switched that on;
 * every version is kept. What is being written stays in its draft until it is saved.
 */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { draft, forget } from "../../state/draft";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { errorOf, FormProblem, TextArea, TextField } from "../../ui/field";
import { Panel } from "../../ui/layout";
import { Tag } from "../../ui/mark";
import { Shown } from "../../ui/states";
import { moment } from "../../ui/words";

type Text = components["schemas"]["MailText"];

export function Texts() {
  const read = useRead((init) => api.GET("/mail-texts", init), [], { live: false });
  return (
    <Shown read={read} lines={5}>
      {(data) => (
        <>
          {data.items.map((text) => (
            <Panel
              key={`${text.kind}/${text.version}`}
              title="Reminder to students who have gone silent"
              note={
                text.version > 0
                  ? `Version ${text.version}, by ${text.written_by?.name ?? "somebody"}, ${moment(text.written_at)}.`
                  : "There are no words yet, so nothing is sent."
              }
              actions={<Tag tone={text.on ? "track" : "unknown"}>{text.on ? "is sent" : "is not sent: switched off"}</Tag>}
            >
              {may("policy") ? <Writing of={text} again={read.again} /> : <Words of={text} />}
            </Panel>
          ))}
        </>
      )}
    </Shown>
  );
}

const Words = ({ of }: { of: Text }) => (
  <div class="prose stack">
    <p>
      <strong>{of.subject || "–"}</strong>
    </p>
    <p class="written">{of.body}</p>
  </div>
);

// What is in a field: the draft, where there is one, and what it begins with otherwise.
function useKept(name: string, first: string): [string, (text: string) => void] {
  const [text, setText] = useState(draft(name).value || first);
  return [text, (next) => (setText(next), (draft(name).value = next === first ? "" : next))];
}

function Writing({ of, again }: { of: Text; again: () => Promise<void> }) {
  const [subject, setSubject] = useKept(`mail-text/${of.kind}/subject`, of.subject);
  const [body, setBody] = useKept(`mail-text/${of.kind}/body`, of.body);
  const [problem, setProblem] = useState<Problem | null>(null);
  const now = problem?.isConflict ? (problem.is.current as Text | undefined) : undefined;
  const save = async (version: number) => {
    setProblem(null);
    try {
      const params = { path: { kind: of.kind } };
      await answer(api.PUT("/mail-texts/{kind}", { params, body: { version, subject, body } }));
      forget(`mail-text/${of.kind}/subject`);
      forget(`mail-text/${of.kind}/body`);
      say("The words are kept; from now on these are sent.");
      await again();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <form
      class="stack prose"
      onSubmit={(event) => {
        event.preventDefault();
        void save(now?.version ?? of.version);
      }}
    >
      <p class="quiet">
        Gentle, short, and with a way to a person. In the text <code>{"{days}"}</code> becomes the days since the last contact,{" "}
        <code>{"{school}"}</code> the school's name. There is no name in it, and nothing about results. It is sent where “Student
        reminder on” and “Mail on” are 1 among the numbers of the office.
      </p>
      <TextField label="Subject" required maxLength={120} value={subject} change={setSubject} error={errorOf(problem, "subject")} />
      <TextArea label="Text" required rows={9} maxLength={4000} value={body} change={setBody} error={errorOf(problem, "body")} />
      <FormProblem problem={problem} fields={["subject", "body"]} />
      {now && (
        <Panel title={`Now there is version ${now.version}, by ${now.written_by?.name ?? "somebody"}`} level={3}>
          <Words of={now} />
        </Panel>
      )}
      <p>
        <Button kind="primary" type="submit">
          {now ? "Keep mine instead" : "Keep these words"}
        </Button>
      </p>
    </form>
  );
}
