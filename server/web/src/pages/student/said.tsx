/*
 * What the school was told of this student night by night: the P(pass) that people decided by, as it was said then, which the curve
 * of today (readiness.tsx) looks back on and smooths. Asked for when it is opened. A night that was not computed is a gap.
 */
import type { components } from "../../api/schema";
import { api, download } from "../../api/client";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Chart, colors, type Plot } from "../../ui/chart";
import { Empty, Shown } from "../../ui/states";
import { addDays, count, day, interval, percent, states } from "../../ui/words";

type Night = components["schemas"]["StudentNight"];
type Drawn = Night & { run: number }; // nights one after the other

const HEIGHT = 220;
const at = (text: string) => new Date(`${text}T00:00:00Z`);

const drawn = (nights: readonly Night[]): Drawn[] => {
  let run = 0;
  return nights.map((night, i) => ({ ...night, run: i > 0 && addDays(nights[i - 1]!.night, 1) !== night.night ? ++run : run }));
};

function draw(plot: Plot, width: number, nights: readonly Night[], floor: number, ceiling: number): Element {
  const of = drawn(nights.filter((night) => night.p !== null));
  const moved = nights.filter((night, i) => i > 0 && nights[i - 1]!.exam_day !== night.exam_day);
  const x = (night: Night) => at(night.night);
  return plot.plot({
    width,
    height: HEIGHT,
    marginLeft: 38,
    marginRight: 22,
    marginTop: 22,
    marginBottom: 24,
    x: { type: "utc", label: null },
    y: { domain: [0, 1], label: null },
    marks: [
      plot.gridY({ stroke: colors.line, ticks: [0, 0.25, 0.5, 0.75, 1] }),
      plot.axisY({ ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: (p: number) => `${p * 100} %`, tickSize: 0, color: colors.quiet }),
      plot.axisX({ ticks: Math.max(2, Math.floor(width / 90)), color: colors.quiet }),
      plot.ruleY([floor], { stroke: colors.risk, strokeDasharray: "2 3" }),
      plot.ruleY([ceiling], { stroke: colors.track, strokeDasharray: "2 3" }),
      plot.areaY(of, { x, y1: "p_low", y2: "p_high", z: "run", fill: colors.accent, fillOpacity: 0.15 }),
      plot.lineY(of, { x, y: "p", z: "run", stroke: colors.accent, strokeWidth: 2 }),
      plot.dot(of, { x, y: "p", r: 2.5, fill: colors.accent }),
      plot.ruleX(moved, { x, stroke: colors.quiet, strokeDasharray: "1 3" }),
      plot.text(moved, {
        x,
        frameAnchor: "top",
        dy: -12,
        text: (night: Night) => (night.exam_day ? `exam on ${day(night.exam_day, "short")}` : "no exam day"),
        fill: colors.quiet,
      }),
      plot.tip(
        of,
        plot.pointerX({
          x,
          y: "p",
          title: (night: Night) => `${day(night.night)}\nP(pass) ${percent(night.p)} (${interval(night.p_low, night.p_high)})`,
          fill: "var(--raised)",
          stroke: colors.quiet,
        }),
      ),
    ],
  });
}

function message(nights: readonly Night[]): string {
  const said = nights.filter((night) => night.p !== null);
  const first = said[0],
    last = said.at(-1);
  if (!first || !last) return `In none of ${count(nights.length, "night")} could a P(pass) be said.`;
  const least = said.reduce((a, b) => (b.p! < a.p! ? b : a));
  return (
    `On ${day(first.night)} the school was told ${percent(first.p)}, on ${day(last.night)} ${percent(last.p)}; ` +
    `the least was ${percent(least.p)}, on ${day(least.night, "short")}. From ${count(said.length, "night")}.`
  );
}

const columns = ["Night", "State", "P(pass), %", "80 % from", "to", "For the exam on", "Results", "Said"];
const of100 = (p: number | null) => (p === null ? null : Math.round(p * 1000) / 10);
const rowOf = (night: Night) => [
  night.night,
  night.state ? states[night.state].word : "not estimated",
  of100(night.p),
  of100(night.p_low),
  of100(night.p_high),
  night.exam_day,
  night.results_used,
  night.source === "run" ? "that night" : "computed later",
];

export function Said({ student, floor, ceiling }: { student: string; floor: number; ceiling: number }) {
  const [query, change] = useQuery();
  const isOpen = query.said === "1";
  const read = useRead(
    isOpen ? (init) => api.GET("/students/{student}/history", { ...init, params: { path: { student } } }) : null,
    [student, isOpen],
    { live: false },
  );
  if (!isOpen)
    return (
      <p class="no-print">
        <Button kind="quiet" act={() => change({ said: "1" })}>
          What was said night by night
        </Button>
      </p>
    );
  const file = `/students/${encodeURIComponent(student)}/history?format=csv`;
  return (
    <Shown read={read} lines={5}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="No night is kept yet">Each night's run keeps what it says of every student; the first is to come.</Empty>
        ) : (
          <Chart
            title="What was said night by night"
            level={3}
            bare
            message={message(items)}
            height={HEIGHT}
            file={`said-${student}.csv`}
            csv={may("export") ? () => download(file, `said-${student}.csv`) : null}
            deps={[items]}
            draw={(plot, width) => draw(plot, width, items, floor, ceiling)}
            table={{ columns, rows: items.map(rowOf) }}
            actions={
              <Button kind="quiet" act={() => change({ said: null })}>
                Close
              </Button>
            }
          />
        )
      }
    </Shown>
  );
}
