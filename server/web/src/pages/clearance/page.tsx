/* Who is cleared to sit, who waits for a decision, and where a decision stands on evidence that has changed since. */
import { Link } from "wouter-preact";
import { api, download } from "../../api/client";
import type { components } from "../../api/schema";
import { ChangedSince, ClearanceMark, clearances, proposals, ProposalWords } from "../../record/clearance";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { searchOf, useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Check, Choice } from "../../ui/field";
import { PageHead } from "../../ui/layout";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import { Person } from "../../ui/person";
import type { Column } from "../../ui/table";
import { count, day, dayOf, inDays, nameOf, plainly, today } from "../../ui/words";

type Row = components["schemas"]["ClearanceRow"];
const rowKey = (row: Row) => `${row.student.student_id}/${row.attempt}`;

const decided = (row: Row): string =>
  [
    row.decided_at && day(dayOf(row.decided_at), "short"),
    row.decided_by?.name,
    row.valid_until && `until ${day(row.valid_until, "short")}`,
  ]
    .filter(Boolean)
    .join(", ") || "–";

const columns: readonly Column<Row>[] = [
  { id: "student", head: "Student", sort: "name", primary: true, cell: (row) => <Person is={row.student} /> },
  { id: "state", head: "Clearance", sort: "state", cell: (row) => <ClearanceMark state={row.state} expired={row.expired} /> },
  {
    id: "proposal",
    head: "The rule says",
    cell: (row) => (
      <>
        <ProposalWords is={row.proposal} conditional={row.conditional} />{" "}
        <ChangedSince evidence={row.evidence_changed} policy={row.policy_changed} worse={row.worse} />
      </>
    ),
  },
  {
    id: "safe",
    head: "Last safe day",
    sort: "last_safe_on",
    cell: (row) => (row.last_safe_on ? `${day(row.last_safe_on, "short")}, ${inDays(today(), row.last_safe_on)}` : "–"),
  },
  {
    id: "exam",
    head: "Exam",
    sort: "exam_on",
    cell: (row) => (
      <>
        {day(row.exam_on, "short")}{" "}
        {row.breaks.map((rule) => (
          <Tag key={rule} tone="risk">
            {plainly(rule).toLowerCase()}
          </Tag>
        ))}
      </>
    ),
  },
  {
    id: "due",
    head: "Rule's day",
    cell: (row) => (
      <>
        {day(row.due_on, "short")} {row.overdue && <Tag tone="risk">over</Tag>}
      </>
    ),
  },
  {
    id: "decided",
    head: "Decided",
    cell: decided,
  },
  {
    id: "decide",
    head: "Actions",
    hideHead: true,
    cell: (row) => (
      <Link href={`/students/${encodeURIComponent(row.student.student_id)}#clearance`}>
        {row.state === "undecided" ? "Decide" : "Review"}
        <span class="unseen"> clearance of {nameOf(row.student)}</span>
      </Link>
    ),
  },
];

export default function Clearance() {
  const [query, change] = useQuery();
  const filters = {
    state: query.state,
    proposal: query.proposal,
    changed: query.changed,
    worse: query.worse,
    overdue: query.overdue,
    class_year: query.class_year,
    sort: query.sort,
  };
  const list = useList<Row>(
    (init, page) => api.GET("/clearance", { ...init, params: { query: { ...filters, ...page } as never } }),
    [filters],
  );
  const any = Object.entries(filters).some(([name, value]) => name !== "sort" && value);
  const flag = (name: "changed" | "worse" | "overdue", words: string) => (
    <Check label={words} checked={query[name] === "true"} change={(yes) => change({ [name]: yes ? "true" : null })} />
  );
  return (
    <>
      <PageHead
        title="Clearance"
        note={
          <>
            {list.total !== null && `${count(list.total, "attempt")} in this view. `}The rule proposes; a person decides.{" "}
            <Link href="/policy">The rules</Link>
          </>
        }
      >
        {may("export") && (
          <Button kind="quiet" act={() => download(`/clearance${searchOf({ ...filters, format: "csv" })}`, "clearance.csv")}>
            CSV
          </Button>
        )}
      </PageHead>
      <div class="stack">
        <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
          <Choice
            label="Clearance"
            value={query.state ?? ""}
            change={(state) => change({ state })}
            options={[["", "Any"], ...Object.entries(clearances).map(([state, { word }]) => [state, plainly(word)] as const)]}
          />
          <Choice
            label="The rule says"
            value={query.proposal ?? ""}
            change={(proposal) => change({ proposal })}
            options={[["", "Anything"], ...Object.entries(proposals).map(([is, { words }]) => [is, plainly(words)] as const)]}
          />
          {flag("overdue", "Rule's day over, undecided")}
          {flag("changed", "Evidence or rule changed since")}
          {flag("worse", "Cleared, and fell since")}
          {any && (
            <Button
              kind="quiet"
              act={() => change({ state: null, proposal: null, changed: null, worse: null, overdue: null, class_year: null })}
            >
              Clear filters
            </Button>
          )}
        </form>
        <Listed
          list={list}
          label="Clearance"
          columns={columns}
          rowKey={rowKey}
          sort={{ by: query.sort ?? "last_safe_on", change: (sort) => change({ sort }) }}
          empty={{
            title: any ? "Nobody in this view" : "Nobody plans an exam yet",
            children: any ? "Take a filter away to see more." : "Students appear here with their first exam plan.",
          }}
        />
      </div>
    </>
  );
}
