/* LCME 11.1: who counsels a student does not assess or promote them. New conflicts are refused; these came before. */
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { Listed } from "../../ui/listed";
import { Person } from "../../ui/person";
import type { Column } from "../../ui/table";
import { plainly } from "../../ui/words";

type Conflict = components["schemas"]["WallConflict"];

export function Conflicts() {
  const list = useList<Conflict>((init, page) => api.GET("/conflicts", { ...init, params: { query: page } }), []);
  return (
    <Listed
      list={list}
      label="Conflicts"
      columns={columns}
      rowKey={rowKey}
      empty={{
        title: "The wall holds",
        children:
          "Nobody who counsels a student also assesses or promotes them (LCME 11.1). An assignment that would break it is refused.",
      }}
    />
  );
}

const rowKey = (row: Conflict) =>
  `${row.student.student_id}/${row.staff.staff_id}/${row.counsels.ground_id}/${row.assesses.ground_id}`;

const columns: readonly Column<Conflict>[] = [
  { id: "student", head: "Student", primary: true, cell: (row) => <Person is={row.student} /> },
  { id: "staff", head: "Person", cell: (row) => row.staff.name },
  { id: "counsels", head: "Counsels as", cell: (row) => `${plainly(row.counsels.kind)} (by ${row.counsels.source})` },
  { id: "assesses", head: "Assesses as", cell: (row) => `${plainly(row.assesses.kind)} (by ${row.assesses.source})` },
];
