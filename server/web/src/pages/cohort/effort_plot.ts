/* The drawing of work against readiness: marks by state, the two lines that divide, the four regions named where there is room. */
import { colors, type Plot } from "../../ui/chart";
import { stateOrder } from "../../ui/legend";
import { count, type State, states } from "../../ui/words";
import { type Cell, cellsOf, type Point, POINTS_MOST } from "./effort_points";
import { type Asked, classWords, type Effort, figure } from "./share";

export const EFFORT_PX = 430;
const MARGIN = { left: 34, right: 14, top: 16, bottom: 40 };
const CELL_PX = 30;
const NAMES_FROM_PX = 560;
const RADIUS = { point: 4.5, least: 2, most: 10 };
const ROOM_EPC = 3;

const dash = {
  draw(path: { rect(x: number, y: number, width: number, height: number): void }, size: number) {
    const width = Math.sqrt(size) * 1.15;
    path.rect(-width / 2, -width / 6, width, width / 3);
  },
};
export const symbolOf: Record<State, "triangle" | "diamond" | "circle" | typeof dash> = {
  at_risk: "triangle",
  borderline: "diamond",
  on_track: "circle",
  cannot_say: dash,
};
export const colorOf = (state: State): string => `var(--${states[state].tone})`;

const corners = { less_above: "top-left", more_above: "top-right", less_below: "bottom-left", more_below: "bottom-right" } as const;

export const cellWords = (cell: Cell): string =>
  `${count(cell.n, "student")}: ${stateOrder
    .filter((state) => cell.counts[state])
    .map((state) => `${cell.counts[state]} ${states[state].word}`)
    .join(", ")}; ${cell.effort[0]} to ${cell.effort[1] - 1} items, readiness ${cell.readiness[0]} to ${cell.readiness[1]} EPC`;

const pointWords = ({ name, year, state, readiness, effort }: Point): string =>
  `${name}, ${classWords(year)}: ${states[state].word}, readiness ${readiness.toFixed(0)} EPC, ${count(effort, "item")}`;

export function drawEffort(plot: Plot, width: number, of: Effort, points: readonly Point[], asked: Asked): Element {
  const { effort, readiness } = of.lines;
  const levels = [...points.map((point) => point.readiness), ...(readiness.at === null ? [] : [readiness.at])];
  const [low, high] = [Math.floor(Math.min(...levels) - ROOM_EPC), Math.ceil(Math.max(...levels) + ROOM_EPC)];
  const most = Math.max(10, points.at(-1)?.effort ?? 0);
  const inside = width - MARGIN.left - MARGIN.right;
  const cells = points.length > POINTS_MOST ? cellsOf(points, Math.max(6, Math.floor(inside / CELL_PX)), asked) : [];
  const fullest = Math.max(1, ...cells.map((cell) => cell.n));
  const radius = (cell: Cell) => RADIUS.least + (RADIUS.most - RADIUS.least) * Math.sqrt(cell.n / fullest);
  return plot.plot({
    width,
    height: EFFORT_PX,
    marginLeft: MARGIN.left,
    marginRight: MARGIN.right,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    x: { type: "sqrt", domain: [0, most * 1.04], insetLeft: 12, label: null },
    y: { domain: [low, high], label: null },
    r: { type: "identity" },
    marks: [
      plot.gridY({ ticks: 6, stroke: colors.line }),
      plot.axisY({ ticks: 6, tickSize: 0, color: colors.quiet }),
      plot.axisX({ ticks: Math.max(3, Math.floor(inside / 110)), tickSize: 4, color: colors.quiet }),
      plot.text([`Practice items in ${of.effort.days} days`], { frameAnchor: "bottom", dy: 34, fill: colors.quiet }),
      plot.text(["Readiness, EPC"], {
        frameAnchor: "top-left",
        dx: -MARGIN.left,
        dy: -14,
        textAnchor: "start",
        fill: colors.quiet,
      }),
      plot.ruleX(effort.at === null ? [] : [effort.at], { stroke: colors.ink, strokeDasharray: "4 3" }),
      plot.ruleY(readiness.at === null ? [] : [readiness.at], { stroke: colors.track, strokeWidth: 1.5 }),
      ...stateOrder.map((state) =>
        cells.length > 0
          ? plot.dot(
              cells.filter((cell) => cell.most === state),
              {
                x: (cell: Cell) => cell.at.effort,
                y: (cell: Cell) => cell.at.readiness,
                r: radius,
                symbol: symbolOf[state],
                fill: colorOf(state),
                href: "to",
                ariaLabel: cellWords,
                sort: null,
              },
            )
          : plot.dot(
              points.filter((point) => point.state === state),
              {
                x: "effort",
                y: "readiness",
                r: RADIUS.point,
                symbol: symbolOf[state],
                fill: colorOf(state),
                stroke: "var(--halo)",
                strokeWidth: 0.75,
                href: (point: Point) => `/students/${encodeURIComponent(point.id)}`,
                ariaLabel: pointWords,
                sort: null,
              },
            ),
      ),
      ...(width < NAMES_FROM_PX ? [] : of.quadrants).map((region) =>
        plot.text([`${region.word}: ${figure(region.n)}`], {
          frameAnchor: corners[region.name],
          dx: region.name.startsWith("less") ? 6 : -6,
          dy: region.name.endsWith("above") ? 8 : -8,
          fill: colors.ink,
          fontWeight: 600,
          stroke: "var(--halo)",
          strokeWidth: 5,
        }),
      ),
    ],
  });
}
