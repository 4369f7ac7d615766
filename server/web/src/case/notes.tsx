/*
 * Notes, with their revisions, and the box to write one. Beside the box stands, always, that the student can read it: every note
 * of every tier is part of the education record. What is being written is kept until it is sent, whatever happens to the page.
 */
import { useState } from "preact/hooks";
import { type Problem, problemFrom } from "../api/problem";
import { draft, forget } from "../state/draft";
import { session } from "../state/session";
import { Button } from "../ui/button";
import { Choice, errorOf, FormProblem, TextArea } from "../ui/field";
import { Tag } from "../ui/mark";
import { Panel } from "../ui/layout";
import { moment, nameOf } from "../ui/words";
import { act, change } from "./act";
import { fields } from "./fields";
import type { Case } from "./verbs";

type Note = Case["notes"][number];
type Tier = Note["tier"];

const tierWords: Record<Tier, string> = {
  student: "message to the student",
  team: "whole team",
  owner: "owner and dean",
  dean: "dean only",
};

export function CaseNotes({ of, again, level = 2 }: { of: Case; again: () => Promise<void>; level?: 2 | 3 }) {
  const canWrite = of.verbs.some(({ verb }) => verb === "note");
  return (
    <Panel title="Notes" level={level}>
      <div class="stack">
        {canWrite && <Write of={of} again={again} />}
        {of.notes.length === 0 ? (
          <p class="quiet">No notes yet.</p>
        ) : (
          <ol class="notes">
            {of.notes.map((note) => (
              <One key={note.note} note={note} of={of} again={again} />
            ))}
          </ol>
        )}
      </div>
    </Panel>
  );
}

function Write({ of, again }: { of: Case; again: () => Promise<void> }) {
  const name = `case/${of.case}/note`;
  const text = draft(name);
  const [tier, setTier] = useState<Tier>("team");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      await act(of, "note", { text: text.value, tier }, nameOf(of.student), again);
      forget(name);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <form
      class="stack note-box no-print"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextArea
        label="A new note"
        name="text"
        hint={
          <>
            <strong class="readable">The student can read this.</strong> {of.notice}
          </>
        }
        value={text.value}
        change={(value) => (text.value = value)}
        error={errorOf(problem, "text")}
        maxLength={8000}
        rows={4}
      />
      <div class="row">
        <Choice
          label="Who sees it"
          name="tier"
          value={tier}
          change={(value) => setTier(value as Tier)}
          options={fields.tier!.options!}
        />
        <Button type="submit" kind="primary" disabled={!text.value.trim()}>
          Save the note
        </Button>
      </div>
      <FormProblem problem={problem} fields={["text"]} />
    </form>
  );
}

function One({ note, of, again }: { note: Note; of: Case; again: () => Promise<void> }) {
  const name = `note/${note.note}`;
  const text = draft(name);
  const [isOpen, setOpen] = useState(false);
  const save = async (body: { text?: string; retract?: boolean }) => {
    await change(
      { case: of.case, revision: of.revision },
      "note_change",
      { note: note.note, tier: note.tier, ...body },
      body.retract ? "Note withdrawn; its text stays on record." : "Note changed.",
    );
    forget(name);
    setOpen(false);
    await again();
  };
  return (
    <li class={note.retracted ? "note retracted" : "note"}>
      <p class="row small">
        <strong>{note.by.name}</strong>
        <span class="quiet">{moment(note.at)}</span>
        <Tag>{tierWords[note.tier]}</Tag>
        {note.retracted && <Tag tone="borderline">withdrawn</Tag>}
        {note.earlier.length > 0 && <span class="quiet">changed {moment(note.changed_at)}</span>}
      </p>
      {isOpen ? (
        <div class="stack">
          <TextArea
            label="The note"
            hint="The student can read this."
            value={text.value}
            change={(value) => (text.value = value)}
            rows={4}
          />
          <div class="row">
            <Button kind="primary" act={() => save({ text: text.value })}>
              Save
            </Button>
            <Button act={() => setOpen(false)}>Close</Button>
          </div>
        </div>
      ) : (
        <p class="note-text">{note.text}</p>
      )}
      {note.earlier.length > 0 && (
        <details class="small">
          <summary>Earlier wordings ({note.earlier.length})</summary>
          <ol>
            {note.earlier.map((was) => (
              <li key={was.revision} class="quiet">
                {moment(was.at)}: {was.text}
              </li>
            ))}
          </ol>
        </details>
      )}
      {note.mine && session.value && !note.retracted && !isOpen && (
        <p class="row no-print">
          <Button
            kind="quiet"
            act={() => {
              if (!text.value) text.value = note.text;
              setOpen(true);
            }}
          >
            Change
          </Button>
          <Button kind="quiet" act={() => save({ retract: true })}>
            Withdraw
          </Button>
        </p>
      )}
    </li>
  );
}
