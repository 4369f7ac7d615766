/*
 * The drawing of readiness over time: what is known (band and line, broken where nothing was), every result as a mark, the pass
 * line, and the days that matter. Used on the page and, without colour to lean on, in the packet.
 */
import type { Plot } from "../../ui/chart";
import { colors } from "../../ui/chart";
import { instrument, isBlock } from "../../ui/instrument";
import { day as dayWords, dayOf } from "../../ui/words";
import type { Course, Look, Point, Standing } from "./data";

export interface DayMark {
  day: string;
  words: string;
  kind: "exam" | "safe" | "dedicated" | "today";
}
export interface Drawn {
  course: Course;
  results: readonly Standing[];
  passLine: number;
  days: readonly DayMark[];
  contacts: readonly { day: string; words: string }[];
}

const MARGIN = { left: 38, right: 14, bottom: 26 };
const LABEL_FROM_PX = 520;
const LABEL_PX = { char: 5.9, height: 13 };
const LANES = [
  { dx: 0, dy: -13, anchor: "middle" },
  { dx: 0, dy: 14, anchor: "middle" },
  { dx: 9, dy: 0, anchor: "start" },
  { dx: -9, dy: 0, anchor: "end" },
  { dx: 0, dy: -26, anchor: "middle" },
  { dx: 0, dy: 27, anchor: "middle" },
] as const;
type Lane = (typeof LANES)[number];

const strong = { exam: colors.ink, safe: colors.borderline, dedicated: colors.quiet, today: colors.quiet };
const dashes = { exam: undefined, safe: "4 3", dedicated: "4 3", today: "1 3" };

const at = (day: string) => new Date(`${day}T00:00:00Z`);

interface Mark {
  at: Date;
  epc: number;
  name: string;
  tip: string;
  block: boolean;
  counts: boolean; // as a readiness check
}

const tipOf = (result: Standing, look: Look): string =>
  `${instrument(result.instrument, result.form)}, ${dayWords(dayOf(result.taken_at))}\n` +
  `${look.epc.toFixed(0)} EPC${look.repeated ? ", form seen before" : ""}`;

const marksOf = (results: readonly Standing[]): Mark[] =>
  results.flatMap((result) =>
    result.look
      ? [
          {
            at: new Date(result.taken_at),
            epc: result.look.epc,
            name: instrument(result.instrument, result.form),
            tip: tipOf(result, result.look),
            block: isBlock(result.instrument),
            counts: result.look.check,
          },
        ]
      : [],
  );

// Labels that do not lie on each other: each takes the first place around its mark that is free, or stays unsaid. What counts as
// a check goes first, the newest before the others.
function lanesOf(
  marks: readonly Mark[],
  x: (at: Date) => number,
  y: (epc: number) => number,
  frame: { left: number; right: number; top: number },
): Map<Lane, Mark[]> {
  type Box = [left: number, top: number, right: number, bottom: number];
  const named = marks.filter(({ block }) => !block);
  const taken: Box[] = marks.map((mark): Box => {
    const r = mark.block ? 2 : 6;
    return [x(mark.at) - r, y(mark.epc) - r, x(mark.at) + r, y(mark.epc) + r];
  });
  const lanes = new Map<Lane, Mark[]>();
  for (const mark of [...named.filter(({ counts }) => counts), ...named.filter(({ counts }) => !counts)]) {
    const width = (mark.name.length + 3) * LABEL_PX.char;
    const boxOf = ({ dx, dy, anchor }: Lane): Box => {
      const left = x(mark.at) + dx - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
      return [left, y(mark.epc) + dy - LABEL_PX.height / 2, left + width, y(mark.epc) + dy + LABEL_PX.height / 2];
    };
    const free = LANES.find((lane) => {
      const [left, top, end, bottom] = boxOf(lane);
      return (
        left >= frame.left &&
        end <= frame.right &&
        top > frame.top &&
        !taken.some(([l, t, r, b]) => left < r && end > l && top < b && bottom > t)
      );
    });
    if (!free) continue;
    taken.push(boxOf(free));
    lanes.set(free, [...(lanes.get(free) ?? []), mark]);
  }
  return lanes;
}

const bounds = (values: readonly number[]): [number, number] => [
  Math.floor(Math.min(...values) / 5) * 5 - 2,
  Math.ceil(Math.max(...values) / 5) * 5 + 2,
];

export function drawReadiness(plot: Plot, width: number, height: number, drawn: Drawn): Element {
  const { course, results, passLine, days, contacts } = drawn;
  const marks = marksOf(results);
  const line = course.stretches.flat();
  const xs = [
    ...marks.map((mark) => mark.at),
    ...days.map(({ day }) => at(day)),
    ...line.map((point) => at(point.day)),
    ...course.ahead.map((point) => at(point.day)),
  ];
  const first = Math.min(...xs.map(Number)),
    last = Math.max(...xs.map(Number));
  const room = (last - first) * 0.02 + 86_400_000;
  const domain: [Date, Date] = [new Date(first - room), new Date(last + room)];
  const [low, high] = bounds([
    passLine - 6,
    passLine + 6,
    ...marks.map((mark) => mark.epc),
    ...[...line, ...course.ahead].flatMap((point) => [point.low, point.high]),
  ]);
  const right = width - MARGIN.right;
  const x = (when: Date) =>
    MARGIN.left + ((Number(when) - Number(domain[0])) / (Number(domain[1]) - Number(domain[0]))) * (right - MARGIN.left);
  const px = (some: Point) => at(some.day);
  const ruled = days.map((mark) => ({ ...mark, x: at(mark.day) }));
  // Names of days stand above the drawing, in as many rows as it takes for none to meet another.
  const named = [...ruled]
    .sort((a, b) => Number(a.x) - Number(b.x))
    .map((mark) => {
      const length = mark.words.length * LABEL_PX.char + 6;
      const anchor =
        x(mark.x) + length / 2 > width ? ("end" as const) : x(mark.x) < length / 2 ? ("start" as const) : ("middle" as const);
      const left = x(mark.x) - { start: 0, middle: length / 2, end: length }[anchor];
      return { mark, anchor, left, end: left + length };
    });
  const until: number[] = [];
  const rows = named.map((one) => {
    const free = until.findIndex((end) => end <= one.left);
    const row = free < 0 ? until.length : free;
    until[row] = one.end;
    return { ...one, row };
  });
  const top = 10 + LABEL_PX.height * Math.max(1, until.length);
  const y = (epc: number) => top + ((high - epc) / (high - low)) * (height - top - MARGIN.bottom);
  const lanes = width >= LABEL_FROM_PX ? lanesOf(marks, x, y, { left: MARGIN.left, right, top }) : new Map<Lane, Mark[]>();
  return plot.plot({
    width,
    height,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    marginTop: top,
    marginBottom: MARGIN.bottom,
    x: { type: "utc", domain, label: null },
    y: { domain: [low, high], label: null, grid: false },
    marks: [
      plot.rect(course.gaps, {
        x1: (gap: { from: string }) => at(gap.from),
        x2: (gap: { to: string }) => at(gap.to),
        y1: low,
        y2: high,
        fill: "var(--sunk)",
      }),
      plot.text(
        course.gaps.filter((gap) => x(at(gap.to)) - x(at(gap.from)) > 70),
        {
          x: (gap: { from: string; to: string }) => new Date((Number(at(gap.from)) + Number(at(gap.to))) / 2),
          y: low,
          text: () => "no results",
          dy: -8,
          fill: colors.quiet,
          fontStyle: "italic",
        },
      ),
      plot.gridY({ stroke: colors.line, strokeOpacity: 0.8, ticks: 6 }),
      plot.axisY({ ticks: 6, tickSize: 0, color: colors.quiet }),
      plot.axisX({ ticks: Math.max(2, Math.floor(width / 90)), tickSize: 4, color: colors.quiet }),
      ...course.stretches.map((some) =>
        plot.areaY(some, { x: px, y1: "low", y2: "high", fill: colors.accent, fillOpacity: 0.16, curve: "monotone-x" }),
      ),
      plot.areaY(course.ahead, { x: px, y1: "low", y2: "high", fill: colors.accent, fillOpacity: 0.08 }),
      plot.ruleY([passLine], { stroke: colors.risk, strokeWidth: 1.5 }),
      plot.text([passLine], {
        x: domain[0],
        y: (value: number) => value,
        text: (value: number) => `pass line ${value.toFixed(0)}`,
        dx: 4,
        dy: -8,
        textAnchor: "start",
        fill: colors.risk,
        fontWeight: 600,
        stroke: "var(--halo)",
        strokeWidth: 4,
      }),
      ...ruled.map((mark) =>
        plot.ruleX([mark], {
          x: "x",
          stroke: strong[mark.kind],
          strokeWidth: mark.kind === "exam" ? 1.75 : 1,
          strokeDasharray: dashes[mark.kind],
        }),
      ),
      ...rows.map(({ mark, row, anchor: textAnchor }) =>
        plot.text([mark], {
          x: "x",
          frameAnchor: "top",
          lineAnchor: "bottom",
          text: "words",
          dy: -5 - LABEL_PX.height * row,
          textAnchor,
          fill: strong[mark.kind],
          fontWeight: mark.kind === "exam" ? 650 : 450,
        }),
      ),
      ...course.stretches.map((some) =>
        plot.lineY(some, { x: px, y: "mean", stroke: colors.accent, strokeWidth: 2.25, curve: "monotone-x" }),
      ),
      plot.lineY(course.ahead, { x: px, y: "mean", stroke: colors.accent, strokeWidth: 2, strokeDasharray: "5 4" }),
      plot.text(contacts, {
        x: (one: { day: string }) => at(one.day),
        frameAnchor: "bottom",
        text: () => "☎",
        dy: -4,
        fontSize: 13,
        fill: colors.ink,
        title: "words",
      }),
      plot.dot(
        marks.filter(({ block }) => block),
        { x: "at", y: "epc", r: 2.6, fill: colors.quiet, fillOpacity: 0.55 },
      ),
      plot.dot(
        marks.filter(({ block }) => !block),
        {
          x: "at",
          y: "epc",
          r: 5,
          fill: (mark: Mark) => (mark.counts ? colors.ink : "var(--surface)"),
          stroke: colors.ink,
          strokeWidth: 1.5,
        },
      ),
      ...[...lanes].map(([{ dx, dy, anchor: textAnchor }, some]) =>
        plot.text(some, {
          x: "at",
          y: "epc",
          text: (mark: Mark) => `${mark.name} ${mark.epc.toFixed(0)}`,
          dx,
          dy,
          textAnchor,
          fill: colors.ink,
          stroke: "var(--halo)",
          strokeWidth: 3,
        }),
      ),
      plot.tip(marks, plot.pointer({ x: "at", y: "epc", title: "tip", fill: "var(--raised)", stroke: colors.quiet })),
    ],
  });
}
