/*
 * Today: whom to see, in which order, and why. Read from the top: what the week allows, the rows above the line, the line, the
 * rows below it, what is not here and why. Everything can be done without leaving the list, by pointer or by one key, and undone.
 */
import "./today.css";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, download } from "../../api/client";
import { act, actOnMany, type Values } from "../../case/act";
import { VerbForm } from "../../case/verb_form";
import { type Verb, verbs } from "../../case/verbs";
import { useHeld } from "../../state/held";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { searchOf, useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { PageHead } from "../../ui/layout";
import { Empty, Shown } from "../../ui/states";
import { count, day, nameOf } from "../../ui/words";
import { BulkBar } from "./bulk";
import { Capacity, Hidden } from "./capacity";
import { Filters } from "./filters";
import { askedOf, useTriage } from "./keys";
import { type QueueData, type QueueRow, Row } from "./row";

const MOST = 200;

interface Open {
  verb: Verb;
  row: QueueRow;
}

export default function Today() {
  const [query, change] = useQuery();
  const filters = { mine: query.mine, class_year: query.class_year, state: query.state, severity: query.severity };
  const queue = useRead(
    (init) => api.GET("/queue", { ...init, params: { query: { ...filters, limit: MOST } as never } }),
    [filters],
  );
  return (
    <>
      <PageHead title="Today" note={queue.data ? <TodayNote queue={queue.data} /> : undefined}>
        {may("export") && (
          <Button
            kind="quiet"
            act={() => download(`/queue${searchOf({ ...filters, format: "csv" })}`, `queue-${queue.data?.day ?? "today"}.csv`)}
          >
            CSV
          </Button>
        )}
      </PageHead>
      <Shown read={queue} lines={8}>
        {(data) => (
          <div class="stack">
            {data.feed && (
              <p class="stale" role="status">
                <strong>Nothing arrives.</strong> {data.feed.text}
              </p>
            )}
            <Capacity of={data} />
            <Filters query={query} change={change} />
            <QueueList
              data={data}
              question={JSON.stringify(filters)}
              again={queue.again}
              filtered={Object.values(filters).some(Boolean)}
            />
            <Hidden of={data} />
          </div>
        )}
      </Shown>
    </>
  );
}

const TodayNote = ({ queue }: { queue: QueueData }) => (
  <>
    {day(queue.day, "full")}, {count(queue.total, "student")} to think about
    {queue.hard_deadlines > 0 && `, ${queue.hard_deadlines} with a hard deadline`}
  </>
);

function QueueList({
  data,
  question,
  again,
  filtered,
}: {
  data: QueueData;
  question: string;
  again: () => Promise<void>;
  filtered: boolean;
}) {
  const [open, setOpen] = useState<Open | null>(null);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const held = useHeld(data.items, (row) => row.case, question);
  const { rows } = held;

  const ask = (verb: Verb, row: QueueRow) => ("ask" in verbs[verb] ? setOpen({ verb, row }) : void perform(verb, row, {}));
  const perform = (verb: Verb, row: QueueRow, values: Values) => act(row, verb, values, nameOf(row.student), again);
  const list = useTriage(rows, (verb, row) => ask(verb, row), again);

  if (rows.length === 0)
    return filtered ? (
      <Empty title="Nobody in this view">
        <p>No case matches these filters. Take one away to see more.</p>
      </Empty>
    ) : (
      <Empty title="Nobody needs you today">
        <p>
          No open case waits for somebody. <Link href="/students">All students</Link> and <Link href="/cohort">the class</Link> are
          a click away.
        </p>
      </Empty>
    );

  const line = rows.findIndex((row) => !row.above_line);
  return (
    <div {...held.box}>
      {held.waiting > 0 && (
        <p class="waiting" role="status">
          The order has changed. <Button act={held.show}>Show it</Button>
        </p>
      )}
      {may("assign") && (
        <BulkBar
          rows={rows}
          picked={picked}
          setPicked={setPicked}
          send={(verb, which, values) => actOnMany(which, verb, values, again)}
        />
      )}
      <ol class="queue" ref={list} aria-label="Queue, the most urgent first">
        {rows.map((row, i) => (
          <Row
            key={row.case}
            row={row}
            day={data.day}
            line={i === line && i > 0 ? data.capacity.per_week : null}
            picked={picked.has(row.case)}
            pick={
              may("assign")
                ? (yes) => setPicked((was) => new Set(yes ? [...was, row.case] : [...was].filter((id) => id !== row.case)))
                : null
            }
            ask={(verb) => ask(verb, row)}
          />
        ))}
      </ol>
      {data.total > rows.length && !filtered && (
        <p class="quiet">
          {data.total - rows.length} more with less to prevent. <Link href="/cases">All cases</Link>
        </p>
      )}
      {open && (
        <VerbForm
          verb={open.verb}
          of={nameOf(open.row.student)}
          key_={`case/${open.row.case}`}
          asked={askedOf(open.verb)}
          send={(values) => perform(open.verb, open.row, values)}
          close={() => setOpen(null)}
        />
      )}
    </div>
  );
}
