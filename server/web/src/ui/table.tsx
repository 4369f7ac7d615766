/*
 * A list of things as a real table: headings with scope, sorting by buttons in them, a caption for who cannot see it. TanStack's
 * table core holds columns, sorting and selection; its virtual core keeps only the rows near the window in the document, so
 * that 20,000 students scroll like twenty. Sorting is the server's work: a heading only says what is wanted.
 *
 * On a narrow screen each row becomes a card: the same cells, each after the name of its column (data-label).
 */
import "./table.css";
import { createTable, getCoreRowModel, type ColumnDef, type RowData } from "@tanstack/table-core";
import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from "@tanstack/virtual-core";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { Button } from "./button";
import { count } from "./words";

export interface Column<T> {
  id: string;
  head: string;
  cell: (row: T) => ComponentChildren;
  sort?: string; // the server's name for sorting by it
  end?: boolean; // numbers: aligned at their end
  hideHead?: boolean; // for a column of buttons: its name is only spoken
  primary?: boolean; // names the row: its head on a card, and what a screen reader says first
}

export interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string;
  sort?: { by: string; change: (by: string) => void }; // "p" upwards, "-p" downwards
  selection?: { of: ReadonlySet<string>; change: (keys: ReadonlySet<string>) => void; name: (row: T) => string };
  total?: number | null;
  more?: (() => void) | null; // there are more, and this fetches them
  busy?: boolean;
  current?: string | null; // the row that a panel beside the table shows
}

const VIRTUAL_FROM = 80; // fewer rows are simply there: the browser's own search and printing work on all of them
const ROW_PX = 45;
const MORE_BEFORE = 20;

export function Table<T extends RowData>({
  label,
  columns,
  rows,
  rowKey,
  sort,
  selection,
  total,
  more,
  busy,
  current,
}: TableProps<T>) {
  const table = useMemo(
    () =>
      createTable<T>({
        data: rows as T[],
        columns: columns.map((column): ColumnDef<T> => ({ id: column.id, header: column.head, accessorFn: () => null })),
        getRowId: rowKey,
        getCoreRowModel: getCoreRowModel(),
        manualSorting: true,
        state: {},
        onStateChange: () => undefined,
        renderFallbackValue: null,
      }),
    [rows, columns, rowKey],
  );
  const model = table.getRowModel().rows;
  const body = useRef<HTMLTableSectionElement>(null);
  const virtual = useVirtual(model.length, body);
  const shown = virtual ? virtual.getVirtualItems().map((item) => model[item.index]!) : model;
  const first = virtual ? (virtual.getVirtualItems()[0]?.index ?? 0) : 0;
  const last = first + shown.length;
  const above = virtual ? (virtual.getVirtualItems()[0]?.start ?? 0) - virtual.options.scrollMargin : 0;
  const below = virtual
    ? virtual.getTotalSize() - ((virtual.getVirtualItems().at(-1)?.end ?? 0) - virtual.options.scrollMargin)
    : 0;

  useEffect(() => {
    if (more && last > model.length - MORE_BEFORE && virtual) more();
  }, [last, model.length, more]);

  const keys = model.map((row) => row.id);
  const all = selection !== undefined && keys.length > 0 && keys.every((key) => selection.of.has(key));
  const span = columns.length + (selection ? 1 : 0);

  return (
    <div class="table-wrap">
      <table class="list" aria-rowcount={(total ?? model.length) + 1} aria-busy={busy || undefined}>
        <caption class="unseen">
          {label}
          {total !== undefined && total !== null && `, ${count(total, "row")}`}
        </caption>
        <thead>
          <tr aria-rowindex={1}>
            {selection && (
              <th scope="col" class="pick">
                <input
                  type="checkbox"
                  aria-label={`Select all ${keys.length} shown`}
                  checked={all}
                  onChange={() => selection.change(all ? new Set() : new Set(keys))}
                />
              </th>
            )}
            {columns.map((column) => (
              <Heading key={column.id} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {above > 0 && <Spacer px={above} span={span} />}
          {shown.map((row, i) => (
            <tr
              key={row.id}
              ref={(tr) => virtual?.measureElement(tr)}
              data-index={first + i}
              aria-rowindex={first + i + 2}
              data-key={row.id}
              class={current === row.id ? "current" : undefined}
              aria-current={current === row.id || undefined}
            >
              {selection && (
                <td class="pick">
                  <input
                    type="checkbox"
                    aria-label={`Select ${selection.name(row.original)}`}
                    checked={selection.of.has(row.id)}
                    onChange={(event) => {
                      const next = new Set(selection.of);
                      if (event.currentTarget.checked) next.add(row.id);
                      else next.delete(row.id);
                      selection.change(next);
                    }}
                  />
                </td>
              )}
              {columns.map((column) =>
                column.primary ? (
                  <th key={column.id} scope="row" data-label={column.head}>
                    {column.cell(row.original)}
                  </th>
                ) : (
                  <td key={column.id} class={column.end ? "end" : undefined} data-label={column.head}>
                    <div class="cell">{column.cell(row.original)}</div>
                  </td>
                ),
              )}
            </tr>
          ))}
          {below > 0 && <Spacer px={below} span={span} />}
        </tbody>
      </table>
      {more && (
        <p class="table-foot">
          <span class="quiet">
            {model.length} of {count(total ?? model.length, "row")}
          </span>
          <Button kind="quiet" act={more}>
            Show more
          </Button>
        </p>
      )}
    </div>
  );
}

const Spacer = ({ px, span }: { px: number; span: number }) => (
  <tr aria-hidden="true" class="spacer">
    <td colSpan={span} style={{ height: `${px}px` }} />
  </tr>
);

function Heading<T>({ column, sort }: { column: Column<T>; sort?: TableProps<T>["sort"] }) {
  const by = column.sort;
  const direction = !sort || !by ? undefined : sort.by === by ? "ascending" : sort.by === `-${by}` ? "descending" : undefined;
  return (
    <th scope="col" class={column.end ? "end" : undefined} aria-sort={by && sort ? (direction ?? "none") : undefined}>
      {by && sort ? (
        <button type="button" class="sort" onClick={() => sort.change(direction === "ascending" ? `-${by}` : by)}>
          {column.head}
          <span aria-hidden="true">{direction === "ascending" ? " ↑" : direction === "descending" ? " ↓" : ""}</span>
        </button>
      ) : (
        <span class={column.hideHead ? "unseen" : undefined}>{column.head}</span>
      )}
    </th>
  );
}

// The rows near the window, for lists that are long; null for those that are not. The window scrolls, not a box inside it.
function useVirtual(
  rows: number,
  body: { current: HTMLTableSectionElement | null },
): Virtualizer<Window, HTMLTableRowElement> | null {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const on = rows > VIRTUAL_FROM;
  const [virtual] = useState(
    () =>
      new Virtualizer<Window, HTMLTableRowElement>({
        count: 0,
        getScrollElement: () => window,
        estimateSize: () => ROW_PX,
        overscan: 12,
        observeElementRect: observeWindowRect,
        observeElementOffset: observeWindowOffset,
        scrollToFn: windowScroll,
        initialOffset: () => window.scrollY,
      }),
  );
  virtual.setOptions({
    ...virtual.options,
    enabled: on,
    count: rows,
    scrollMargin: on && body.current ? body.current.getBoundingClientRect().top + window.scrollY : 0,
    onChange: () => redraw(0),
  });
  useEffect(() => virtual._didMount(), [virtual]);
  useEffect(() => virtual._willUpdate());
  return on ? virtual : null;
}
