/* Who is enrolled, who was invited, whose code ran out; codes for one, for those chosen, for a class. */
import { useState } from "preact/hooks";
import { api, download } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { searchOf, useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Choice, TextField } from "../../ui/field";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { count, moment, nameOf } from "../../ui/words";
import { Codes } from "./codes";

type Row = components["schemas"]["Enrolment"];

const states: Record<Row["state"], { words: string; tone: string }> = {
  enrolled: { words: "enrolled", tone: "track" },
  invited: { words: "invited", tone: "borderline" },
  code_expired: { words: "code has run out", tone: "risk" },
  lapsed: { words: "no device in force", tone: "risk" },
  none: { words: "not invited", tone: "unknown" },
};

const rowKey = (row: Row) => row.student.student_id;

const columns: readonly Column<Row>[] = [
  { id: "name", head: "Student", sort: "name", primary: true, cell: (row) => `${nameOf(row.student)} (${row.student.student_id})` },
  { id: "class", head: "Class", cell: (row) => row.student.class_year ?? "–" },
  { id: "state", head: "State", cell: (row) => <Tag tone={states[row.state].tone}>{states[row.state].words}</Tag> },
  {
    id: "devices",
    head: "Devices",
    cell: (row) => (row.devices === 0 ? "–" : `${row.devices_in_force} of ${row.devices} in force`),
  },
  { id: "code", head: "Code until", cell: (row) => moment(row.code?.expires_at) },
  { id: "seen", head: "Last seen", cell: (row) => moment(row.last_seen_at) },
];

export function Students() {
  const [query, change] = useQuery();
  const filters = { state: query.state, class_year: query.class_year, q: query.q, sort: query.sort };
  const list = useList<Row>(
    (init, page) => api.GET("/enrolment", { ...init, params: { query: { ...filters, ...page } as never } }),
    [filters],
  );
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [asks, setAsks] = useState(false);
  const any = Boolean(query.state || query.class_year || query.q);
  return (
    <div class="stack">
      <form class="filters" role="search" aria-label="Students" onSubmit={(event) => event.preventDefault()}>
        <TextField label="Name or id" type="search" value={query.q ?? ""} change={(q) => change({ q })} />
        <Choice
          label="State"
          value={query.state ?? ""}
          change={(state) => change({ state })}
          options={[["", "Any"], ...Object.entries(states).map(([state, { words }]) => [state, words] as const)]}
        />
        <TextField
          label="Class"
          inputMode="numeric"
          maxLength={4}
          value={query.class_year ?? ""}
          change={(year) => (/^(\d{4})?$/.test(year) ? change({ class_year: year }) : undefined)}
        />
        {any && (
          <Button kind="quiet" act={() => change({ state: null, class_year: null, q: null })}>
            Clear filters
          </Button>
        )}
      </form>
      <div class="row">
        <Button kind="primary" act={() => setAsks(true)}>
          {picked.size > 0 ? `Codes for ${count(picked.size, "student")}` : "Issue codes"}
        </Button>
        {picked.size > 0 && (
          <Button kind="quiet" act={() => setPicked(new Set())}>
            Clear the selection
          </Button>
        )}
        {may("export") && (
          <Button kind="quiet" act={() => download(`/enrolment${searchOf({ ...filters, format: "csv" })}`, "enrolment.csv")}>
            CSV
          </Button>
        )}
      </div>
      <Listed
        list={list}
        label="Enrolment"
        columns={columns}
        rowKey={rowKey}
        selection={{ of: picked, change: setPicked, name: (row) => nameOf(row.student) }}
        sort={{ by: query.sort ?? "name", change: (sort) => change({ sort }) }}
        empty={{
          title: any ? "No student in this view" : "The roster is empty",
          children: any ? "Take a filter away to see more." : "Import students.csv first; then codes can be issued.",
        }}
      />
      {asks && (
        <Codes
          students={[...picked]}
          close={() => setAsks(false)}
          done={() => {
            setPicked(new Set());
            list.again();
          }}
        />
      )}
    </div>
  );
}
