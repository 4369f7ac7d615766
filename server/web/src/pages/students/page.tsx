/*
 * All students there is a ground to see: to find one, or a group that another page leads to. The order is one's own, never a
 * ranking.
 */
import { useEffect, useState } from "preact/hooks";
import { api, download } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { searchOf, useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Choice, TextField } from "../../ui/field";
import { PageHead } from "../../ui/layout";
import { Listed } from "../../ui/listed";
import { Status, Tag } from "../../ui/mark";
import { Person } from "../../ui/person";
import type { Column } from "../../ui/table";
import { count, day, dayOf, epc, interval, percent, states } from "../../ui/words";
import { chosenElsewhere } from "./chosen";

type Row = components["schemas"]["StudentRow"];

const columns: readonly Column<Row>[] = [
  { id: "name", head: "Student", sort: "name", primary: true, cell: (row) => <Person is={row} /> },
  { id: "student_id", head: "Id", sort: "student_id", cell: (row) => row.student_id },
  {
    id: "state",
    head: "State",
    cell: (row) => (row.state ? <Status state={row.state} /> : <span class="quiet">not estimated yet</span>),
  },
  {
    id: "p",
    head: "P(pass)",
    sort: "p",
    cell: (row) =>
      row.p === null ? (
        "–"
      ) : (
        <>
          <strong>{percent(row.p)}</strong> <span class="small quiet">{interval(row.p_low, row.p_high)}</span>
        </>
      ),
  },
  {
    id: "readiness",
    head: "Readiness",
    cell: (row) =>
      row.results_used ? (
        <>
          {epc(row.readiness_mean)} EPC{" "}
          <span class="small quiet">
            {count(row.results_used, "result")}, {row.as_of && day(dayOf(row.as_of), "short")}
          </span>
        </>
      ) : (
        <span class="quiet">no results</span>
      ),
  },
  { id: "exam", head: "Exam", sort: "exam_day", cell: (row) => day(row.exam_day, "short") },
  {
    id: "check",
    head: "Last check",
    sort: "last_check_at",
    cell: (row) => (row.last_check_at ? day(dayOf(row.last_check_at), "short") : <span class="quiet">never</span>),
  },
  {
    id: "notes",
    head: "Notes",
    cell: (row) => (
      <>
        {row.stale && <Tag tone="borderline">being estimated</Tag>} {row.status !== "active" && <Tag>{row.status}</Tag>}
      </>
    ),
  },
];

const rowKey = (row: Row) => row.student_id;
const SEARCH_MS = 250;

const tracks = [
  ["", "Any"],
  ["us_md", "US MD"],
  ["us_do", "US DO"],
  ["non_us", "Outside the US"],
] as const;

export default function Students() {
  const [query, change] = useQuery();
  const [typed, setTyped] = useState(query.q ?? "");
  const elsewhere = chosenElsewhere(query);
  const filters = {
    q: query.q,
    state: query.state,
    class_year: query.class_year,
    track: query.track,
    status: query.status,
    sort: query.sort,
    ...elsewhere.filters,
  };
  const list = useList<Row>(
    (init, page) => api.GET("/students", { ...init, params: { query: { ...filters, ...page } as never } }),
    [filters],
  );

  useEffect(() => {
    if (typed === (query.q ?? "")) return;
    const timer = setTimeout(() => change({ q: typed }), SEARCH_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  const none = {
    q: null,
    state: null,
    class_year: null,
    track: null,
    status: null,
    ...Object.fromEntries(Object.keys(elsewhere.filters).map((name) => [name, null])),
  };
  const any = Object.entries(filters).some(([name, value]) => name !== "sort" && value);
  return (
    <>
      <PageHead title="Students" note={list.total !== null ? `${count(list.total, "student")} in this view` : undefined}>
        {may("export") && (
          <Button kind="quiet" act={() => download(`/students${searchOf({ ...filters, format: "csv" })}`, "students.csv")}>
            CSV
          </Button>
        )}
      </PageHead>
      <div class="stack">
        <form class="filters" role="search" aria-label="Students" onSubmit={(event) => event.preventDefault()}>
          <TextField label="Name or id" type="search" value={typed} change={setTyped} />
          <Choice
            label="State"
            value={query.state ?? ""}
            change={(state) => change({ state })}
            options={[
              ["", "Any"],
              ...Object.entries(states).map(([state, { word }]) => [state, word] as const),
              ["none", "not estimated yet"],
            ]}
          />
          <TextField
            label="Class"
            inputMode="numeric"
            maxLength={4}
            value={query.class_year ?? ""}
            change={(year) => (/^(\d{4})?$/.test(year) ? change({ class_year: year }) : undefined)}
          />
          <Choice label="Track" value={query.track ?? ""} change={(track) => change({ track })} options={tracks} />
          <Choice
            label="On the roster"
            value={query.status ?? ""}
            change={(status) => change({ status })}
            options={[
              ["", "Present"],
              ["active", "Active"],
              ["leave", "On leave"],
              ["inactive", "Left"],
            ]}
          />
          {any && (
            <Button kind="quiet" act={() => (setTyped(""), change(none))}>
              Clear filters
            </Button>
          )}
        </form>
        {elsewhere.words && (
          <p class="row">
            Only: <strong>{elsewhere.words}</strong>
          </p>
        )}
        <Listed
          list={list}
          label="Students"
          columns={columns}
          rowKey={rowKey}
          sort={{ by: query.sort ?? "name", change: (sort) => change({ sort }) }}
          empty={{
            title: any ? "No student in this view" : "No students yet",
            children: any
              ? "Take a filter away to see more."
              : "The roster is empty, or you are nobody's adviser yet. An operator imports the roster.",
          }}
        />
      </div>
    </>
  );
}
