/* All cases, of every state: to find one, to see what is overdue or nobody's, to take it out as a file. */
import { Link } from "wouter-preact";
import { api, download } from "../../api/client";
import type { components } from "../../api/schema";
import { CaseTag } from "../../case/tag";
import { caseStates } from "../../case/verbs";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { searchOf, useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Choice, Check } from "../../ui/field";
import { PageHead } from "../../ui/layout";
import { Urgency } from "../../ui/mark";
import { Person } from "../../ui/person";
import { Listed } from "../../ui/listed";
import type { Column } from "../../ui/table";
import { count, day, dayOf, plainly } from "../../ui/words";

type Row = components["schemas"]["CaseRow"];

const columns: readonly Column<Row>[] = [
  { id: "student", head: "Student", sort: "name", primary: true, cell: (row) => <Person is={row.student} /> },
  { id: "state", head: "State", cell: (row) => <CaseTag state={row.state} /> },
  { id: "severity", head: "Urgency", sort: "severity", cell: (row) => <Urgency is={row.severity} /> },
  { id: "why", head: "Why", cell: (row) => row.state_why },
  { id: "owner", head: "Owner", cell: (row) => row.owner?.name ?? <span class="quiet">nobody</span> },
  {
    id: "due",
    head: "Due",
    sort: "due",
    cell: (row) => (
      <span class={row.overdue ? "risk soon" : undefined}>
        {row.due_on ? day(row.due_on, "short") : "–"}
        {row.overdue && ", overdue"}
      </span>
    ),
  },
  { id: "opened", head: "Opened", sort: "opened", cell: (row) => day(dayOf(row.opened_at), "short") },
  {
    id: "case",
    head: "Case",
    cell: (row) => (
      <Link href={`/cases/${row.case}`} aria-label={`Open case ${row.case}`}>
        Open
      </Link>
    ),
  },
];

const rowKey = (row: Row) => String(row.case);

export default function Cases() {
  const [query, change] = useQuery();
  const filters = {
    state: query.state,
    owner: query.owner,
    overdue: query.overdue,
    rule: query.rule,
    class_year: query.class_year,
    sort: query.sort,
  };
  const list = useList<Row>(
    (init, page) => api.GET("/cases", { ...init, params: { query: { ...filters, ...page } as never } }),
    [filters],
  );
  const any = Object.entries(filters).some(([name, value]) => name !== "sort" && value);
  return (
    <>
      <PageHead title="Cases" note={list.total !== null ? `${count(list.total, "case")} in this view` : undefined}>
        {may("export") && (
          <Button kind="quiet" act={() => download(`/cases${searchOf({ ...filters, format: "csv" })}`, "cases.csv")}>
            CSV
          </Button>
        )}
      </PageHead>
      <div class="stack">
        <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
          <Choice
            label="State"
            value={query.state ?? ""}
            change={(state) => change({ state })}
            options={[
              ["", "Open"],
              ["any", "Any"],
              ...Object.entries(caseStates).map(([state, { word }]) => [state, plainly(word)] as const),
            ]}
          />
          <Choice
            label="Whose"
            value={query.owner ?? ""}
            change={(owner) => change({ owner })}
            options={[
              ["", "Everybody's"],
              ["me", "My own"],
              ["none", "Nobody's"],
            ]}
          />
          <Check
            label="Overdue only"
            checked={query.overdue === "true"}
            change={(yes) => change({ overdue: yes ? "true" : null })}
          />
          {any && (
            <Button kind="quiet" act={() => change({ state: null, owner: null, overdue: null, rule: null, class_year: null })}>
              Clear filters
            </Button>
          )}
        </form>
        <Listed
          list={list}
          label="Cases"
          columns={columns}
          rowKey={rowKey}
          sort={{ by: query.sort ?? "-opened", change: (sort) => change({ sort }) }}
          empty={{
            title: any ? "No case in this view" : "No open cases",
            children: any
              ? "Take a filter away to see more."
              : "Cases open by themselves when a rule fires; one can also be opened on a student's page.",
          }}
        />
      </div>
    </>
  );
}
