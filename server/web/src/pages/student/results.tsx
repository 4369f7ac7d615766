/*
 * Every result: what it was, its own score and what that says of readiness, how it was taken, and who says so. A correction
 * keeps what it replaced, struck; a retracted result stays in the table, and counts for nothing. So does what the student
 * reported of a sitting of which the office loaded the official score: that one counts alone, and says what the other was.
 */
import { download } from "../../api/client";
import { Button } from "../../ui/button";
import { instrument, isBlock, reportedWords, score } from "../../ui/instrument";
import { Panel, Tabs } from "../../ui/layout";
import { Tag } from "../../ui/mark";
import { Empty } from "../../ui/states";
import { type Column, Table } from "../../ui/table";
import { count, day, dayOf, epc, moment, percent } from "../../ui/words";
import { useQuery } from "../../state/url";
import { may } from "../../state/session";
import type { Result, Standing } from "./data";

const MINUTE_S = 60;
const HOUR_MIN = 60;

export function duration(seconds: number | null): string | null {
  if (seconds === null) return null;
  const minutes = Math.round(seconds / MINUTE_S);
  return minutes < HOUR_MIN
    ? `${minutes} min`
    : [`${Math.floor(minutes / HOUR_MIN)} h`, minutes % HOUR_MIN && `${minutes % HOUR_MIN} min`].filter(Boolean).join(" ");
}

const modes = { timed: "timed", untimed: "untimed", tutor: "tutor mode" } as const;

// 0 is the office's own upload: no device stands behind it.
export const sourceOf = (result: Result): string => (result.device_id === 0 ? "official" : "student");

export const howTaken = (result: Standing): string[] =>
  [
    result.mode && modes[result.mode],
    result.seconds !== null &&
      `${duration(result.seconds)}${result.seconds_allowed ? ` of ${duration(result.seconds_allowed)}` : ""}`,
    result.omitted ? `${result.omitted} left out` : null,
    (result.repeat || result.look?.repeated) && "form seen before",
  ].filter((one): one is string => !!one);

const Name = ({ of }: { of: Standing }) => (
  <span id={`result-${of.result_id}`} class="result-name" tabIndex={-1}>
    {of.retracted ? <s>{instrument(of.instrument, of.form)}</s> : instrument(of.instrument, of.form)}
    {of.retracted && <Tag tone="borderline">retracted</Tag>}
    {!of.retracted && of.overruled_by && <Tag>the official one counts</Tag>}
    {!of.retracted && of.before.length > 0 && <Tag>corrected</Tag>}
  </span>
);

const was = (then: Result, now: Result): string =>
  [
    then.retracted !== now.retracted && (then.retracted ? "retracted" : "not retracted"),
    (then.score !== now.score || then.scale !== now.scale) && score(then.score, then.scale),
    (then.instrument !== now.instrument || then.form !== now.form) && instrument(then.instrument, then.form),
    dayOf(then.taken_at) !== dayOf(now.taken_at) && `on ${day(dayOf(then.taken_at))}`,
    then.items !== now.items && `${then.items ?? "unknown"} items`,
  ]
    .filter(Boolean)
    .join(", ") || "the same in what is shown here";

function Before({ of }: { of: Standing }) {
  if (of.before.length === 0) return null;
  return (
    <ol class="small quiet before">
      {of.before.map((then) => (
        <li key={then.revision}>
          <s>{was(then, of)}</s> until{" "}
          {moment(of.before.find(({ revision }) => revision === then.revision + 1)?.received_at ?? of.received_at)}
        </li>
      ))}
    </ol>
  );
}

export const resultColumns: readonly Column<Standing>[] = [
  { id: "what", head: "Result", primary: true, cell: (of) => <Name of={of} /> },
  {
    id: "day",
    head: "Taken",
    cell: (of) => (
      <time class="whole" dateTime={of.taken_at}>
        {day(dayOf(of.taken_at))}
      </time>
    ),
  },
  {
    id: "score",
    head: "Own score",
    end: true,
    cell: (of) => (
      <div>
        {of.retracted ? <s>{score(of.score, of.scale)}</s> : score(of.score, of.scale)}
        <Before of={of} />
      </div>
    ),
  },
  {
    id: "epc",
    head: "As EPC",
    end: true,
    cell: (of) =>
      of.look ? (
        <span class="whole" title="Readiness it speaks of by itself, and its error">
          {epc(of.look.epc)} <span class="quiet small">± {of.look.epc_sd.toFixed(0)}</span>
        </span>
      ) : (
        <span class="quiet">–</span>
      ),
  },
  {
    id: "items",
    head: "Items",
    end: true,
    cell: (of) =>
      of.items === null ? (
        <span class="quiet">–</span>
      ) : of.correct === null ? (
        of.items
      ) : (
        <span class="whole">{`${of.correct} of ${of.items}`}</span>
      ),
  },
  {
    id: "how",
    head: "How taken",
    cell: (of) => (
      <div>
        {howTaken(of).join(", ") || <span class="quiet">not said</span>}
        {of.printed_p_pass !== null && <span class="quiet small"> · the report says P(pass) {percent(of.printed_p_pass)}</span>}
      </div>
    ),
  },
  {
    id: "source",
    head: "Source",
    cell: (of) => (
      <div>
        {sourceOf(of)}
        {!of.retracted && of.reported && <span class="quiet small"> · {reportedWords(of.reported)}</span>}
      </div>
    ),
  },
];

export function Results({ student, results }: { student: string; results: readonly Standing[] }) {
  const [query, change] = useQuery();
  const checks = results.filter((result) => !isBlock(result.instrument));
  const which = query.results === "all" ? "all" : "checks";
  const shown = which === "all" ? results : checks;
  const retracted = results.filter((result) => result.retracted).length;
  const overruled = results.filter((result) => !result.retracted && result.overruled_by).length;
  return (
    <Panel
      title="Results"
      bare
      note={
        results.length === 0
          ? undefined
          : `${count(checks.length, "check")} and ${count(results.length - checks.length, "question block")}` +
            `${retracted ? `, ${retracted} of them retracted` : ""}` +
            `${overruled ? `, ${overruled} overruled by the official score` : ""}. “As EPC” is what a result says by itself; ` +
            "what it counts for stands under “Why”."
      }
      actions={
        may("export") && results.length > 0 ? (
          <Button
            kind="quiet"
            act={() => download(`/students/${encodeURIComponent(student)}/results?format=csv`, `results-${student}.csv`)}
          >
            CSV
          </Button>
        ) : undefined
      }
    >
      {results.length === 0 ? (
        <Empty title="No results yet">
          Once the student's client has synced, or the office has loaded official scores, they stand here.
        </Empty>
      ) : (
        <div class="stack">
          {results.length > checks.length && (
            <Tabs
              label="Which results"
              at={which}
              of={[
                ["checks", `Checks (${checks.length})`],
                ["all", `All (${results.length})`],
              ]}
              to={(key) => change({ results: key === "all" ? "all" : null })}
            />
          )}
          <Table label="Results, newest first" columns={resultColumns} rows={shown} rowKey={(of) => of.result_id} />
        </div>
      )}
    </Panel>
  );
}
