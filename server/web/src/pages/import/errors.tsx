import { api, download } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { Button } from "../../ui/button";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";

type Row = components["schemas"]["ImportError"];
const rowKey = (row: Row) => `${row.line}/${row.field}/${row.reason}`;

const columns: readonly Column<Row>[] = [
  { id: "line", head: "Line", primary: true, cell: (row) => row.line },
  { id: "field", head: "Field", cell: (row) => row.field || "the row" },
  {
    id: "kind",
    head: "What",
    cell: (row) => (row.warning ? <Tag tone="borderline">taken, with a remark</Tag> : <Tag tone="risk">refused</Tag>),
  },
  { id: "reason", head: "Why", cell: (row) => row.reason },
  { id: "remedy", head: "What to do", cell: (row) => row.remedy },
];

export function Errors({ id }: { id: string }) {
  const list = useList<Row>(
    (init, page) => api.GET("/imports/{import}/errors", { ...init, params: { path: { import: id }, query: page } }),
    [id],
  );
  return (
    <div class="stack">
      {may("export") && list.items.length > 0 && (
        <p>
          <Button act={() => download(`/imports/${id}/errors?format=csv`, `import-${id}-refused.csv`)}>
            As a file, to mend and bring again
          </Button>
        </p>
      )}
      <Listed
        list={list}
        label="Refusals and remarks"
        columns={columns}
        rowKey={rowKey}
        empty={{ title: "Every row could be read" }}
      />
    </div>
  );
}
