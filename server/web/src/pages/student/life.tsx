/* What goes on in a student's life that makes rules keep quiet: its kind and a category, never a diagnosis. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import { type Problem, problemFrom } from "../../api/problem";
import type { Read } from "../../state/read";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Faster } from "../../ui/faster";
import { Choice, DayField, errorOf, FormProblem } from "../../ui/field";
import { Panel } from "../../ui/layout";
import { Tag } from "../../ui/mark";
import { Shown } from "../../ui/states";
import { day, plainly, today } from "../../ui/words";
import { isNow, type LifeEvent } from "./data";

const kinds = ["leave", "illness", "accommodation", "off_cycle", "decelerated"] as const;
const categories = ["medical", "family", "academic", "military", "administrative", "other"] as const;

export function LifeEvents({ student, read }: { student: string; read: Read<{ items: LifeEvent[] }> }) {
  const [open, setOpen] = useState<LifeEvent | "new" | null>(null);
  const mayChange = may("calendar");
  return (
    <Panel
      title="Life events"
      level={3}
      bare
      actions={
        mayChange ? (
          <Button kind="quiet" act={() => setOpen("new")}>
            Add
          </Button>
        ) : undefined
      }
    >
      <Shown read={read} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="quiet">None: no leave, illness, accommodation or change of pace is on record.</p>
          ) : (
            <ul class="log">
              {items.map((event) => (
                <li key={event.event}>
                  <p class="row">
                    <strong>{event.withdrawn_at ? <s>{plainly(event.kind)}</s> : plainly(event.kind)}</strong>
                    <span class="quiet">{event.category}</span>
                    {isNow(event, today()) && <Tag tone="borderline">now</Tag>}
                    {event.withdrawn_at && <Tag>taken back</Tag>}
                  </p>
                  <p>
                    {day(event.starts_on)} {event.ends_on ? `to ${day(event.ends_on)}` : "on, no end set"}
                    <span class="small quiet"> · {event.by.name}</span>
                  </p>
                  {event.mutes.length > 0 && !event.withdrawn_at && (
                    <p class="small quiet">Keeps quiet: {event.mutes.map(plainly).join(", ").toLowerCase()}.</p>
                  )}
                  {mayChange && !event.withdrawn_at && (
                    <Button kind="quiet" act={() => setOpen(event)}>
                      End or change<span class="unseen"> {event.kind}</span>
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {open && <LifeForm student={student} event={open === "new" ? null : open} close={() => setOpen(null)} again={read.again} />}
    </Panel>
  );
}

function LifeForm({
  student,
  event,
  close,
  again,
}: {
  student: string;
  event: LifeEvent | null;
  close: () => void;
  again: () => Promise<void>;
}) {
  const [kind, setKind] = useState<LifeEvent["kind"]>(event?.kind ?? "leave");
  const [category, setCategory] = useState<LifeEvent["category"]>(event?.category ?? "medical");
  const [starts, setStarts] = useState(event?.starts_on ?? today());
  const [ends, setEnds] = useState(event?.ends_on ?? "");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [revision, setRevision] = useState(event?.revision); // of what was seen
  const path = { params: { path: { student } } };
  const send = async (withdrawn: boolean) => {
    setProblem(null);
    try {
      if (event)
        await answer(
          api.PATCH("/students/{student}/life-events/{event}", {
            params: { path: { student, event: String(event.event) } },
            body: {
              revision: revision!,
              ...(withdrawn ? { withdrawn } : { starts_on: starts, ends_on: ends || null, category }),
            },
          }),
        );
      else
        await answer(
          api.POST("/students/{student}/life-events", {
            ...path,
            body: { kind, category, starts_on: starts, ends_on: ends || null },
          }),
        );
      say(withdrawn ? "Taken back; it stays on record as such." : event ? "Changed." : `${plainly(kind)} noted.`);
      close();
      await again();
    } catch (thrown) {
      const is = problemFrom(thrown);
      setProblem(is);
      if (is.isConflict) await again();
    }
  };
  const now = problem?.isConflict ? (problem.is.current as LifeEvent | undefined) : undefined;
  return (
    <Dialog title={event ? `Change: ${plainly(event.kind).toLowerCase()}` : "Add a life event"} close={close}>
      <form
        class="stack"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void send(false);
        }}
      >
        {!event && (
          <Choice
            label="What"
            value={kind}
            change={(value) => setKind(value as LifeEvent["kind"])}
            options={kinds.map((one) => [one, plainly(one)] as const)}
            error={errorOf(problem, "kind")}
          />
        )}
        <Choice
          label="Category"
          hint="Nothing more is kept: no diagnosis, no story. The student can read this."
          value={category}
          change={(value) => setCategory(value as LifeEvent["category"])}
          options={categories.map((one) => [one, plainly(one)] as const)}
          error={errorOf(problem, "category")}
        />
        <DayField label="From" value={starts} change={setStarts} required error={errorOf(problem, "starts_on")} />
        <DayField
          label="Until, included (optional)"
          value={ends}
          change={setEnds}
          min={starts}
          error={errorOf(problem, "ends_on")}
        />
        {now && (
          <Faster seen={now.withdrawn_at ? undefined : () => (setRevision(now.revision), setProblem(null))}>
            It is now:{" "}
            {now.withdrawn_at ? (
              "taken back"
            ) : (
              <>
                {now.category}, {day(now.starts_on)} {now.ends_on ? `to ${day(now.ends_on)}` : "on, no end set"}
              </>
            )}
            .
          </Faster>
        )}
        {!now && <FormProblem problem={problem} fields={["kind", "category", "starts_on", "ends_on"]} />}
        <div class="dialog-foot">
          {event && (
            <Button kind="danger" act={() => send(true)}>
              It was a mistake: take it back
            </Button>
          )}
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            {event ? "Save" : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
