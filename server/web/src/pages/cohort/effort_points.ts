/*
 * The students of the chart of work against readiness: one point each, or, where they would lie on each other, one mark for all of
 * a cell. Cells are rectangles, for the list of students knows limits of work and of readiness, and a hexagon has neither.
 */
import { searchOf } from "../../state/url";
import { type State, states } from "../../ui/words";
import type { Asked, Effort } from "./share";

export const POINTS_MOST = 800; // more marks than this hide each other, and slow the browser

export interface Point {
  id: string;
  name: string;
  year: number | null;
  effort: number;
  readiness: number;
  state: State;
}
export interface Cell {
  effort: [number, number];
  readiness: [number, number];
  at: { effort: number; readiness: number };
  counts: Record<State, number>;
  n: number;
  most: State;
  to: string;
}

const order = Object.keys(states) as State[];

export const pointsOf = ({ points: of }: Effort): Point[] =>
  of.student_id
    .map((id, i) => ({
      id,
      name: `${of.given_name[i]} ${of.family_name[i]}`,
      year: of.class_year[i] ?? null,
      effort: of.effort[i] ?? 0,
      readiness: of.readiness[i] ?? 0,
      state: of.state[i] ?? "cannot_say",
    }))
    .sort((a, b) => a.effort - b.effort || a.readiness - b.readiness);

export const byState = (points: readonly Point[]): Record<State, number> => {
  const counts: Record<State, number> = { at_risk: 0, borderline: 0, on_track: 0, cannot_say: 0 };
  for (const point of points) counts[point.state] += 1;
  return counts;
};

export const studentsOf = (asked: Asked, limits: Record<string, number>): string =>
  `/students${searchOf({ ...asked, stage: "to_sit", ...limits })}`;

const EPC = 2; // a cell's height

// Columns are even on the chart's axis, which is of square roots.
export function cellsOf(points: readonly Point[], columns: number, asked: Asked): Cell[] {
  const most = Math.max(1, ...points.slice(-1).map((point) => point.effort));
  const edge = (column: number) => Math.ceil(most * (column / columns) ** 2);
  const held = new Map<string, Point[]>();
  for (const point of points) {
    let column = Math.min(columns - 1, Math.floor(Math.sqrt(point.effort / most) * columns));
    while (point.effort < edge(column)) column -= 1; // edges are whole items
    while (column < columns - 1 && point.effort >= edge(column + 1)) column += 1;
    const key = `${column}/${Math.floor(point.readiness / EPC)}`;
    const cell = held.get(key);
    if (cell) cell.push(point);
    else held.set(key, [point]);
  }
  return [...held].map(([key, inside]) => {
    const [column, row] = key.split("/").map(Number) as [number, number];
    const effort: [number, number] = [edge(column), column === columns - 1 ? most + 1 : edge(column + 1)];
    const readiness: [number, number] = [row * EPC, (row + 1) * EPC];
    const counts = byState(inside);
    return {
      effort,
      readiness,
      at: { effort: ((Math.sqrt(effort[0]) + Math.sqrt(effort[1])) / 2) ** 2, readiness: readiness[0] + EPC / 2 },
      counts,
      n: inside.length,
      most: order.reduce((best, state) => (counts[state] > counts[best] ? state : best)),
      to: studentsOf(asked, {
        effort_min: effort[0],
        effort_max: effort[1],
        readiness_min: readiness[0],
        readiness_max: readiness[1],
      }),
    };
  });
}
