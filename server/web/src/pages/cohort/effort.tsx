/*
 * Work against readiness: who works and is not ready yet needs something else than who does not work. A point is a student; the
 * four regions stand beside the drawing as a list, with counts that lead to their students.
 */
import { api, download } from "../../api/client";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { searchOf } from "../../state/url";
import { Chart } from "../../ui/chart";
import { StateLegend, stateOrder } from "../../ui/legend";
import { Panel } from "../../ui/layout";
import { Shape } from "../../ui/mark";
import { Empty } from "../../ui/states";
import { count, states } from "../../ui/words";
import { Count } from "./count";
import { cellWords, drawEffort, EFFORT_PX } from "./effort_plot";
import { byState, cellsOf, type Point, pointsOf, POINTS_MOST } from "./effort_points";
import { Part } from "./part";
import { type Asked, type Effort as Figures, figure, REST_MS } from "./share";

const TITLE = "Work and readiness";
const TABLE_COLUMNS = 12; // of cells, where points are too many for a table too

const meanings: Record<Figures["quadrants"][number]["name"], string> = {
  more_below: "The work does not show yet: worth a look at how they study.",
  less_below: "Not begun, or not logged: worth a question.",
  less_above: "Ready with less than others, or the work is not logged.",
  more_above: "As one would wish.",
};
const inOrder = ["more_below", "less_below", "less_above", "more_above"] as const;

export function Effort({ asked }: { asked: Asked }) {
  const read = useRead((init) => api.GET("/cohort/effort", { ...init, params: { query: asked } }), [asked], { restMs: REST_MS });
  return (
    <Part id="effort" title={TITLE} read={read}>
      {(data) =>
        data.n === 0 ? (
          <Panel id="effort" title={TITLE}>
            <Empty title="Nobody to show yet">
              A student is shown here once their results gave an estimate.
              {data.unknown > 0 && ` ${count(data.unknown, "student")} will be with the next one.`}
            </Empty>
          </Panel>
        ) : (
          <Points of={data} asked={asked} />
        )
      }
    </Part>
  );
}

function Points({ of, asked }: { of: Figures; asked: Asked }) {
  const points = pointsOf(of);
  const many = points.length > POINTS_MOST;
  return (
    <Chart
      id="effort"
      title={TITLE}
      message={<Message of={of} />}
      legend={<StateLegend />}
      draw={(plot, width) => drawEffort(plot, width, of, points, asked)}
      table={many ? ofCells(points, asked) : ofPoints(points)}
      file="cohort-effort.csv"
      csv={may("export") ? () => download(`/cohort/effort${searchOf({ ...asked, format: "csv" })}`, "cohort-effort.csv") : null}
      height={EFFORT_PX}
      deps={[of.as_of, of.n, of.lines, asked]}
    >
      {many && (
        <p class="small quiet">
          There are too many for a mark each: one stands for all students of a cell. Its shape is the state that most of them are
          in, its size how many they are.
        </p>
      )}
      <Regions of={of} points={points} />
      <p class="small quiet">
        Across: {of.effort.text.charAt(0).toLowerCase() + of.effort.text.slice(1)}. Upright line: {lower(of.lines.effort.text)}
        {of.lines.effort.at !== null && ` (${Math.round(of.lines.effort.at)})`}. Level line: {lower(of.lines.readiness.text)}
        {of.lines.readiness.at !== null && ` (${of.lines.readiness.at})`}.
        {of.unknown > 0 && ` Not shown: ${count(of.unknown, "student")} whose work was not counted yet.`}
      </p>
    </Chart>
  );
}

const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

function Message({ of }: { of: Figures }) {
  const n = Object.fromEntries(of.quadrants.map((region) => [region.name, region.n]));
  return of.quadrants.length === 0 ? (
    <>{count(of.n, "student")}; without lines to divide them.</>
  ) : (
    <>
      Of {count(of.n, "student")}, <strong>{figure(n.more_below ?? 0)}</strong> did more work than the median and are below the pass
      line; <strong>{figure(n.less_below ?? 0)}</strong> did less and are below it.
    </>
  );
}

function Regions({ of, points }: { of: Figures; points: readonly Point[] }) {
  const { effort, readiness } = of.lines;
  return (
    <ul class="regions">
      {inOrder.flatMap((name) => {
        const region = of.quadrants.find((one) => one.name === name);
        if (!region) return [];
        const counts = byState(
          points.filter(
            (point) =>
              point.effort >= (effort.at ?? 0) === name.startsWith("more") &&
              point.readiness >= (readiness.at ?? 0) === name.endsWith("above"),
          ),
        );
        return [
          <li key={name}>
            <p>
              <strong>
                <Count n={region.n} of={region.students} />
              </strong>{" "}
              {region.word}
            </p>
            <p class="small quiet">{meanings[name]}</p>
            <p class="row small">
              {stateOrder
                .filter((state) => counts[state] > 0)
                .map((state) => (
                  <span key={state} class={`mark plain ${states[state].tone}`}>
                    <Shape of={states[state].shape} /> {figure(counts[state])} {states[state].word}
                  </span>
                ))}
            </p>
          </li>,
        ];
      })}
    </ul>
  );
}

const ofPoints = (points: readonly Point[]) => ({
  columns: ["Student", "Class", "Items", "Readiness, EPC", "State"],
  rows: points.map((point) => [
    { is: point.name, to: `/students/${encodeURIComponent(point.id)}` },
    point.year === null ? null : String(point.year),
    point.effort,
    Math.round(point.readiness * 10) / 10,
    states[point.state].word,
  ]),
});

const ofCells = (points: readonly Point[], asked: Asked) => ({
  columns: ["Items", "Readiness, EPC", "Students", "States"],
  rows: cellsOf(points, TABLE_COLUMNS, asked).map((cell) => [
    `${cell.effort[0]} to ${cell.effort[1] - 1}`,
    `${cell.readiness[0]} to ${cell.readiness[1]}`,
    { is: cell.n, to: cell.to },
    cellWords(cell).replace(/^[^:]*: |;.*$/g, ""),
  ]),
});
