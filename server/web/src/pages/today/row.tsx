/* One student in the queue: who, how it stands, why in a sentence with its numbers, until when, whose. */
import { Link } from "wouter-preact";
import type { components } from "../../api/schema";
import { caseStates, type Verb, verbs } from "../../case/verbs";
import { Button } from "../../ui/button";
import { Status, Tag, Urgency } from "../../ui/mark";
import { count, day, dayOf, daysBetween, epc, inDays, interval, nameOf, percent, points } from "../../ui/words";

export type QueueData = components["schemas"]["Queue"];
export type QueueRow = components["schemas"]["QueueRow"];

export const rowVerbs = ["acknowledge", "assign", "contact", "snooze", "watch"] as const satisfies readonly Verb[];

interface Props {
  row: QueueRow;
  day: string;
  line: number | null; // the capacity, when the line is drawn above this row
  picked: boolean;
  pick: ((yes: boolean) => void) | null;
  ask: (verb: Verb) => void;
}

export function Row({ row, day: now, line, picked, pick, ask }: Props) {
  const name = nameOf(row.student);
  const [first, ...others] = row.reasons;
  const more = others.filter((reason) => reason.code !== "low_probability"); // the line of numbers says it
  const isDone = row.state === "watching" || row.state === "resolved" || row.snooze_until !== null;
  return (
    <>
      {line !== null && (
        <li class="line">
          <span>
            Your office can see {line} a week. Those below come next; the first of them are as near to the line as they look.
          </span>
        </li>
      )}
      <li class={`item${row.above_line ? "" : " below"}${picked ? " picked" : ""}`} data-case={row.case}>
        <div class="rank">
          {pick && (
            <input
              type="checkbox"
              aria-label={`Select ${name}`}
              checked={picked}
              onChange={(event) => pick(event.currentTarget.checked)}
            />
          )}
          <span class="quiet" aria-label={`Rank ${row.rank}`}>
            {row.rank}
          </span>
        </div>
        <div class="who-why">
          <p class="row head">
            <Link class="name" href={`/students/${encodeURIComponent(row.student.student_id)}`}>
              {name}
            </Link>
            <span class="quiet small">{row.student.class_year}</span>
            {row.estimate && <Status state={row.estimate.state} />}
            <Urgency is={row.severity} />
            {row.state !== "new" && <Tag tone={caseStates[row.state].tone}>{caseStates[row.state].word}</Tag>}
            {row.overdue && <Tag tone="risk">overdue since {day(row.due_on, "short")}</Tag>}
          </p>
          <p class="why">{first?.text ?? row.state_why}</p>
          {more.length > 0 && (
            <ul class="more small quiet">
              {more.map((reason) => (
                <li key={reason.code}>{reason.text}</li>
              ))}
            </ul>
          )}
          <Numbers row={row} />
        </div>
        <dl class="dates">
          <div>
            <dt>Last safe day</dt>
            <dd class={row.last_safe_on && daysBetween(now, row.last_safe_on) <= 7 ? "risk soon" : undefined}>
              {row.last_safe_on ? (
                <>
                  {day(row.last_safe_on, "short")} <span class="small">{inDays(now, row.last_safe_on)}</span>
                </>
              ) : (
                <span class="quiet">none yet</span>
              )}
            </dd>
          </div>
          <div>
            <dt>Exam</dt>
            <dd>
              {row.exam_on ? (
                <>
                  {day(row.exam_on, "short")} <span class="small quiet">{inDays(now, row.exam_on)}</span>
                </>
              ) : (
                <span class="quiet">none planned</span>
              )}
            </dd>
          </div>
          <div>
            <dt>Owner</dt>
            <dd>{row.owner ? row.owner.name : <span class="quiet">nobody</span>}</dd>
          </div>
        </dl>
        <div class="deeds no-print" role="group" aria-label={`What to do about ${name}`}>
          {isDone ? (
            <span class="small quiet">
              {row.snooze_until ? `Snoozed until ${day(row.snooze_until, "short")}` : caseStates[row.state].word}
            </span>
          ) : (
            rowVerbs.map((verb) =>
              verb === "acknowledge" && row.state !== "new" ? null : (
                <Button key={verb} kind="quiet" act={() => ask(verb)} title={`Key ${verbs[verb].key.toUpperCase()}`}>
                  {verbs[verb].words}
                </Button>
              ),
            )
          )}
          <Link class="button quiet" href={`/cases/${row.case}`}>
            Open case
          </Link>
        </div>
      </li>
    </>
  );
}

/* The estimate with its interval, as-of and n, what moved since, and why the row stands where it stands. */
function Numbers({ row }: { row: QueueRow }) {
  const is = row.estimate;
  const moved = row.changed && is && row.changed.p !== null && is.p !== null ? (is.p - row.changed.p) * 100 : null;
  return (
    <p class="numbers small quiet">
      {is && (
        <>
          P(pass) <strong>{percent(is.p)}</strong> ({interval(is.p_low, is.p_high)})
          {is.results_used > 0
            ? ` · readiness ${epc(is.readiness_mean)} EPC from ${count(is.results_used, "result")}`
            : " · no results yet"}
          {is.as_of && `, as of ${day(dayOf(is.as_of), "short")}`}
        </>
      )}
      {moved !== null && Math.abs(moved) >= 1 && (
        <>
          {" · "}
          <span class={moved < 0 ? "risk moved" : "track moved"}>
            {moved < 0 ? "▼" : "▲"} {points(moved, 0)} points since {day(row.changed!.since, "short")}
          </span>
        </>
      )}
      <details class="order">
        <summary>Why here?</summary>
        <span>{row.order.sentence}</span>
      </details>
    </p>
  );
}
