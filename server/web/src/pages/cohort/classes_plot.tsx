/* The lines of the class years: told apart by shape, dash and tone together, and named at their ends. */
import { colors, type Plot } from "../../ui/chart";
import { type Classes, classWords } from "./share";

export const CLASSES_PX = 320;
const MARGIN = { left: 34, right: 52, top: 18, bottom: 38 };
const LINES_MOST = 4; // more would cover each other: the newest; all are in the table

const looks = [
  { color: colors.accent, dash: "0", symbol: "circle" },
  { color: colors.ink, dash: "7 4", symbol: "square" },
  { color: colors.borderline, dash: "2 3", symbol: "triangle" },
  { color: colors.quiet, dash: "9 3 2 3", symbol: "diamond" },
] as const;
type Look = (typeof looks)[number];
type Week = Classes["classes"][number]["weeks"][number];

interface Line {
  year: number | null;
  look: Look;
  weeks: Week[];
}

export const linesOf = (of: Classes): Line[] =>
  of.classes
    .filter((one) => one.weeks.some((week) => week.median !== null))
    .sort((a, b) => (b.class_year ?? 0) - (a.class_year ?? 0))
    .slice(0, LINES_MOST)
    .map((one, i) => ({ year: one.class_year, look: looks[i]!, weeks: one.weeks }));

// A week without a figure is a gap, not a straight line across it.
const withGaps = (weeks: readonly Week[], from: number, to: number): (Week | { week: number; median: null })[] =>
  Array.from({ length: to - from + 1 }, (_, i) => weeks.find((one) => one.week === from + i) ?? { week: from + i, median: null });

const shapes: Record<Look["symbol"], preact.JSX.Element> = {
  circle: <circle cx="16" cy="6" r="4" />,
  square: <path d="M12.5 2.5h7v7h-7z" />,
  triangle: <path d="M16 1.5 20.5 10h-9z" />,
  diamond: <path d="M16 1 20 6 16 11 12 6z" />,
};

export function LineMark({ of, year }: { of: Classes; year: number | null }) {
  const look = linesOf(of).find((line) => line.year === year)?.look;
  return look ? (
    <svg viewBox="0 0 32 12" width="32" height="12" aria-hidden="true" focusable="false" style={{ color: look.color }}>
      <path d="M0 6h32" stroke="currentColor" stroke-width="2" stroke-dasharray={look.dash} />
      <g fill="currentColor">{shapes[look.symbol]}</g>
    </svg>
  ) : null;
}

export function drawClasses(plot: Plot, width: number, of: Classes): Element {
  const lines = linesOf(of);
  const known = lines.flatMap((line) => line.weeks.filter((week) => week.median !== null).map((week) => ({ ...week, line })));
  const levels = [...known.flatMap((week) => [week.q1!, week.q3!]), ...(of.pass_line === null ? [] : [of.pass_line])];
  const weeks = known.map((week) => week.week);
  const [from, to] = [Math.min(...weeks, of.to - 1), Math.max(...weeks, of.by === "exam" ? of.to : Math.min(...weeks) + 1)];
  type Known = (typeof known)[number];
  const few = (week: Known) => (week.n ?? 0) < of.small_cell;
  return plot.plot({
    width,
    height: CLASSES_PX,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    x: { domain: [from, to], label: null },
    y: { domain: [Math.floor(Math.min(...levels) - 2), Math.ceil(Math.max(...levels) + 2)], label: null },
    marks: [
      plot.gridY({ ticks: 6, stroke: colors.line }),
      plot.axisY({ ticks: 6, tickSize: 0, color: colors.quiet }),
      plot.axisX({
        ticks: Math.min(to - from, Math.max(3, Math.floor(width / 70))),
        tickFormat: (week: number) =>
          Number.isInteger(week) ? (of.by === "exam" ? (week === 0 ? "exam" : String(-week)) : String(week)) : "",
        tickSize: 4,
        color: colors.quiet,
      }),
      plot.text([of.by === "exam" ? "Weeks before the exam" : "Weeks since dedicated study began"], {
        frameAnchor: "bottom",
        dy: 32,
        fill: colors.quiet,
      }),
      plot.text(["Readiness, EPC"], {
        frameAnchor: "top-left",
        dx: -MARGIN.left,
        dy: -14,
        textAnchor: "start",
        fill: colors.quiet,
      }),
      ...lines.map((line) =>
        plot.areaY(withGaps(line.weeks, from, to), { x: "week", y1: "q1", y2: "q3", fill: line.look.color, fillOpacity: 0.11 }),
      ),
      plot.ruleY(of.pass_line === null ? [] : [of.pass_line], { stroke: colors.track, strokeWidth: 1.5 }),
      plot.text(of.pass_line === null ? [] : [of.pass_line], {
        x: from,
        y: (line: number) => line,
        text: (line: number) => `pass line ${line}`,
        dx: 4,
        dy: -8,
        textAnchor: "start",
        fill: colors.track,
        fontWeight: 600,
        stroke: "var(--halo)",
        strokeWidth: 4,
      }),
      ...lines.map((line) =>
        plot.lineY(withGaps(line.weeks, from, to), {
          x: "week",
          y: "median",
          stroke: line.look.color,
          strokeWidth: 2.25,
          strokeDasharray: line.look.dash,
        }),
      ),
      ...lines.map((line) =>
        plot.dot(
          known.filter((week) => week.line === line),
          {
            x: "week",
            y: "median",
            r: 3.5,
            symbol: line.look.symbol,
            fill: (week: Known) => (few(week) ? "var(--surface)" : line.look.color),
            stroke: line.look.color,
            strokeWidth: 1.5,
          },
        ),
      ),
      plot.text(
        lines.map((line) => known.filter((week) => week.line === line).at(-1)!),
        {
          x: "week",
          y: "median",
          text: (week: Known) => String(week.line.year ?? "none"),
          dx: 10,
          textAnchor: "start",
          fill: (week: Known) => week.line.look.color,
          fontWeight: 650,
          stroke: "var(--halo)",
          strokeWidth: 4,
        },
      ),
      plot.tip(
        known,
        plot.pointer({
          x: "week",
          y: "median",
          fill: "var(--raised)",
          stroke: colors.quiet,
          title: (week: Known) =>
            [
              `${classWords(week.line.year)}, n ${week.n}`,
              `median ${week.median?.toFixed(1)}, quartiles ${week.q1?.toFixed(1)} and ${week.q3?.toFixed(1)}`,
              `${week.at_risk ?? "?"} at risk`,
            ].join("\n"),
        }),
      ),
    ],
  });
}
