/*
 * Reliability: each band of what was said, beside what happened, with its interval and n. A small n says so loudly; a small cell
 * is hidden, for it would tell of a person.
 */
import type { components } from "../../api/schema";
import { Chart, colors } from "../../ui/chart";
import { Facts, Panel } from "../../ui/layout";
import { Empty } from "../../ui/states";
import { type Column, Table } from "../../ui/table";
import { count, day, percent } from "../../ui/words";

type Data = components["schemas"]["Calibration"];
type Band = components["schemas"]["CalibrationBand"];
type Group = components["schemas"]["CalibrationGroup"];

const TITLE = "Said and happened";
const DIGITS = 3;
const number = (value: number | null) => (value === null ? "–" : value.toFixed(DIGITS));
const withInterval = (is: Data["slope"]) => (is ? `${is.value.toFixed(2)} (${is.low.toFixed(2)} to ${is.high.toFixed(2)})` : "–");
const shared = (of: Pick<Band, "share" | "low" | "high">) =>
  of.share === null ? "–" : `${percent(of.share)} (${percent(of.low)} to ${percent(of.high)})`;

const tracks: Record<string, string> = { us_md: "US MD", us_do: "US DO", non_us: "Outside the US" };

const columns: readonly Column<Group>[] = [
  {
    id: "group",
    head: "Group",
    primary: true,
    cell: (row) => (row.group === null ? "not known" : (tracks[row.group] ?? row.group)),
  },
  { id: "n", head: "Attempts", end: true, cell: (row) => (row.hidden ? "too few to show" : row.n) },
  { id: "said", head: "Said on average", end: true, cell: (row) => percent(row.mean_p) },
  { id: "passed", head: "Passed", cell: shared },
  { id: "loss", head: "Log loss", end: true, cell: (row) => number(row.log_loss) },
  { id: "base", head: "of the base rate", end: true, cell: (row) => number(row.base_log_loss) },
  { id: "brier", head: "Brier", end: true, cell: (row) => number(row.brier) },
];
const rowKey = (row: Group) => row.group ?? "";

export function Calibration({ of }: { of: Data }) {
  const bands = of.bands.filter((band) => band.n !== null && band.n > 0 && band.share !== null);
  return (
    <div class="stack">
      {!of.trustworthy && (
        <p class="stale" role="status">
          <strong>Not yet trustworthy here.</strong> {of.why_not}
        </p>
      )}
      <Panel
        title="In figures"
        note={
          of.nights.first
            ? `${count(of.nights.n, "night")} kept, ${day(of.nights.first)} to ${day(of.nights.last)}`
            : "No nights are kept yet."
        }
      >
        <Facts
          of={[
            ["Attempts with an outcome", of.all.hidden ? "too few to show" : of.all.n],
            ["Passed", shared(of.all)],
            ["Said on average", percent(of.all.mean_p)],
            ["Log loss, beside that of the base rate", `${number(of.all.log_loss)} / ${number(of.all.base_log_loss)}`],
            ["Brier score, beside that of the base rate", `${number(of.all.brier)} / ${number(of.all.base_brier)}`],
            ["AUC", number(of.all.auc)],
            ["Calibration slope (1 is right)", withInterval(of.slope)],
            ["Intercept (0 is right)", withInterval(of.intercept)],
          ]}
        />
      </Panel>
      {bands.length === 0 ? (
        <Panel title={TITLE}>
          <Empty title="No band has enough outcomes to show yet">
            A band shows how many passed of those who were given such a P(pass), from {of.small_cell} attempts on.
          </Empty>
        </Panel>
      ) : (
        <Chart
          title={TITLE}
          message={bands
            .map((band) => `Of ${band.n} given ${percent(band.from)} to ${percent(band.to)}, ${percent(band.share)} passed.`)
            .join(" ")}
          deps={[of.bands]}
          file="calibration.csv"
          table={{
            columns: ["Given from", "to", "Attempts", "Said on average", "Passed", "Share", "95 % from", "to"],
            rows: of.bands.map((band) => [
              band.from,
              band.to,
              band.hidden ? "hidden" : band.n,
              band.mean_p,
              band.passed,
              band.share,
              band.low,
              band.high,
            ]),
          }}
          draw={(plot, width) =>
            plot.plot({
              width: Math.min(width, 560),
              height: Math.min(width, 440),
              x: { domain: [0, 100], label: "Said: P(pass), %" },
              y: { domain: [0, 100], label: "Happened: passed, %", grid: true },
              marks: [
                plot.line(
                  [
                    [0, 0],
                    [100, 100],
                  ],
                  { stroke: colors.quiet, strokeDasharray: "4 4" },
                ),
                plot.ruleX(bands, {
                  x: (band: Band) => band.mean_p! * 100,
                  y1: (band: Band) => band.low! * 100,
                  y2: (band: Band) => band.high! * 100,
                  stroke: colors.accent,
                  strokeWidth: 2,
                }),
                plot.dot(bands, {
                  x: (band: Band) => band.mean_p! * 100,
                  y: (band: Band) => band.share! * 100,
                  r: 5,
                  fill: colors.accent,
                }),
                plot.text(bands, {
                  x: (band: Band) => band.mean_p! * 100,
                  y: (band: Band) => band.share! * 100,
                  text: (band: Band) => `n ${band.n}`,
                  dx: 10,
                  textAnchor: "start",
                  fill: colors.ink,
                }),
              ],
            })
          }
        />
      )}
      <Panel title="By group" note={`Groups with fewer than ${of.small_cell} attempts are not shown.`}>
        {of.groups.length === 0 ? (
          <p class="quiet">No outcomes yet.</p>
        ) : (
          <Table label="Calibration by group" columns={columns} rows={of.groups} rowKey={rowKey} />
        )}
      </Panel>
    </div>
  );
}
