/*
 * From being flagged to passing: how many reached each stage, and how long it took. The full bar is who reached it by any way, the
 * dark part who went through all stages before it; nobody is lost from view because a step was not written down.
 */
import { api, save } from "../../api/client";
import { useRead } from "../../state/read";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { csvOf } from "../../ui/chart";
import { Choice } from "../../ui/field";
import { Panel } from "../../ui/layout";
import { Legend, Swatch } from "../../ui/legend";
import { Empty } from "../../ui/states";
import { addDays, count, day, today } from "../../ui/words";
import { Count } from "./count";
import { Part } from "./part";
import { type Asked, classWords, type Funnel as Figures, HIDDEN, mayNarrow, REST_MS, share, shown } from "./share";

const TITLE = "From flagged to passed";

const periods = [
  ["", "Half a year"],
  ["90", "90 days"],
  ["365", "A year"],
  ["1095", "Three years"],
] as const;

export function Funnel({ asked }: { asked: Asked }) {
  const [query, change] = useQuery();
  const period = mayNarrow() && periods.some(([of]) => of === query.period) ? (query.period ?? "") : "";
  const since = period ? addDays(today(), -Number(period)) : undefined;
  const read = useRead((init) => api.GET("/cohort/funnel", { ...init, params: { query: { ...asked, since } } }), [asked, since], {
    restMs: REST_MS,
  });
  const choice = mayNarrow() && (
    <Choice label="Flagged in the last" hideLabel value={period} change={(of) => change({ period: of })} options={periods} />
  );
  return (
    <Part id="funnel" title={TITLE} read={read}>
      {(data) => (
        <Panel
          id="funnel"
          title={TITLE}
          note={`Flagged from ${day(data.since)} to ${day(data.until)}`}
          actions={
            <>
              {choice}
              <Button kind="quiet" act={() => save(new Blob([csvOf(asTable(data))], { type: "text/csv" }), "cohort-funnel.csv")}>
                CSV
              </Button>
            </>
          }
        >
          {data.stages[0]?.n === 0 ? (
            <Empty title="Nobody was flagged in this time">A student is flagged when a case is opened for them.</Empty>
          ) : (
            <Stages of={data} />
          )}
        </Panel>
      )}
    </Part>
  );
}

function Stages({ of }: { of: Figures }) {
  const most = Math.max(1, ...of.stages.map((stage) => stage.n ?? 0));
  const [flagged, contacted] = of.stages;
  const passed = of.stages.at(-1);
  return (
    <>
      <p class="prose lead">
        Of <strong>{shown(flagged?.n ?? null)}</strong> flagged, {shown(contacted?.n ?? null)} were contacted
        {contacted?.median_days != null && ` (median ${days(contacted.median_days)} after the flag)`}, and{" "}
        {shown(passed?.n ?? null)} have passed. Days are counted from the stage before. What was not reached by today may still be.
      </p>
      <Legend
        of={[
          [<Swatch fill="var(--accent)" />, "went through every stage before"],
          [<Swatch fill="var(--accent)" opacity={0.4} />, "reached it by another way"],
        ]}
      />
      <table class="list plain funnel">
        <caption class="unseen">{TITLE}</caption>
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col">Students</th>
            <th scope="col">Of the flagged</th>
            <th scope="col">Median days</th>
            {of.classes.length > 1 &&
              of.classes.map((one) => (
                <th key={one.class_year} scope="col">
                  {classWords(one.class_year)}
                </th>
              ))}
          </tr>
        </thead>
        <tbody>
          {of.stages.map((stage, i) => (
            <tr key={stage.stage}>
              <th scope="row">
                {stage.word}
                <span class="small quiet">{stage.definition}</span>
              </th>
              <td data-label="Students">
                <div class="cell">
                  <span class="bar" aria-hidden="true">
                    <span style={{ width: `${(100 * (stage.n ?? 0)) / most}%` }} />
                    <span style={{ width: `${(100 * (stage.through ?? 0)) / most}%` }} />
                  </span>
                  <strong>
                    <Count n={stage.n} of={stage.students} />
                  </strong>
                  {stage.n !== null && stage.through !== null && stage.n !== stage.through && (
                    <span class="small quiet"> {stage.through} by every stage</span>
                  )}
                </div>
              </td>
              <td data-label="Of the flagged">
                {stage.n !== null && flagged?.n ? share(stage.n, flagged.n) : <span class="quiet">{HIDDEN}</span>}
              </td>
              <td data-label="Median days">
                {i === 0 || stage.median_days === null ? (
                  "–"
                ) : (
                  <span>
                    {days(stage.median_days)} {stage.pairs !== null && <span class="small quiet">n {stage.pairs}</span>}
                  </span>
                )}
              </td>
              {of.classes.length > 1 &&
                of.classes.map((one) => {
                  const its = one.stages.find((some) => some.stage === stage.stage);
                  return (
                    <td key={one.class_year} data-label={classWords(one.class_year)}>
                      <Count n={its?.n ?? null} of={its?.students ?? null} />
                    </td>
                  );
                })}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const days = (n: number): string => count(Math.round(n * 10) / 10, "day");

const asTable = (of: Figures) => ({
  columns: [
    "Stage",
    "Definition",
    "Students",
    "Through every stage before",
    "Median days from the stage before",
    "Pairs",
    "From",
    "To",
  ],
  rows: of.stages.map((stage) => [
    stage.word,
    stage.definition,
    shown(stage.n),
    shown(stage.through),
    stage.median_days,
    stage.pairs,
    of.since,
    of.until,
  ]),
});
