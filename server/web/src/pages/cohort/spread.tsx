/* How readiness is spread over the class, with the pass zone, and P(pass) on the planned day; every bar leads to its students. */
import { Chart, colors } from "../../ui/chart";
import { Legend, Swatch } from "../../ui/legend";
import { Panel } from "../../ui/layout";
import { Empty } from "../../ui/states";
import { count, percent } from "../../ui/words";
import { type Cohort, leading, quartiles } from "./share";
import { type Bin, drawSpread, SPREAD_PX } from "./spread_plot";

const hundredths = (p: number): number => Math.round(p * 100);

const table = (unit: string, bins: readonly Bin[], say: (value: number) => string) => ({
  columns: ["From", "To below", "Students"],
  rows: bins
    .filter((bin) => bin.n !== 0)
    .map((bin) => [`${say(bin.from)}${unit}`, `${say(bin.to)}${unit}`, leading(bin.n, bin.students)]),
});

const AROUND_EPC = 8; // the pass line is always in sight, with some room

const None = ({ id, title, children }: { id: string; title: string; children: string }) => (
  <Panel id={id} title={title}>
    <Empty title="Nothing to show yet">{children}</Empty>
  </Panel>
);

export function Readiness({ of }: { of: Cohort }) {
  const { readiness: is, pass_line } = of;
  if (is.n === 0)
    return (
      <None id="readiness" title="Readiness now">
        Nobody has an estimate. It comes with the first results.
      </None>
    );
  const seen = pass_line === null ? is.edges : [...is.edges, pass_line - AROUND_EPC, pass_line + AROUND_EPC];
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const ticks = Array.from({ length: Math.floor(high / 5) - Math.ceil(low / 5) + 1 }, (_, i) => (Math.ceil(low / 5) + i) * 5);
  return (
    <Chart
      id="readiness"
      title="Readiness now"
      message={
        <>
          Median <strong>{quartiles(is, (value) => value.toFixed(1))}</strong> EPC, of{" "}
          {is.n === null ? "a hidden number of students" : count(is.n, "student")} with an estimate.{" "}
          {is.below_line !== null && pass_line !== null && (
            <>
              <strong>{is.below_line}</strong> {is.below_line === 1 ? "is" : "are"} below the pass line of {pass_line}.
            </>
          )}
        </>
      }
      legend={
        pass_line !== null && (
          <Legend
            of={[
              [<Swatch fill="var(--track-wash)" />, `pass zone, from ${pass_line} EPC`],
              [<Swatch fill={colors.accent} />, "students, bins of 2 EPC"],
            ]}
          />
        )
      }
      draw={(plot, width) =>
        drawSpread(plot, width, {
          bins: is.bins,
          domain: [low, high],
          median: is.median,
          ticks,
          tick: (value) => String(Math.round(value * 10) / 10),
          words: (bin) => `${count(bin.n ?? 0, "student")} with a readiness of ${bin.from} to ${bin.to} EPC`,
          zones: pass_line === null ? [] : [{ from: Math.max(pass_line, low), to: high, fill: "var(--track-wash)" }],
          line: pass_line === null ? null : { at: pass_line, words: `pass line ${pass_line}` },
        })
      }
      table={table(" EPC", is.bins, String)}
      file="cohort-readiness.csv"
      height={SPREAD_PX}
      deps={[is]}
    />
  );
}

export function Passing({ of }: { of: Cohort }) {
  const { p: is, floor, ceiling } = of;
  if (is.n === 0)
    return (
      <None id="passing" title="P(pass) on the planned day">
        Nobody with an estimate has a planned day.
      </None>
    );
  return (
    <Chart
      id="passing"
      title="P(pass) on the planned day"
      message={
        <>
          Median <strong>{quartiles(is, percent)}</strong>, of{" "}
          {is.n === null ? "a hidden number of students" : count(is.n, "student")} with a planned day.
          {is.no_day ? ` ${count(is.no_day, "student")} without one ${is.no_day === 1 ? "is" : "are"} not in it.` : ""}
        </>
      }
      legend={
        floor !== null &&
        ceiling !== null && (
          <Legend
            of={[
              [<Swatch fill="var(--risk-wash)" />, `below ${percent(floor)}: at risk`],
              [<Swatch fill="var(--borderline-wash)" />, `to ${percent(ceiling)}: borderline`],
              [<Swatch fill="var(--track-wash)" />, "above: on track, where enough is known"],
            ]}
          />
        )
      }
      draw={(plot, width) =>
        drawSpread(plot, width, {
          bins: is.bins,
          domain: [0, 1],
          median: is.median,
          ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
          tick: (p) => `${hundredths(p)} %`,
          words: ({ n, from, to }) => `${count(n ?? 0, "student")} with a P(pass) of ${hundredths(from)} to ${hundredths(to)} %`,
          zones:
            floor === null || ceiling === null
              ? []
              : [
                  { from: 0, to: floor, fill: "var(--risk-wash)" },
                  { from: floor, to: ceiling, fill: "var(--borderline-wash)" },
                  { from: ceiling, to: 1, fill: "var(--track-wash)" },
                ],
          line: null,
        })
      }
      table={table(" %", is.bins, (p) => String(hundredths(p)))}
      file="cohort-p-pass.csv"
      height={SPREAD_PX}
      deps={[is]}
    />
  );
}
