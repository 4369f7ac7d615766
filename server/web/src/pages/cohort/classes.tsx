/*
 * Class years side by side, at the same distance from the exam: the line is the median of readiness, the band holds the middle
 * half. Weeks of few students are hollow, weeks without a night are gaps. Below, how each class did at the first attempt.
 */
import { Link } from "wouter-preact";
import { api } from "../../api/client";
import { useRead } from "../../state/read";
import { useQuery } from "../../state/url";
import { Chart } from "../../ui/chart";
import { Panel, Tabs } from "../../ui/layout";
import { Empty } from "../../ui/states";
import { count, day, interval, percent } from "../../ui/words";
import { CLASSES_PX, drawClasses, LineMark, linesOf } from "./classes_plot";
import { Part } from "./part";
import { type Asked, classWords, type Classes as Figures, REST_MS, shown, toStudents } from "./share";

const TITLE = "Class years compared";

const byWords = [
  ["exam", "Weeks before the exam"],
  ["dedicated", "Weeks of dedicated study"],
] as const;

export function Classes({ asked }: { asked: Asked }) {
  const [query, change] = useQuery();
  const by = query.by === "dedicated" ? "dedicated" : "exam";
  const read = useRead((init) => api.GET("/cohort/classes", { ...init, params: { query: { ...asked, by } } }), [asked, by], {
    restMs: REST_MS,
  });
  const tabs = <Tabs label="Weeks are counted" at={by} of={byWords} to={(next) => change({ by: next === "exam" ? null : next })} />;
  return (
    <Part id="classes" title={TITLE} read={read}>
      {(data) =>
        data.classes.every((one) => one.weeks.length === 0) ? (
          <Panel id="classes" title={TITLE} actions={tabs}>
            <Empty title="No weeks to compare yet">
              {data.nights.n === 0
                ? "No night is kept yet. Each night keeps where everybody stood; a course grows from there."
                : by === "dedicated"
                  ? "No student's dedicated period is known. It comes with the roster, or is written at the student's plan."
                  : "No student has a planned exam and an estimate of a night before it."}
            </Empty>
            <Outcomes of={data} />
          </Panel>
        ) : (
          <Chart
            id="classes"
            title={TITLE}
            message={<Message of={data} />}
            actions={tabs}
            draw={(plot, width) => drawClasses(plot, width, data)}
            table={table(data)}
            file="cohort-classes.csv"
            height={CLASSES_PX}
            deps={[data]}
          >
            <Outcomes of={data} />
            <p class="small quiet">
              {count(data.nights.n, "night")} {data.nights.n === 1 ? "is" : "are"} kept
              {data.nights.first && `, from ${day(data.nights.first)} to ${day(data.nights.last)}`}. Line: median of readiness.
              Band: the middle half. Hollow: fewer than {data.small_cell} students in that week.
            </p>
          </Chart>
        )
      }
    </Part>
  );
}

// Compared at the last week of which each class has enough students; else each as far as it is.
function Message({ of }: { of: Figures }) {
  const lines = linesOf(of).map(({ year, weeks }) => ({ year, weeks: weeks.filter((one) => one.median !== null) }));
  const enough = (of_week: number) =>
    lines.every(({ weeks }) => (weeks.find((one) => one.week === of_week)?.n ?? 0) >= of.small_cell);
  const common = lines[0]?.weeks
    .map((one) => one.week)
    .filter(enough)
    .at(-1);
  return (
    <>
      Median readiness{common !== undefined && ` ${weekWords(common, of.by)}`}:{" "}
      {lines.map(({ year, weeks }, i) => {
        const is = weeks.find((one) => one.week === common) ?? weeks.at(-1)!;
        return (
          <span key={year}>
            {i > 0 && "; "}
            {classWords(year)} <strong>{is.median!.toFixed(1)} EPC</strong> (n {is.n}
            {common === undefined && `, ${weekWords(is.week, of.by)}`})
          </span>
        );
      })}
      .
    </>
  );
}

export const weekWords = (week: number, by: Figures["by"]): string => {
  if (by === "dedicated")
    return week < 0 ? `${count(-week, "week")} before dedicated study` : `in week ${week + 1} of dedicated study`;
  return week === 0 ? "in the week of the exam" : `${count(-week, "week")} before the exam`;
};

const Outcomes = ({ of }: { of: Figures }) => (
  <ul class="regions">
    {of.classes.map((one) => {
      const first = one.first_attempts;
      const to = toStudents(one.students);
      return (
        <li key={one.class_year}>
          <p>
            <LineMark of={of} year={one.class_year} />{" "}
            {to ? <Link href={to}>{classWords(one.class_year)}</Link> : classWords(one.class_year)}{" "}
            <span class="quiet">{one.n === null ? "" : count(one.n, "student")}</span>
          </p>
          <p class="small quiet">
            {first.hidden ? (
              `First attempts: hidden, fewer than ${of.small_cell} outcomes`
            ) : first.n ? (
              <>
                First attempts: {first.k} of {first.n} passed, {percent(first.share)} (95 % interval{" "}
                {interval(first.low, first.high)})
              </>
            ) : (
              "No outcome yet"
            )}
          </p>
        </li>
      );
    })}
  </ul>
);

const table = (of: Figures) => ({
  columns: ["Class", "Week", "Students", "First quartile", "Median", "Third quartile", "At risk", "At risk, %"],
  rows: of.classes.flatMap((one) =>
    one.weeks.map((week) => [
      one.class_year === null ? "none" : String(one.class_year),
      week.week,
      shown(week.n),
      week.q1,
      week.median,
      week.q3,
      week.at_risk,
      week.share_at_risk === null ? null : Math.round(week.share_at_risk * 100),
    ]),
  ),
});
