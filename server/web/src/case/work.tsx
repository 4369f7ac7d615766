/* Contacts, tasks and plan of a case: what was done, what is to be done, what was agreed. */
import { useState } from "preact/hooks";
import { Button } from "../ui/button";
import { Panel } from "../ui/layout";
import { Tag } from "../ui/mark";
import { day, moment, nameOf, plainly } from "../ui/words";
import { act, change } from "./act";
import { fields } from "./fields";
import { VerbForm } from "./verb_form";
import type { Case, Verb } from "./verbs";

interface Props {
  of: Case;
  again: () => Promise<void>;
  level?: 2 | 3;
}

const wordsOf = (field: string, value: string): string =>
  fields[field]?.options?.find(([of]) => of === value)?.[1] ?? plainly(value);

function Add({ of, again, verb, words }: Props & { verb: Verb; words: string }) {
  const [open, setOpen] = useState(false);
  const allowed = of.verbs.find((one) => one.verb === verb);
  if (!allowed) return null;
  return (
    <>
      <Button act={() => setOpen(true)}>{words}</Button>
      {open && (
        <VerbForm
          verb={verb}
          of={nameOf(of.student)}
          key_={`case/${of.case}`}
          asked={allowed.fields}
          send={(values) => act(of, verb, values, nameOf(of.student), again)}
          close={() => setOpen(false)}
        />
      )}
    </>
  );
}

export const CaseContacts = ({ of, again, level }: Props) => (
  <Panel title="Contacts" level={level} actions={<Add of={of} again={again} verb="contact" words="Record a contact" />}>
    {of.contacts.length === 0 ? (
      <p class="quiet">Nobody has been in touch yet.</p>
    ) : (
      <ul class="lines">
        {of.contacts.map((contact) => (
          <li key={contact.contact}>
            <p>
              <strong>{wordsOf("outcome", contact.outcome)}</strong>{" "}
              <span class="quiet">by {wordsOf("channel", contact.channel).toLowerCase()}, </span>
              {day(contact.on)} <span class="quiet">({contact.by.name})</span>
            </p>
            {contact.sentence && <p>{contact.sentence}</p>}
          </li>
        ))}
      </ul>
    )}
  </Panel>
);

export function CaseTasks({ of, again, level }: Props) {
  const end = (task: number, state: "done" | "dropped" | "open") => async () => {
    await change(
      of,
      "task_change",
      { task, state },
      state === "done" ? "Task done." : state === "open" ? "Task open again." : "Task dropped.",
    );
    await again();
  };
  const may = of.verbs.some(({ verb }) => verb === "task_change");
  return (
    <Panel title="Tasks" level={level} actions={<Add of={of} again={again} verb="task" words="Add a task" />}>
      {of.tasks.length === 0 ? (
        <p class="quiet">No tasks.</p>
      ) : (
        <ul class="lines">
          {of.tasks.map((task) => (
            <li key={task.task} class="spread">
              <p>
                {task.state === "open" ? task.title : <s class="quiet">{task.title}</s>}{" "}
                <span class="quiet small">{task.owner.name}</span>{" "}
                {task.due_on && <span class="small quiet">by {day(task.due_on, "short")}</span>}{" "}
                {task.overdue && <Tag tone="risk">overdue</Tag>}
                {task.state !== "open" && (
                  <span class="quiet small">
                    {" "}
                    {task.state === "done" ? "done" : "dropped"} {moment(task.ended_at)}
                  </span>
                )}
              </p>
              {may && (
                <p class="row no-print">
                  {task.state === "open" ? (
                    <>
                      <Button kind="quiet" act={end(task.task, "done")}>
                        Done<span class="unseen">: {task.title}</span>
                      </Button>
                      <Button kind="quiet" act={end(task.task, "dropped")}>
                        Drop<span class="unseen">: {task.title}</span>
                      </Button>
                    </>
                  ) : (
                    <Button kind="quiet" act={end(task.task, "open")}>
                      Open again<span class="unseen">: {task.title}</span>
                    </Button>
                  )}
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

export function CasePlan({ of, again, level }: Props) {
  const move = (item: number, state: "agreed" | "done" | "dropped") => async () => {
    await change(of, "plan_change", { item, state }, `Plan: ${wordsOf("state", state).toLowerCase()}.`);
    await again();
  };
  const may = of.verbs.some(({ verb }) => verb === "plan_change");
  const onward = { proposed: ["agreed", "dropped"], agreed: ["done", "dropped"], done: [], dropped: [] } as const;
  return (
    <Panel title="Plan" level={level} actions={<Add of={of} again={again} verb="plan" words="Add to the plan" />}>
      {of.plan.length === 0 ? (
        <p class="quiet">Nothing is planned yet.</p>
      ) : (
        <ul class="lines">
          {of.plan.map((item) => (
            <li key={item.item} class="spread">
              <div>
                <p>
                  <strong>{wordsOf("kind", item.kind)}</strong>{" "}
                  <Tag tone={item.state === "agreed" || item.state === "done" ? "track" : "unknown"}>{item.state}</Tag>
                  {(item.starts_on || item.ends_on) && (
                    <span class="small quiet">
                      {" "}
                      {item.starts_on && `from ${day(item.starts_on, "short")}`}{" "}
                      {item.ends_on && `until ${day(item.ends_on, "short")}`}
                    </span>
                  )}
                </p>
                {item.text && <p>{item.text}</p>}
                {item.earliest_retake && <p class="small">Earliest lawful retake: {day(item.earliest_retake)}</p>}
              </div>
              {may && (
                <p class="row no-print">
                  {onward[item.state].map((state) => (
                    <Button key={state} kind="quiet" act={move(item.item, state)}>
                      {wordsOf("state", state)}
                    </Button>
                  ))}
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
