/*
 * A chart is a figure with its message in words, the same data as a table, and as a file. Observable Plot draws it; the library
 * is fetched when the first chart is shown. Marks that stand for students are links or buttons, reachable by keyboard.
 *
 *   <Chart title="Readiness" message="…" draw={(plot, width) => plot.plot({…})} table={{ columns, rows }} file="readiness.csv" … />
 *
 * Plot puts a <style> element into its drawings, which our content policy refuses: it is taken out before the drawing enters
 * the document, and its rules stand in chart.css. Colours are CSS variables, so that a theme changes without drawing anew.
 */
import "./chart.css";
import "./table.css";
import type * as PlotModule from "@observablehq/plot";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { save } from "../api/client";
import { Button } from "./button";
import { leadFrom } from "./chart_marks";
import { Panel } from "./layout";

const LEAST_PX = 80; // a box that has no room yet

export type Plot = typeof PlotModule;
export type Cell = string | number | null | Leading;

// A number of the table with the page it leads to, as its mark does.
export interface Leading {
  is: string | number;
  to: string;
}

export interface Data {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

interface Props {
  title: string;
  message: ComponentChildren; // what the chart says, in a sentence with its numbers
  draw: (plot: Plot, width: number) => Element;
  table: Data;
  file: string;
  id?: string; // an anchor in the address
  csv?: (() => unknown) | null; // the server's own file, for rows that are students' records; null: none
  height?: number; // room kept while it loads
  actions?: ComponentChildren;
  legend?: ComponentChildren;
  level?: 2 | 3;
  bare?: boolean;
  deps: readonly unknown[]; // drawn anew when one of these changes
  children?: ComponentChildren; // beneath the drawing: links to what its marks stand for
}

export const colors = {
  ink: "var(--ink)",
  quiet: "var(--ink-2)",
  line: "var(--line)",
  accent: "var(--accent)",
  risk: "var(--risk)",
  borderline: "var(--borderline)",
  track: "var(--track)",
  unknown: "var(--unknown)",
} as const;

const FORMULA = /^[\s\u200B]*[=+@\uFF1D\uFF0B\uFF0D\uFF20-]|^[\t\r\n]/; // JavaScript's \s has the blanks that do not break, too

// A cell that a spreadsheet would take for a formula is defused as the server's own files do it.
const csvCell = (given: Cell): string => {
  const cell = given !== null && typeof given === "object" ? given.is : given;
  const text = cell === null ? "" : String(cell);
  const safe = typeof cell === "string" && FORMULA.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

export const csvOf = ({ columns, rows }: Data): string =>
  [columns, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";

export function Chart(props: Props) {
  const { title, message, draw, table, file, csv, height = 260, actions, legend, level, bare, deps, children } = props;
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  return (
    <Panel
      id={props.id}
      title={title}
      level={level}
      bare={bare}
      actions={
        <>
          {actions}
          <Button kind="quiet" aria-pressed={asTable} act={() => setAsTable(!asTable)}>
            {asTable ? "As a chart" : "As a table"}
          </Button>
          {csv !== null && (
            <Button kind="quiet" act={csv ?? (() => save(new Blob([csvOf(table)], { type: "text/csv" }), file))}>
              CSV
            </Button>
          )}
        </>
      }
    >
      <figure class="chart">
        <figcaption id={id} class="prose">
          {message}
        </figcaption>
        {legend}
        {asTable ? <DataTable label={title} of={table} /> : <Drawing draw={draw} deps={deps} height={height} label={id} />}
        {children}
      </figure>
    </Panel>
  );
}

/* The drawing alone, for where words and table stand beside it already; `label` is the id of its message. */
interface DrawingProps extends Pick<Props, "draw" | "deps"> {
  height: number;
  label: string;
  paper?: number; // as wide as this when it is printed, however narrow the window is
}

export function Drawing({ draw, deps, height, label, paper }: DrawingProps) {
  const box = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<Plot | null>(null);
  const [width, setWidth] = useState(0);
  const [leads, setLeads] = useState(false);
  const [said, say] = useState<string | null>(null);
  const [, go] = useLocation();
  useEffect(() => {
    let here = true;
    void import("@observablehq/plot").then((module) => here && setPlot(module));
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    if (box.current) watch.observe(box.current);
    return () => {
      here = false;
      watch.disconnect();
    };
  }, []);
  useEffect(() => {
    if (!plot || !box.current || width < LEAST_PX) return;
    const put = (px: number) => {
      const drawing = draw(plot, px);
      drawing.querySelectorAll("style").forEach((style) => style.remove());
      // The caption says what it shows.
      drawing.querySelectorAll("g[aria-label]").forEach((group) => group.removeAttribute("aria-label"));
      drawing.setAttribute("role", drawing.querySelector("a, [tabindex]") ? "group" : "img");
      drawing.setAttribute("aria-labelledby", label);
      setLeads(leadFrom(drawing, go, say));
      box.current?.replaceChildren(drawing);
    };
    put(width);
    if (!paper) return;
    const print = () => put(paper);
    const back = () => put(width);
    addEventListener("beforeprint", print);
    addEventListener("afterprint", back);
    return () => {
      removeEventListener("beforeprint", print);
      removeEventListener("afterprint", back);
    };
  }, [plot, width, paper, JSON.stringify(deps)]);
  return (
    <>
      <div ref={box} class="drawing" style={{ minHeight: `${height}px` }} />
      {leads && (
        <p class="said small no-print" aria-hidden="true">
          {said ?? <span class="quiet">Every mark leads to its students: point at it, or Tab and the arrow keys.</span>}
        </p>
      )}
    </>
  );
}

const isNumber = (cell: Cell): boolean => typeof (cell !== null && typeof cell === "object" ? cell.is : cell) === "number";

const InCell = ({ cell }: { cell: Cell }) =>
  cell !== null && typeof cell === "object" ? <Link href={cell.to}>{cell.is}</Link> : <>{cell ?? "–"}</>;

export const DataTable = ({ label, of }: { label: string; of: Data }) => (
  <div class="table-wrap scroll" tabIndex={0} role="region" aria-label={`${label}, table`}>
    <table class="list plain">
      <caption class="unseen">{label}</caption>
      <thead>
        <tr>
          {of.columns.map((column, j) => (
            <th key={column} scope="col" class={isNumber(of.rows[0]?.[j] ?? null) ? "end" : undefined}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {of.rows.map((row, i) => (
          <tr key={i}>
            {row.map((cell, j) => (
              <td key={j} data-label={of.columns[j]} class={isNumber(cell) ? "end" : undefined}>
                <InCell cell={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
