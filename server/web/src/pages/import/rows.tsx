import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { useQuery } from "../../state/url";
import { Choice } from "../../ui/field";
import { reportedWords } from "../../ui/instrument";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";

type Row = components["schemas"]["ImportRow"];

const changes: Record<Row["change"], { words: string; tone: string }> = {
  new: { words: "new", tone: "track" },
  changed: { words: "changed", tone: "borderline" },
  leaving: { words: "leaving", tone: "risk" },
  kept: { words: "left as recorded", tone: "unknown" },
};

const rowKey = (row: Row) => String(row.n);

const columns: readonly Column<Row>[] = [
  { id: "line", head: "Line", cell: (row) => row.line ?? "–" },
  { id: "student", head: "Student", primary: true, cell: (row) => `${row.given_name} ${row.family_name} (${row.student_id})` },
  { id: "change", head: "Change", cell: (row) => <Tag tone={changes[row.change].tone}>{changes[row.change].words}</Tag> },
  {
    id: "fields",
    head: "Before and after",
    cell: (row) => (
      <>
        {row.about && <span class="quiet">{row.about}: </span>}
        {row.fields.map((field) => (
          <span key={field.field}>
            {field.field}: {field.before !== null && <del>{field.before}</del>} <ins>{field.after ?? "nothing"}</ins>;{" "}
          </span>
        ))}
        {row.reported && <span class="quiet small">{reportedWords(row.reported)}</span>}
      </>
    ),
  },
  { id: "undone", head: "Undone", cell: (row) => row.undone ?? "" },
];

export function Rows({ id }: { id: string }) {
  const [query, change] = useQuery();
  const filters = { change: query.change };
  const list = useList<Row>(
    (init, page) =>
      api.GET("/imports/{import}/rows", { ...init, params: { path: { import: id }, query: { ...filters, ...page } as never } }),
    [id, filters],
  );
  return (
    <div class="stack">
      <div class="filters">
        <Choice
          label="Change"
          value={query.change ?? ""}
          change={(of) => change({ change: of })}
          options={[["", "Any"], ...Object.entries(changes).map(([of, { words }]) => [of, words] as const)]}
        />
      </div>
      <Listed
        list={list}
        label="Changes"
        columns={columns}
        rowKey={rowKey}
        empty={{ title: "No changes", children: "The file says what is known already." }}
      />
    </div>
  );
}
