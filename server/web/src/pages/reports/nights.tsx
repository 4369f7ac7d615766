/* The nights that were reported on: how many stood where, and what was new. The newest is what one comes for. */
import { Link } from "wouter-preact";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { stateOrder } from "../../ui/legend";
import { Listed } from "../../ui/listed";
import { Status, Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { day, moment } from "../../ui/words";
import "./reports.css";

type Run = components["schemas"]["ReportRun"];
const rowKey = (row: Run) => row.night;

const shown = ["new", "worsened", "regressed", "recovered", "overdue"] as const;

const Counts = ({ of }: { of: NonNullable<Run["counts"]> }) => (
  <span class="counts">
    {stateOrder.map((state) => (
      <span key={state} class="row">
        <strong class="number">{of[state]}</strong> <Status state={state} />
      </span>
    ))}
  </span>
);

const changes = ({ lists }: Run): string =>
  lists === null
    ? "–"
    : shown
        .filter((code) => lists[code])
        .map((code) => `${lists[code]} ${code}`)
        .join(", ") || "nothing new";

const OF_THE_SCHOOL = ["counts", "changes", "did_not_run"]; // columns that who sees some students has nothing in

const columns: readonly Column<Run>[] = [
  {
    id: "night",
    head: "Night",
    primary: true,
    sort: "night",
    cell: (row) =>
      row.state === "done" ? (
        <Link href={`/reports/nights/${row.night}`}>{day(row.night, "full")}</Link>
      ) : (
        <>
          {day(row.night, "full")} <Tag>not finished</Tag>
        </>
      ),
  },
  {
    id: "counts",
    head: "Students",
    cell: (row) => (row.counts ? <Counts of={row.counts} /> : <span class="quiet">your own</span>),
  },
  { id: "changes", head: "What changed", cell: changes },
  {
    id: "did_not_run",
    head: "Did not run",
    end: true,
    cell: (row) => (row.did_not_run ? <span class="risk soon">{row.did_not_run}</span> : (row.did_not_run ?? "–")),
  },
  { id: "as_of", head: "As of", cell: (row) => <span class="small">{moment(row.as_of)}</span> },
];

export function Nights() {
  const list = useList<Run>((init, page) => api.GET("/reports/nights", { ...init, params: { query: page } }), []);
  const figures = list.items.some((row) => row.counts !== null);
  return (
    <Listed
      list={list}
      label="Nights that were reported on"
      columns={figures ? columns : columns.filter(({ id }) => !OF_THE_SCHOOL.includes(id))}
      rowKey={rowKey}
      empty={{
        title: "No night has been reported on yet",
        children: "The report is made every night; Health says whether it runs.",
      }}
    />
  );
}
