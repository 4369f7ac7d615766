/*
 * A list in any of its conditions: loading, none, refused, old, and then the table. Every page with a list shows it through
 * this.
 */
import type { ComponentChildren } from "preact";
import type { RowData } from "@tanstack/table-core";
import type { List } from "../state/list";
import { Button } from "./button";
import { Empty, Failed, Loading, Stale } from "./states";
import { Table, type TableProps } from "./table";

interface Props<T> extends Omit<TableProps<T>, "rows" | "total" | "more" | "busy"> {
  list: List<T>;
  empty: { title: string; children?: ComponentChildren };
}

export function Listed<T extends RowData>({ list, empty, ...table }: Props<T>) {
  if (list.state === "failed" && list.problem) return <Failed problem={list.problem} again={list.again} />;
  if (list.items.length === 0)
    return list.state === "loading" ? <Loading lines={8} /> : <Empty title={empty.title}>{empty.children}</Empty>;
  return (
    <>
      {list.state === "changed" && (
        <p class="stale" role="status">
          Something changed since this list was made. <Button act={list.again}>Show it anew</Button>
        </p>
      )}
      {list.state === "stale" && <Stale at={null} problem={list.problem} />}
      <Table
        {...table}
        rows={list.items}
        total={list.total}
        more={list.next ? list.more : null}
        busy={list.state === "loading" || list.state === "more"}
      />
    </>
  );
}
