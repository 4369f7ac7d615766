/* Files that come in: what they would change is shown before anything is, and can be taken back afterwards. */
import { Link } from "wouter-preact";
import { api, download } from "../../api/client";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { Button } from "../../ui/button";
import { PageHead, Panel } from "../../ui/layout";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { count, moment } from "../../ui/words";
import { type Import, kinds, states } from "./kinds";
import { Upload } from "./upload";

const rowKey = (row: Import) => String(row.import_id);

const columns: readonly Column<Import>[] = [
  {
    id: "file",
    head: "File",
    primary: true,
    cell: (row) => <Link href={`/imports/${row.import_id}`}>{row.file_name}</Link>,
  },
  { id: "kind", head: "What", cell: (row) => kinds[row.kind].words },
  { id: "state", head: "State", cell: (row) => <Tag tone={states[row.state].tone}>{states[row.state].words}</Tag> },
  {
    id: "counts",
    head: "Would change, or did",
    cell: (row) => `${row.counts.new} new, ${row.counts.changed} changed, ${row.counts.leaving} leaving`,
  },
  { id: "refused", head: "Refused", end: true, cell: (row) => row.counts.refused },
  { id: "by", head: "By", cell: (row) => row.previewed.by?.name ?? "–" },
  { id: "at", head: "When", cell: (row) => moment(row.previewed.at) },
];

export default function Imports() {
  const list = useList<Import>((init, page) => api.GET("/imports", { ...init, params: { query: page } }), []);
  return (
    <>
      <PageHead title="Imports" note={list.total ? `${count(list.total, "file")} so far` : undefined}>
        {may("export") && (
          <Button kind="quiet" act={() => download("/imports?format=csv", "imports.csv")}>
            CSV
          </Button>
        )}
      </PageHead>
      <div class="stack">
        <Panel title="Bring a file" note="Nothing is changed before you have seen what it would change.">
          <Upload />
        </Panel>
        <Listed
          list={list}
          label="Imports"
          columns={columns}
          rowKey={rowKey}
          empty={{
            title: "No file has come yet",
            children: "Begin with the roster: students.csv from your student information system.",
          }}
        />
      </div>
    </>
  );
}
