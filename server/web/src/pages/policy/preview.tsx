/* What a rule would say of today's students, beside what is said now. */
import { Link } from "wouter-preact";
import type { components } from "../../api/schema";
import { ClearanceMark, proposals } from "../../record/clearance";
import { instrument } from "../../ui/instrument";
import { Panel } from "../../ui/layout";
import { Person } from "../../ui/person";
import { type Column, Table } from "../../ui/table";
import { day } from "../../ui/words";

type Preview = components["schemas"]["PolicyPreview"];
type Row = Preview["students"][number];

const columns: readonly Column<Row>[] = [
  { id: "student", head: "Student", primary: true, cell: (row) => <Person is={row.student} /> },
  { id: "before", head: "Says now", cell: (row) => proposals[row.before].words },
  { id: "after", head: "Would say", cell: (row) => proposals[row.after].words },
  { id: "due", head: "Rule's day", cell: (row) => day(row.due_on, "short") },
  { id: "state", head: "Decided", cell: (row) => <ClearanceMark state={row.state} /> },
];
const rowKey = (row: Row) => row.student.student_id;

export function PreviewOf({ is }: { is: Preview }) {
  return (
    <Panel title="What it would change today" level={3} note="Decisions stay as they are; only what the rule proposes changes.">
      <div class="stack">
        {is.moves.length === 0 ? (
          <p>Nothing: it says of everybody what is said now.</p>
        ) : (
          <ul class="lines">
            {is.moves.map((move) => (
              <li key={`${move.before}/${move.after}`}>
                <strong class="number">{move.students ?? "a few"}</strong> {proposals[move.before].words} →{" "}
                {proposals[move.after].words}
              </li>
            ))}
          </ul>
        )}
        {is.instruments_without_results.length > 0 && (
          <p class="stale">
            Nobody here has a result of: {is.instruments_without_results.map((code) => instrument(code)).join(", ")}.
          </p>
        )}
        {is.students.length > 0 && <Table label="Whom it concerns" columns={columns} rows={is.students} rowKey={rowKey} />}
        <p class="small quiet">
          Groups of fewer than {is.small_cell} are not counted here. <Link href="/clearance">All of clearance</Link>
        </p>
      </div>
    </Panel>
  );
}
