/* The exam: planned, permitted, taken; every date with the rules that made it; what was said when, by whom; life events. */
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { type Read, useRead } from "../../state/read";
import { may } from "../../state/session";
import { Button } from "../../ui/button";
import { Facts, Panel } from "../../ui/layout";
import { Tag } from "../../ui/mark";
import { count, day, inDays, moment } from "../../ui/words";
import type { Calendar, LifeEvent } from "./data";
import { LifeEvents } from "./life";
import { PlanForm } from "./plan_form";
import { planDates, ruleWords } from "./rules";

const said = { planned: "Planned", cancelled: "Cancelled", taken: "Taken", result: "Result" } as const;

function Changes({ of }: { of: Calendar }) {
  if (of.changes.length === 0) return <p class="quiet">Nothing has been said about an exam yet.</p>;
  return (
    <ol class="log">
      {of.changes.map((change) => (
        <li key={`${change.made_at}/${change.action}`}>
          <p>
            <strong>{said[change.action]}</strong>
            {change.exam_day && <> for {day(change.exam_day, "full")}</>}
            {change.outcome && <>: {change.outcome === "pass" ? "passed" : "failed"}</>}
            {of.attempts.length > 1 && <span class="quiet"> attempt {change.attempt}</span>}
            {change.permit_from && change.permit_to && (
              <span class="quiet">
                {" "}
                permit {day(change.permit_from)} to {day(change.permit_to)}
              </span>
            )}
          </p>
          {change.reason && <p>{change.reason}</p>}
          <p class="small quiet">
            {moment(change.made_at)}, {change.staff ? change.staff.name : change.by === "office" ? "the office" : "the student"}
          </p>
        </li>
      ))}
    </ol>
  );
}

function Dates({ of }: { of: Calendar }) {
  const rules = useRead((init) => api.GET("/calendar/rules", { ...init, params: { query: { in_force: "true" } } }), [], {
    live: false,
  });
  return (
    <table class="shares dates">
      <caption class="unseen">Dates and the rules that made them</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">What</th>
          <th scope="col">When</th>
          <th scope="col">By which rules</th>
        </tr>
      </thead>
      <tbody>
        {planDates(of).map(({ name, value, rules: refs }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{value ?? <span class="quiet">not bounded</span>}</td>
            <td class="small quiet">
              {refs.length > 0 && (
                <ul>
                  {refs.map((ref, i) => (
                    <li key={i}>{ruleWords(ref, rules.data?.items ?? [], value)}</li>
                  ))}
                </ul>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Attempts({ of }: { of: Calendar }) {
  const now = of.coming.today;
  return (
    <Facts
      of={of.attempts.flatMap((attempt) => [
        [
          `Attempt ${attempt.attempt}`,
          <>
            {attempt.taken_on
              ? `taken ${day(attempt.taken_on)}`
              : attempt.planned_on
                ? `planned for ${day(attempt.planned_on)}, ${inDays(now, attempt.planned_on)}`
                : "no day"}{" "}
            {attempt.outcome && (
              <Tag tone={attempt.outcome === "pass" ? "track" : "risk"}>{attempt.outcome === "pass" ? "passed" : "failed"}</Tag>
            )}
            {attempt.outcome_known_on && <span class="quiet small"> known {day(attempt.outcome_known_on)}</span>}
          </>,
        ] as const,
        ...(attempt.permit_to && !attempt.taken_on
          ? [["Permit", `${day(attempt.permit_from)} to ${day(attempt.permit_to)}`] as const]
          : []),
        ...(attempt.dedicated_start ? [["Dedicated study from", day(attempt.dedicated_start)] as const] : []),
      ])}
    />
  );
}

export function Plan({
  student,
  calendar,
  life,
  again,
}: {
  student: string;
  calendar: Calendar;
  life: Read<{ items: LifeEvent[] }>;
  again: () => Promise<void>;
}) {
  const [open, setOpen] = useState(false);
  const { moves_later, moves_earlier, first_planned_on } = calendar.history;
  const moves = moves_later + moves_earlier;
  return (
    <Panel
      title="Plan and attempts"
      bare
      note={
        moves > 0
          ? `Moved ${count(moves, "time")} (${moves_later} later, ${moves_earlier} earlier); at first ${day(first_planned_on)}.`
          : first_planned_on
            ? "The day has never been moved."
            : undefined
      }
      actions={may("calendar") ? <Button act={() => setOpen(true)}>Change the plan</Button> : undefined}
    >
      <div class="stack">
        {calendar.breaks.map((one) => (
          <p key={one.code} class="notice risk">
            <strong>Against the rules.</strong> {one.words}
          </p>
        ))}
        {calendar.attempts.length > 0 ? <Attempts of={calendar} /> : <p class="quiet">No exam is planned.</p>}
        <Dates of={calendar} />
        <div class="columns">
          <Panel title="What was said" level={3} bare>
            <Changes of={calendar} />
          </Panel>
          <LifeEvents student={student} read={life} />
        </div>
      </div>
      {open && <PlanForm student={student} calendar={calendar} close={() => setOpen(false)} again={again} />}
    </Panel>
  );
}
