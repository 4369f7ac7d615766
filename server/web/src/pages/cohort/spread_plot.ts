/*
 * A distribution as bars with zones behind them. The whole height above a bin leads to its students, so that a bar of one student
 * is as easy to hit as a bar of eighty.
 */
import { colors, type Plot } from "../../ui/chart";
import { type Cohort, figure, toStudents } from "./share";

export type Bin = Cohort["readiness"]["bins"][number];

export interface Look {
  bins: readonly Bin[];
  domain: readonly [low: number, high: number];
  median: number | null;
  tick: (value: number) => string;
  ticks: readonly number[];
  words: (bin: Bin) => string;
  zones: readonly { from: number; to: number; fill: string }[];
  line: { at: number; words: string } | null;
}

export const SPREAD_PX = 250;
const MARGIN = { left: 30, right: 10, top: 38 };
const COUNT_FROM_PX = 15; // a bar narrower than this has no number above it
const HEADROOM = 1.15;

const middle = (bin: Bin) => (bin.from + bin.to) / 2;

export function drawSpread(plot: Plot, width: number, look: Look): Element {
  const { bins, median, line } = look;
  const top = HEADROOM * Math.max(1, ...bins.map((bin) => bin.n ?? 0));
  const known = bins.filter((bin) => bin.n);
  const [low, high] = look.domain;
  const wide = ((bins[0]!.to - bins[0]!.from) / (high - low)) * (width - MARGIN.left - MARGIN.right) >= COUNT_FROM_PX;
  const medians = median === null ? [] : [median];
  const after = (at: number) => (at > low + (high - low) * 0.7 ? "end" : "start");
  return plot.plot({
    width,
    height: SPREAD_PX,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    marginTop: MARGIN.top,
    x: { domain: [low, high], label: null },
    y: { domain: [0, top], label: null },
    marks: [
      plot.rect(
        look.zones.filter((zone) => zone.to > zone.from),
        { x1: "from", x2: "to", y1: 0, y2: top, fill: "fill" },
      ),
      plot.ruleX(
        look.zones.map((zone) => zone.from).filter((from) => from > low),
        { stroke: "var(--control-line)" },
      ),
      plot.gridY({ ticks: 4, stroke: colors.line }),
      plot.axisX({ ticks: [...look.ticks], tickFormat: look.tick, tickSize: 4, color: colors.quiet }),
      plot.axisY({ ticks: 4, tickSize: 0, tickFormat: (n: number) => (Number.isInteger(n) ? String(n) : ""), color: colors.quiet }),
      plot.rect(known, { x1: "from", x2: "to", y1: 0, y2: "n", insetLeft: 0.75, insetRight: 0.75, fill: colors.accent }),
      plot.text(
        bins.filter((bin) => bin.n === null),
        { x: middle, y: 0, text: () => "?", dy: -8, fill: colors.quiet },
      ),
      line && plot.ruleX([line.at], { stroke: colors.track, strokeWidth: 1.5 }),
      line &&
        plot.text([line], {
          x: "at",
          frameAnchor: "top",
          text: "words",
          dx: -4,
          dy: -9,
          textAnchor: "end",
          fill: colors.track,
          fontWeight: 600,
        }),
      plot.ruleX(medians, { stroke: colors.ink, strokeWidth: 1.5, strokeDasharray: "4 3" }),
      plot.text(medians, {
        x: (at: number) => at,
        frameAnchor: "top",
        text: () => `median ${look.tick(median ?? low)}`,
        dy: -24,
        textAnchor: after(median ?? low),
        fill: colors.ink,
        fontWeight: 600,
      }),
      plot.text(wide ? known : [], {
        x: middle,
        y: "n",
        text: (bin: Bin) => figure(bin.n ?? 0),
        dy: -7,
        fill: colors.ink,
        fontSize: 11,
        stroke: "var(--halo)",
        strokeWidth: 2.5,
      }),
      plot.rect(known, {
        x1: "from",
        x2: "to",
        y1: 0,
        y2: top,
        fill: "transparent",
        href: (bin: Bin) => toStudents(bin.students),
        ariaLabel: look.words,
      }),
    ],
  });
}
