/*
 * Strong and weak areas, by class: a table whose cells are tinted by their distance from the pass line. Each prints its number and
 * on how many it rests; cells of few items have no number, cells of few students are hatched. A discipline is not crossed with a
 * system: the reports do not say both of one item, and the page says so.
 */
import { api, save } from "../../api/client";
import { useRead } from "../../state/read";
import { Button } from "../../ui/button";
import { csvOf } from "../../ui/chart";
import { Panel } from "../../ui/layout";
import { Legend, Swatch } from "../../ui/legend";
import { Empty } from "../../ui/states";
import { count, percent, points } from "../../ui/words";
import { Count } from "./count";
import { Part } from "./part";
import { type Areas as Figures, type Asked, classWords, REST_MS } from "./share";

const TITLE = "Strong and weak areas";
const TINT = { full_epc: 12, most: 22 }; // so far from the pass line is the deepest tint, in percent of the tone

type Cell = Figures["cells"][number];
type Area = Figures["areas"][number];
type Column = "all" | number | null;

const axes = [
  ["system", "Systems"],
  ["discipline", "Disciplines"],
  ["competency", "Competencies"],
  ["topic", "Topics"],
] as const;

const keyOf = (axis: string, area: string, column: Column): string => `${axis}/${area}/${column}`;

export function Areas({ asked }: { asked: Asked }) {
  const read = useRead((init) => api.GET("/cohort/areas", { ...init, params: { query: asked } }), [asked], { restMs: REST_MS });
  return (
    <Part id="areas" title={TITLE} read={read}>
      {(data) => (data.cells.length === 0 ? <NoAreas of={data} /> : <Map of={data} />)}
    </Part>
  );
}

const NoAreas = ({ of }: { of: Figures }) => (
  <Panel id="areas" title={TITLE}>
    <Empty title="No sub-scores yet">
      {of.without ? `${count(of.without, "student")} still to sit ${of.without === 1 ? "has" : "have"} none. ` : ""}
      They come with score reports that give results by system and discipline, and count for {of.window_days ?? 120} days.
    </Empty>
  </Panel>
);

function Map({ of }: { of: Figures }) {
  const cells = new globalThis.Map(of.cells.map((cell) => [keyOf(cell.axis, cell.area, cell.all ? "all" : cell.class_year), cell]));
  const columns: Column[] = of.classes.length > 1 ? ["all", ...of.classes] : ["all"];
  const shown = axes.flatMap(([axis, words]) => {
    const areas = of.areas
      .filter((area) => area.axis === axis && cells.has(keyOf(axis, area.area, "all")))
      .sort((a, b) => levelOf(cells.get(keyOf(axis, a.area, "all"))) - levelOf(cells.get(keyOf(axis, b.area, "all"))));
    return areas.length === 0 ? [] : [{ axis, words, areas }];
  });
  const file = () => save(new Blob([csvOf(asTable(of))], { type: "text/csv" }), "cohort-areas.csv");
  return (
    <Panel
      id="areas"
      title={TITLE}
      actions={
        <Button kind="quiet" act={file}>
          CSV
        </Button>
      }
    >
      <p class="prose lead">
        {shown.map(({ axis, words, areas }) => {
          const weakest = cells.get(keyOf(axis, areas[0]!.area, "all"));
          return weakest?.estimate == null ? null : (
            <span key={axis}>
              Weakest of the {words.toLowerCase()}: <strong>{areas[0]!.name}</strong>, {weakest.estimate.toFixed(1)} EPC
              {weakest.weak !== null && ` (${weakest.weak} of ${weakest.n} students weak there)`}.{" "}
            </span>
          );
        })}
        Of {count(of.n ?? 0, "student")} with sub-scores
        {of.without ? `; ${of.without} have none` : ""}.
      </p>
      <Legend
        of={[
          [<Swatch fill={tintOf(-TINT.full_epc)} />, `− below the pass line${of.pass_line === null ? "" : ` of ${of.pass_line}`}`],
          [<Swatch fill={tintOf(TINT.full_epc)} />, "+ above it"],
          [<span class="swatch hatched" aria-hidden="true" />, `fewer than ${of.small_cell} students: read with care`],
        ]}
      />
      {shown.map(({ axis, words, areas }) => (
        <table key={axis} class="list plain heat">
          <caption>{words}, weakest first</caption>
          <thead>
            <tr>
              <th scope="col">Area</th>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {headOf(column, of)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {areas.map((area) => (
              <tr key={area.area}>
                <th scope="row">
                  {area.name} <span class="small quiet">{shareOf(area)}</span>
                </th>
                {columns.map((column) => (
                  <HeatCell
                    key={column}
                    is={cells.get(keyOf(axis, area.area, column))}
                    label={column === "all" ? headOf(column, of) : column === null ? "none" : String(column)}
                    of={of}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
      <p class="small quiet">
        Each cell: the mean of the students' estimates (EPC, each drawn toward the student's own level by how few items it rests
        on), its distance from the pass line, and who is weak there with a probability of {percent(of.weak_above)} or more. Reports
        of the last {of.window_days} days. Under {of.least_items} items no figure is shown. {of.crossed.text}
      </p>
    </Panel>
  );
}

const levelOf = (cell: Cell | undefined): number => cell?.estimate ?? Infinity;

const headOf = (column: Column, of: Figures): string =>
  column !== "all" ? classWords(column) : of.classes.length === 1 ? classWords(of.classes[0] ?? null) : "all together";

const shareOf = ({ low_pct: low, high_pct: high }: Area): string =>
  low === null || high === null ? "" : `${low === high ? low : `${low} to ${high}`} % of the exam`;

function tintOf(difference: number): string {
  const depth = Math.min(Math.abs(difference) / TINT.full_epc, 1) * TINT.most;
  return `color-mix(in srgb, var(${difference < 0 ? "--risk" : "--track"}) ${depth.toFixed(0)}%, var(--surface))`;
}

function HeatCell({ is, label, of }: { is: Cell | undefined; label: string; of: Figures }) {
  if (!is || is.estimate === null)
    return (
      <td data-label={label} class="quiet small">
        {is?.items ? `too few: ${count(is.items, "item")}` : "none"}
      </td>
    );
  const difference = of.pass_line === null ? null : is.estimate - of.pass_line;
  return (
    <td
      data-label={label}
      class={is.shown === "hatched" ? "hatched" : undefined}
      style={difference === null ? {} : { backgroundColor: tintOf(difference) }}
    >
      <div class="cell">
        <span class="heat-n">
          <strong>{is.estimate.toFixed(1)}</strong> {difference !== null && <span class="small">{points(difference)}</span>}
        </span>
        <span class="small">
          n&nbsp;{is.n ?? "hidden"} ·{" "}
          {is.weak === null ? (
            "hidden"
          ) : (
            <Count n={is.weak} of={is.students}>
              {is.weak}&nbsp;weak
            </Count>
          )}
        </span>
      </div>
    </td>
  );
}

const asTable = (of: Figures) => ({
  columns: ["Axis", "Area", "Class", "Students", "Items", "Correct, %", "Estimate, EPC", "Weak", "Shown"],
  rows: of.cells.map((cell) => [
    cell.axis,
    of.areas.find((area) => area.axis === cell.axis && area.area === cell.area)?.name ?? cell.area,
    cell.all ? "all together" : cell.class_year === null ? "none" : String(cell.class_year),
    cell.n,
    cell.items,
    cell.percent,
    cell.estimate,
    cell.weak,
    cell.shown,
  ]),
});
