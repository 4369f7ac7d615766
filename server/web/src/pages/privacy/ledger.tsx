/* What left the school (34 CFR 99.32). An entry is corrected by another entry, never changed. */
import { useState } from "preact/hooks";
import { api, download } from "../../api/client";
import type { components } from "../../api/schema";
import { bases, Disclose } from "../../record/disclose";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { Button } from "../../ui/button";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { day, nameOf } from "../../ui/words";

type Row = components["schemas"]["Disclosure"];
const rowKey = (row: Row) => String(row.disclosure_id);

const columns: readonly Column<Row>[] = [
  { id: "on", head: "On", cell: (row) => day(row.disclosed_on) },
  { id: "to", head: "To whom", primary: true, cell: (row) => row.recipient },
  { id: "interest", head: "Their interest", cell: (row) => row.interest },
  { id: "what", head: "What", cell: (row) => row.what },
  {
    id: "basis",
    head: "Basis",
    cell: (row) => (
      <>
        {bases[row.basis]} <span class="small quiet">{row.basis_source}</span>
      </>
    ),
  },
  {
    id: "whose",
    head: "Whose",
    cell: (row) =>
      row.students.map(nameOf).join(", ") +
      (row.students_n > row.students.length ? ` and ${row.students_n - row.students.length} more` : ""),
  },
  {
    id: "outcome",
    head: "Outcome",
    cell: (row) => (
      <>
        <Tag tone={row.outcome === "refused" ? "borderline" : "unknown"}>{row.outcome}</Tag>
        {row.corrected_by && ` corrected by ${row.corrected_by}`}
      </>
    ),
  },
  { id: "by", head: "By", cell: (row) => row.staff?.name ?? "–" },
];

export function Ledger() {
  const list = useList<Row>((init, page) => api.GET("/disclosures", { ...init, params: { query: page } }), []);
  const [open, setOpen] = useState(false);
  return (
    <div class="stack">
      <p class="row">
        {may("disclose") && (
          <Button kind="primary" act={() => setOpen(true)}>
            Enter a disclosure
          </Button>
        )}
        {may("export") && (
          <Button kind="quiet" act={() => download("/disclosures?format=csv", "disclosures.csv")}>
            CSV
          </Button>
        )}
      </p>
      <Listed
        list={list}
        label="Disclosures"
        columns={columns}
        rowKey={rowKey}
        empty={{
          title: "Nothing has left the school",
          children:
            "Exports and packets that go to somebody outside the school's officials are entered here, and students see their own.",
        }}
      />
      {open && <Disclose students={[]} close={() => setOpen(false)} done={() => (setOpen(false), list.again())} />}
    </div>
  );
}
