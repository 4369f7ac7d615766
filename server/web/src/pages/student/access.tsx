/* Who may see this student and why, who looked, and to whom outside something was given. Asked for when it is opened. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Panel } from "../../ui/layout";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { Shown } from "../../ui/states";
import { day, moment, plainly } from "../../ui/words";
import { GroundForm } from "./ground_form";

type Ground = components["schemas"]["Ground"];
type Access = components["schemas"]["AccessEvent"];

function Grounds({ student }: { student: string }) {
  const read = useRead((init) => api.GET("/students/{student}/grounds", { ...init, params: { path: { student } } }), [student]);
  const [open, setOpen] = useState(false);
  const end = (ground: Ground) => async () => {
    await answer(api.DELETE("/grounds/{ground}", { params: { path: { ground: String(ground.ground_id) } } }));
    say(`${ground.staff.name} no longer sees this student as ${ground.kind}.`);
    await read.again();
  };
  return (
    <Panel
      title="Grounds"
      level={3}
      bare
      note="The dean's office sees every student; everybody else needs one of these."
      actions={may("assign") ? <Button act={() => setOpen(true)}>Give somebody a ground</Button> : undefined}
    >
      <Shown read={read} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="quiet">Nobody has a ground of their own.</p>
          ) : (
            <ul class="log">
              {items.map((ground, i) => (
                <li key={ground.ground_id ?? `roster/${i}`} class={ground.state === "over" ? "quiet" : undefined}>
                  <p class="spread">
                    <span>
                      <strong>{ground.staff.name}</strong>, {ground.kind}{" "}
                      <span class="quiet">from the {ground.source === "roster" ? "roster" : "office"}</span>{" "}
                      {ground.state !== "in_force" && <Tag>{plainly(ground.state).toLowerCase()}</Tag>}
                    </span>
                    {ground.ground_id !== null && ground.state !== "over" && may("assign") && (
                      <Button kind="quiet" act={end(ground)}>
                        End<span class="unseen"> the ground of {ground.staff.name}</span>
                      </Button>
                    )}
                  </p>
                  <p class="small quiet">
                    {day(ground.from)}
                    {ground.until && ` to ${day(ground.until)}`}
                    {ground.granted_by && `, given by ${ground.granted_by.name}`}
                    {ground.reason && `: ${ground.reason}`}
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {open && <GroundForm student={student} close={() => setOpen(false)} again={read.again} />}
    </Panel>
  );
}

function Disclosures({ student }: { student: string }) {
  const read = useRead((init) => api.GET("/students/{student}/disclosures", { ...init, params: { path: { student } } }), [student]);
  return (
    <Panel title="Given to others outside" level={3} bare note="The disclosures of 34 CFR 99.32. The student may see them.">
      <Shown read={read} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="quiet">Nothing was given to anybody outside the school's officials.</p>
          ) : (
            <ul class="log">
              {items.map((one) => (
                <li key={one.disclosure_id}>
                  <p>
                    <strong>{one.recipient}</strong> {one.outcome === "refused" && <Tag>refused</Tag>}{" "}
                    {one.corrected_by !== null && <Tag>corrected later</Tag>}
                  </p>
                  <p>
                    {one.what}. <span class="quiet">{one.interest}</span>
                  </p>
                  <p class="small quiet">
                    {day(one.disclosed_on)}, {one.basis_words} ({one.basis_source}){one.staff && `, ${one.staff.name}`}
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </Panel>
  );
}

/* One opening of a page asks for many things within a moment; the list says it as one look. */
interface Look extends Access {
  actions: readonly string[];
}

function looksOf(events: readonly Access[]): Look[] {
  const looks: Look[] = [];
  for (const event of events) {
    const last = looks.at(-1);
    const same =
      last &&
      !last.as_file &&
      !event.as_file &&
      last.actor === event.actor &&
      last.ground === event.ground &&
      moment(last.at) === moment(event.at);
    const what = plainly(event.action.replace(/^student_/, "")).toLowerCase();
    if (same) looks[looks.length - 1] = { ...last, actions: last.actions.includes(what) ? last.actions : [...last.actions, what] };
    else looks.push({ ...event, actions: [what] });
  }
  return looks;
}

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

const columns: readonly Column<Look>[] = [
  { id: "who", head: "Who", primary: true, cell: (of) => of.staff?.name ?? of.actor },
  {
    id: "what",
    head: "What",
    cell: (of) => (
      <div>
        {sentence(of.actions.join(", "))} {of.as_file && <Tag tone="borderline">as a file</Tag>}
        {of.students_n > 1 && <span class="quiet small"> in a list of {of.students_n}</span>}
      </div>
    ),
  },
  { id: "ground", head: "On what ground", cell: (of) => of.ground ?? <span class="quiet">–</span> },
  { id: "at", head: "When", cell: (of) => moment(of.at) },
];

function Looked({ student }: { student: string }) {
  const list = useList(
    (init, page) => api.GET("/students/{student}/access", { ...init, params: { path: { student }, query: page } }),
    [student],
  );
  const looks = { ...list, items: looksOf(list.items), total: null };
  return (
    <Listed
      label="Who looked at this record or changed it"
      list={looks}
      columns={columns}
      rowKey={(of) => String(of.event_id)}
      empty={{ title: "Nobody has looked yet" }}
    />
  );
}

function OnDemand({ title, note, children }: { title: string; note: string; children: () => ComponentChildren }) {
  const [open, setOpen] = useState(false);
  return (
    <Panel
      title={title}
      note={note}
      level={3}
      bare
      actions={
        <Button aria-expanded={open} act={() => setOpen(!open)}>
          {open ? "Hide" : "Show"}
        </Button>
      }
    >
      {open && children()}
    </Panel>
  );
}

export const AccessPart = ({ student }: { student: string }) => (
  <Panel title="Who may see, who looked" bare>
    <div class="stack">
      <div class="columns">
        <Grounds student={student} />
        <Disclosures student={student} />
      </div>
      <OnDemand title="Who looked" note="Every look is on the trail, this one too.">
        {() => <Looked student={student} />}
      </OnDemand>
    </div>
  </Panel>
);
