/* The dates of a month, day by day: what, and who. */
import { Button } from "../../ui/button";
import { Panel } from "../../ui/layout";
import { Person } from "../../ui/person";
import { count, day, inDays, today } from "../../ui/words";
import { type Count, type Entry, type Kind, kinds } from "./kinds";

const ORDER = Object.keys(kinds) as Kind[];

export function Agenda({ entries, chosen, all }: { entries: readonly Entry[]; chosen: string | null; all: () => void }) {
  const days = [...new Set(entries.map((entry) => entry.day))].sort();
  const past = chosen ? [] : days.filter((on) => on < today());
  const onDay = (on: string) => <Day key={on} on={on} entries={entries.filter((entry) => entry.day === on)} head={!chosen} />;
  return (
    <Panel
      title={chosen ? day(chosen, "full") : "Day by day"}
      actions={
        chosen && (
          <Button kind="quiet" act={all}>
            The whole month
          </Button>
        )
      }
    >
      {past.length > 0 && past.length < days.length ? (
        <details>
          <summary>{count(past.length, "day")} with dates before today</summary>
          {past.map(onDay)}
        </details>
      ) : (
        past.map(onDay)
      )}
      {days.slice(past.length).map(onDay)}
    </Panel>
  );
}

const Day = ({ on, entries, head }: { on: string; entries: readonly Entry[]; head: boolean }) => (
  <section class="agenda-day" aria-label={day(on, "full")}>
    {head && (
      <h3>
        {day(on, "full")} <span class="quiet small">{inDays(today(), on)}</span>
      </h3>
    )}
    {ORDER.map((kind) => {
      const here = entries.filter((entry) => entry.kind === kind);
      return here.length === 0 ? null : (
        <div key={kind} class="agenda-kind">
          <p class="small">
            <KindMark kind={kind} /> {here.length === 1 ? kinds[kind].one : `${kinds[kind].words}: ${here.length}`}
          </p>
          <ul>
            {here.map((entry) => (
              <li key={`${entry.student.student_id}/${entry.attempt}/${entry.item ?? ""}`}>
                <Person is={entry.student} />
                <span class="small quiet">
                  {entry.item && ` ${entry.item}`}
                  {entry.kind === "last_safe_day" && entry.exam_on && ` exam ${day(entry.exam_on, "short")}`}
                  {entry.attempt > 1 && ` attempt ${entry.attempt}`}
                  {entry.taken && " taken"}
                </span>
              </li>
            ))}
          </ul>
        </div>
      );
    })}
  </section>
);

const KindMark = ({ kind }: { kind: Kind }) => (
  <span class={`dot ${kinds[kind].tone}`} aria-hidden="true">
    {kinds[kind].letter}
  </span>
);

export const Legend = ({ counts }: { counts: readonly Count[] }) => (
  <ul class="legend small quiet">
    {ORDER.filter((kind) => counts.some((one) => one.kind === kind)).map((kind) => (
      <li key={kind}>
        <KindMark kind={kind} /> {kinds[kind].one}
      </li>
    ))}
  </ul>
);
