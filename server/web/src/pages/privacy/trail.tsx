/* Every look and every deed: who, what, whom about, on what ground, from where. Nothing can be changed or taken out of it. */
import { api, download } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { searchOf, useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { DayField, TextField } from "../../ui/field";
import { Listed } from "../../ui/listed";
import type { Column } from "../../ui/table";
import { moment, nameOf, plainly } from "../../ui/words";

type Event = components["schemas"]["TrailEvent"];
const rowKey = (row: Event) => String(row.event_id);

const columns: readonly Column<Event>[] = [
  { id: "at", head: "When", primary: true, cell: (row) => moment(row.at) },
  { id: "who", head: "Who", cell: (row) => row.staff?.name ?? row.actor },
  { id: "action", head: "What", cell: (row) => plainly(row.action) },
  {
    id: "students",
    head: "About",
    cell: (row) =>
      row.students_n === 0
        ? "–"
        : row.students.map((student) => `${nameOf(student)} (${student.student_id})`).join(", ") +
          (row.students_n > row.students.length ? ` and ${row.students_n - row.students.length} more` : ""),
  },
  { id: "ground", head: "Ground", cell: (row) => row.ground ?? "–" },
  { id: "from", head: "From", cell: (row) => row.address ?? "–" },
  { id: "status", head: "Answer", end: true, cell: (row) => row.status ?? "–" },
];

export function Trail() {
  const [query, change] = useQuery();
  const filters = { staff: query.staff, student: query.student, action: query.action, from: query.from, to: query.to };
  const list = useList<Event>(
    (init, page) => api.GET("/trail", { ...init, params: { query: { ...filters, ...page } as never } }),
    [filters],
  );
  const any = Object.values(filters).some(Boolean);
  const text = (name: keyof typeof filters) => ({ value: query[name] ?? "", change: (value: string) => change({ [name]: value }) });
  return (
    <div class="stack">
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <TextField label="Student id" {...text("student")} />
        <TextField label="Action" {...text("action")} />
        <DayField label="From" {...text("from")} />
        <DayField label="To" {...text("to")} />
        {any && (
          <Button kind="quiet" act={() => change({ staff: null, student: null, action: null, from: null, to: null })}>
            Clear filters
          </Button>
        )}
        {may("export") && (
          <Button kind="quiet" act={() => download(`/trail${searchOf({ ...filters, format: "csv" })}`, "trail.csv")}>
            CSV
          </Button>
        )}
      </form>
      <Listed
        list={list}
        label="Who saw what"
        columns={columns}
        rowKey={rowKey}
        empty={{ title: any ? "Nothing in this view" : "Nobody has looked yet" }}
      />
    </div>
  );
}
