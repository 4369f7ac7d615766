/* The exams ahead, week by week: how many sit, how they stand, and how many last safe days fall into the week. */
import { Link } from "wouter-preact";
import { api } from "../../api/client";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { Chart, colors, type Plot } from "../../ui/chart";
import { StateLegend, stateOrder } from "../../ui/legend";
import { Panel } from "../../ui/layout";
import { Empty } from "../../ui/states";
import { addDays, count, day, type State, states } from "../../ui/words";
import { colorOf, symbolOf } from "./effort_plot";
import { Part } from "./part";
import { type Asked, type Exams as Figures, leading, REST_MS, toStudents, week } from "./share";

const TITLE = "Exams ahead";
const EXAMS_PX = 320;
const BOTTOM_PX = 78; // days of the axis, then the row of last safe days
const SOON_DAYS = 28;
const LABEL_PX = 58;
const SHAPE_FROM_PX = 15; // a part of a bar lower than this has no shape in it

type Week = Figures["items"][number];
interface Segment {
  from: string;
  week: Week;
  state: State | "none";
  n: number;
  low: number;
  high: number;
  to: string | null;
}

// To the month in which the week begins; it shows the days themselves.
export const toCalendar = (from: string, kind: string): string => `/calendar?kind=${kind}&month=${from.slice(0, 7)}`;

export function Exams({ asked }: { asked: Asked }) {
  const read = useRead((init) => api.GET("/cohort/exams", { ...init, params: { query: asked } }), [asked], { restMs: REST_MS });
  return (
    <Part id="exams" title={TITLE} read={read}>
      {(data) =>
        data.items.every((item) => item.n === 0 && !item.last_safe_days) ? (
          <Panel id="exams" title={TITLE}>
            <Empty title={`No exam is planned before ${day(addDays(data.to, 1))}`}>
              <Link href="/calendar">All dates</Link>
            </Empty>
          </Panel>
        ) : (
          <Weeks of={data} />
        )
      }
    </Part>
  );
}

const Weeks = ({ of }: { of: Figures }) => (
  <Chart
    id="exams"
    title={TITLE}
    message={<Message of={of} />}
    actions={may("records") && <Link href="/calendar">Calendar</Link>}
    legend={of.items.some((item) => item.states) && <StateLegend />}
    draw={(plot, width) => drawWeeks(plot, width, of.items)}
    table={table(of)}
    file="cohort-exams.csv"
    height={EXAMS_PX}
    deps={[of.items]}
  />
);

function Message({ of }: { of: Figures }) {
  const fullest = of.items.reduce((best, item) => ((item.n ?? 0) > (best.n ?? 0) ? item : best));
  const until = addDays(of.day, SOON_DAYS);
  const soon = of.items.filter((item) => item.from < until);
  const risky = soon.reduce((sum, item) => sum + (item.states?.find((one) => one.state === "at_risk")?.n ?? 0), 0);
  const safe = of.items[0]?.last_safe_days;
  return (
    <>
      <strong>{of.n ?? "A hidden number of"}</strong> sit from {week(of.from, of.to)}, most in the week of{" "}
      {day(fullest.from, "short")}
      {fullest.n !== null && ` (${fullest.n})`}.{" "}
      {of.items.some((item) => item.states) && (
        <>
          In the next four weeks <strong>{risky}</strong> of those who sit {risky === 1 ? "is" : "are"} at risk.{" "}
        </>
      )}
      {safe ? `${count(safe, "last safe day")} ${safe === 1 ? "falls" : "fall"} into this week.` : ""}
    </>
  );
}

const segmentsOf = (items: readonly Week[]): Segment[] =>
  items.flatMap((item) => {
    let at = 0;
    return (item.states ?? []).flatMap((state) => {
      if (!state.n) return [];
      const low = at;
      at += state.n;
      return [{ from: item.from, week: item, state: state.state, n: state.n, low, high: at, to: toStudents(state.students) }];
    });
  });

function drawWeeks(plot: Plot, width: number, items: readonly Week[]): Element {
  const parts = segmentsOf(items);
  const most = Math.max(1, ...items.map((item) => item.n ?? 0)) * 1.12;
  const unit = (EXAMS_PX - BOTTOM_PX - 24) / most;
  const each = Math.ceil(LABEL_PX / ((width - 40) / items.length));
  const safe = items.filter((item) => item.last_safe_days);
  const plain = items.filter((item) => item.states === null && item.n);
  return plot.plot({
    width,
    height: EXAMS_PX,
    marginLeft: 30,
    marginRight: 10,
    marginTop: 24,
    marginBottom: BOTTOM_PX,
    x: { type: "band", domain: items.map((item) => item.from), padding: 0.18, label: null },
    y: { domain: [0, most], label: null },
    marks: [
      plot.gridY({ ticks: 4, stroke: colors.line }),
      plot.axisY({ ticks: 4, tickSize: 0, tickFormat: (n: number) => (Number.isInteger(n) ? String(n) : ""), color: colors.quiet }),
      plot.axisX(
        items.filter((_, i) => i % each === 0).map((item) => item.from),
        { tickFormat: (from: string) => day(from, "short"), tickSize: 4, color: colors.quiet },
      ),
      plot.barY(plain, {
        x: "from",
        y: "n",
        fill: colors.accent,
        href: (item: Week) => toStudents(item.students),
        ariaLabel: allWords,
      }),
      plot.text(
        items.filter((item) => item.n === null),
        { x: "from", y: 0, text: () => "?", dy: -8, fill: colors.quiet },
      ),
      plot.barY(parts, {
        x: "from",
        y1: "low",
        y2: "high",
        fill: (part: Segment) => (part.state === "none" ? colors.line : colorOf(part.state)),
        stroke: "var(--surface)",
        strokeWidth: 1.5,
        href: "to",
        ariaLabel: segmentWords,
      }),
      ...stateOrder.map((state) =>
        plot.dot(
          parts.filter((part) => part.state === state && part.n * unit >= SHAPE_FROM_PX),
          {
            x: "from",
            y: (part: Segment) => (part.low + part.high) / 2,
            r: 4,
            symbol: symbolOf[state],
            fill: "var(--surface)",
            pointerEvents: "none",
          },
        ),
      ),
      plot.text(
        items.filter((item) => item.n),
        { x: "from", y: "n", text: (item: Week) => String(item.n), dy: -8, fill: colors.ink, fontWeight: 600 },
      ),
      plot.text(safe.slice(0, 1), {
        frameAnchor: "bottom-left",
        text: () => "Last safe days",
        dx: -24,
        dy: 44,
        textAnchor: "start",
        fill: colors.quiet,
      }),
      plot.text(safe, {
        x: "from",
        frameAnchor: "bottom",
        text: (item: Week) => String(item.last_safe_days),
        dy: 61,
        fill: may("records") ? colors.accent : colors.ink,
        fontWeight: 600,
      }),
      plot.text(safe, {
        x: "from",
        frameAnchor: "bottom",
        text: () => "▉▉",
        dy: 61,
        fontSize: 16,
        fill: "transparent",
        href: (item: Week) => (may("records") ? toCalendar(item.from, "last_safe_day") : null),
        ariaLabel: (item: Week) => `${weekOf(item)}: ${count(item.last_safe_days ?? 0, "last safe day")}, in the calendar`,
      }),
    ],
  });
}

const weekOf = (item: Week): string => `Week of ${week(item.from, item.to)}`;

const segmentWords = ({ week: item, n, state }: Segment): string =>
  `${weekOf(item)}: ${count(n, "student")} ${state === "none" ? "not estimated yet" : states[state].word}, of ${item.n}`;

const allWords = (item: Week): string => `${weekOf(item)}: ${count(item.n ?? 0, "student")}`;

const table = (of: Figures) => ({
  columns: ["Week", "Exams", ...stateOrder.map((state) => states[state].word), "Last safe days", "School deadlines"],
  rows: of.items.map((item) => [
    week(item.from, item.to),
    leading(item.n, item.students),
    ...stateOrder.map((state) => {
      const is = item.states?.find((one) => one.state === state);
      return is ? leading(is.n, is.students) : null;
    }),
    item.last_safe_days && may("records")
      ? { is: item.last_safe_days, to: toCalendar(item.from, "last_safe_day") }
      : item.last_safe_days,
    item.deadlines,
  ]),
});
