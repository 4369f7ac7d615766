/* How the class stood over the last nights, and who sits in the next weeks; the night's own figures, not today's. */
import { Chart, colors, type Plot } from "../../ui/chart";
import { StateLegend, stateOrder } from "../../ui/legend";
import { addDays, count, day, daysBetween, type State, states } from "../../ui/words";
import { symbolOf } from "../cohort/effort_plot";
import type { Brief } from "./headline";

const PX = 240;
const WEEK_DAYS = 7;
const LABEL_PX = 58;
const SHAPE_FROM_PX = 15; // a part smaller than this has no shape in it

interface Part {
  at: string;
  state: State;
  n: number;
  low: number;
  high: number;
}
type Counts = Record<State, number>;

const sum = (of: Counts): number => stateOrder.reduce((n, state) => n + of[state], 0);

function partsOf(rows: readonly (Counts & { at: string })[]): Part[] {
  return rows.flatMap((row) => {
    let low = 0;
    return stateOrder.flatMap((state) => {
      const n = row[state];
      const part = { at: row.at, state, n, low, high: low + n };
      low += n;
      return n > 0 ? [part] : [];
    });
  });
}

function drawBars(
  plot: Plot,
  width: number,
  domain: readonly string[],
  parts: readonly Part[],
  words: (part: Part) => string,
): Element {
  const most = Math.max(1, ...parts.map((part) => part.high)) * 1.1;
  const each = Math.max(1, Math.ceil(LABEL_PX / ((width - 40) / domain.length)));
  const unit = (PX - 44) / most;
  const wide = (width - 44) / domain.length >= SHAPE_FROM_PX;
  return plot.plot({
    width,
    height: PX,
    marginLeft: 34,
    marginRight: 10,
    marginTop: 14,
    x: { type: "band", domain: [...domain], padding: 0.2, label: null },
    y: { domain: [0, most], label: null },
    marks: [
      plot.gridY({ ticks: 4, stroke: colors.line }),
      plot.axisY({ ticks: 4, tickSize: 0, tickFormat: (n: number) => (Number.isInteger(n) ? String(n) : ""), color: colors.quiet }),
      plot.axisX(
        domain.filter((_, i) => i % each === 0),
        { tickFormat: (at: string) => day(at, "short"), tickSize: 4, color: colors.quiet },
      ),
      plot.barY(parts, {
        x: "at",
        y1: "low",
        y2: "high",
        fill: (part: Part) => colors[states[part.state].tone as keyof typeof colors],
        stroke: "var(--surface)",
        strokeWidth: 1.5,
        ariaLabel: words,
      }),
      ...stateOrder.map((state) =>
        plot.dot(
          parts.filter((part) => part.state === state && part.n * unit >= SHAPE_FROM_PX && wide),
          { x: "at", y: (part: Part) => (part.low + part.high) / 2, r: 4, symbol: symbolOf[state], fill: "var(--surface)" },
        ),
      ),
    ],
  });
}

const columns = (first: string) => [first, ...stateOrder.map((state) => states[state].word)];

export function Course({ of }: { of: Brief }) {
  const [first, last] = [of.trend[0], of.trend.at(-1)];
  if (!first || !last || of.trend.length < 2) return null;
  // Nights that are not there are gaps, not neighbours.
  const nights = Array.from({ length: daysBetween(first.night, last.night) + 1 }, (_, i) => addDays(first.night, i));
  const parts = partsOf(of.trend.map((row) => ({ ...row, at: row.night })));
  return (
    <Chart
      title="The last nights"
      message={
        <>
          <strong>{last.at_risk}</strong> at risk on {day(last.night, "short")}, {first.at_risk} on {day(first.night, "short")};
          nights that are not kept are gaps.
        </>
      }
      legend={<StateLegend />}
      draw={(plot, width) =>
        drawBars(plot, width, nights, parts, (part) => `${day(part.at)}: ${part.n} ${states[part.state].word}`)
      }
      table={{ columns: columns("Night"), rows: of.trend.map((row) => [day(row.night), ...stateOrder.map((state) => row[state])]) }}
      file={`nights-to-${of.night}.csv`}
      height={PX}
      deps={[of.trend]}
    />
  );
}

export function Ahead({ of }: { of: Brief }) {
  const rows = of.exams_by_week;
  const n = rows.reduce((all, row) => all + sum(row), 0);
  if (n === 0) return null;
  const risky = rows.reduce((all, row) => all + row.at_risk, 0);
  const week = (from: string): string => `${day(from, "short")} to ${day(addDays(from, WEEK_DAYS - 1), "short")}`;
  return (
    <Chart
      title="Exams in the 30 days after"
      message={
        <>
          <strong>{count(n, "student")}</strong> {n === 1 ? "sits" : "sit"}, of them <strong>{risky}</strong> at risk.
        </>
      }
      legend={<StateLegend />}
      draw={(plot, width) =>
        drawBars(
          plot,
          width,
          rows.map((row) => row.from),
          partsOf(rows.map((row) => ({ ...row, at: row.from }))),
          (part) => `Week of ${week(part.at)}: ${part.n} ${states[part.state].word}`,
        )
      }
      table={{ columns: columns("Week"), rows: rows.map((row) => [week(row.from), ...stateOrder.map((state) => row[state])]) }}
      file={`exams-after-${of.night}.csv`}
      height={PX}
      deps={[rows]}
    />
  );
}
