/* What a set would change today: states before and after as a table of counts, and whom it concerns, farthest first. */
import type { components } from "../../api/schema";
import type { Job } from "../../state/job";
import { Status } from "../../ui/mark";
import { Person } from "../../ui/person";
import { type Column, Table } from "../../ui/table";
import { count, percent, points } from "../../ui/words";

type Result = components["schemas"]["PreviewResult"];
type Move = NonNullable<Result["moves"]>[number];

const columns: readonly Column<Move>[] = [
  { id: "student", head: "Student", primary: true, cell: (row) => <Person is={row.student} /> },
  { id: "from", head: "Now", cell: (row) => <Status state={row.from_state} /> },
  { id: "to", head: "Would be", cell: (row) => <Status state={row.to_state} /> },
  { id: "p", head: "P(pass)", cell: (row) => `${percent(row.from_p)} to ${percent(row.to_p)}` },
  { id: "by", head: "Points", end: true, cell: (row) => points((row.to_p - row.from_p) * 100, 0) },
];
const rowKey = (row: Move) => row.student.student_id;

export function Preview({ of }: { of: Job }) {
  const result = of.result as Result;
  const changes = result.counts.filter(({ from, to }) => from !== to);
  return (
    <div class="stack">
      <p>
        {of.asked.version} instead of {of.asked.base}: of {count(result.students, "student")},{" "}
        <strong>{result.changed === null ? "some" : result.changed} would change state</strong>.
        {result.skipped > 0 && ` ${result.skipped} could not be computed.`}
      </p>
      {changes.length > 0 && (
        <ul class="lines">
          {changes.map(({ from, to, n }) => (
            <li key={`${from}/${to}`} class="row">
              <strong class="number">{n ?? "a few"}</strong> <Status state={from} /> <span aria-label="become">→</span>{" "}
              <Status state={to} />
            </li>
          ))}
        </ul>
      )}
      {result.moves && result.moves.length > 0 && (
        <Table label="Whom it concerns" columns={columns} rows={result.moves} rowKey={rowKey} />
      )}
    </div>
  );
}
