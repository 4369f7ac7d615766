/* Readiness over time, with every check named: drawn, said in a sentence, listed, and as a table. */
import { Chart } from "../../ui/chart";
import { instrument, isBlock, score } from "../../ui/instrument";
import { count, day, dayOf, daysBetween, epc, inDays, today } from "../../ui/words";
import { type Calendar, courseOf, type Course, type Estimate, type Event, type Standing, Z80 } from "./data";
import { type DayMark, drawReadiness } from "./readiness_plot";

const HEIGHT = 380;
const CHECKS_LISTED = 12;
const AHEAD_DAYS = 30;

export const range = (mean: number, sd: number): string => `${epc(mean - Z80 * sd)} to ${epc(mean + Z80 * sd)}`;

// What the drawing says, with its numbers.
export function readinessMessage(estimate: Estimate, course: Course): string {
  if (!course.now || estimate.readiness_mean === null || estimate.readiness_sd === null)
    return "Nothing is known of readiness yet: no result has come in. The first ones will be held against the pass line.";
  const to_line = estimate.readiness_mean - estimate.pass_line;
  const where = Math.abs(to_line) < 0.05 ? "on" : `${Math.abs(to_line).toFixed(1)} ${to_line < 0 ? "below" : "above"}`;
  const interval = range(estimate.readiness_mean, estimate.readiness_sd);
  const now =
    `Readiness is ${epc(estimate.readiness_mean, 1)} EPC (80 % interval ${interval}; ${count(estimate.results_used, "result")}), ` +
    `${where} the pass line of ${epc(estimate.pass_line)}.`;
  const [, exam] = course.ahead;
  const ahead = exam
    ? ` On the day of the exam it is expected to be ${epc(exam.mean, 1)} (${epc(exam.low)} to ${epc(exam.high)}).`
    : "";
  const gap = course.gaps.at(-1);
  const stale = gap && gap.to === course.now.day ? ` No result has come for ${count(daysBetween(gap.from, gap.to), "day")}.` : "";
  return now + ahead + stale;
}

export function dayMarks(estimate: Estimate, calendar: Calendar | null, dedicated: string | null): DayMark[] {
  const now = dayOf(estimate.as_of);
  const exam = calendar?.coming.exam_on ?? estimate.planned_day;
  const safe = calendar?.coming.taken || calendar?.coming.passed ? null : calendar?.coming.last_safe_on;
  const sat = (calendar?.attempts ?? []).flatMap(({ taken_on, outcome }) =>
    taken_on && taken_on !== exam
      ? [
          {
            day: taken_on,
            words: `${outcome === "fail" ? "failed" : outcome === "pass" ? "passed" : "taken"} ${day(taken_on, "short")}`,
            kind: "exam" as const,
          },
        ]
      : [],
  );
  // Without an exam, what is far off would only squeeze the rest.
  const near = (mark: DayMark) => exam || daysBetween(now, mark.day) <= AHEAD_DAYS;
  const marks: DayMark[] = [
    ...sat,
    ...(dedicated ? [{ day: dedicated, words: "dedicated study begins", kind: "dedicated" as const }] : []),
    ...(exam !== now ? [{ day: now, words: "today", kind: "today" as const }] : []),
    ...(safe ? [{ day: safe, words: "last safe day", kind: "safe" as const }] : []),
    ...(exam ? [{ day: exam, words: `exam ${day(exam, "short")}`, kind: "exam" as const }] : []),
  ];
  return marks.filter(near);
}

export const contactsOf = (events: readonly Event[]) =>
  events
    .filter((event) => event.kind === "contact")
    .map((event) => ({
      day: (event.detail as { on?: string }).on ?? dayOf(event.at),
      words: `Contact${event.by ? ` by ${event.by.name}` : ""}, ${day((event.detail as { on?: string }).on ?? dayOf(event.at))}`,
    }));

export function Readiness({
  estimate,
  results,
  calendar,
  events,
  dedicated,
  name,
}: {
  estimate: Estimate;
  results: readonly Standing[];
  calendar: Calendar | null;
  events: readonly Event[];
  dedicated: string | null;
  name: string;
}) {
  const course = courseOf(estimate, results);
  const days = dayMarks(estimate, calendar, dedicated);
  const contacts = contactsOf(events);
  const checks = results.filter((result) => result.look && !isBlock(result.instrument));
  return (
    <Chart
      title="Readiness over time"
      message={readinessMessage(estimate, course)}
      height={HEIGHT}
      bare
      file={`readiness-${name}.csv`}
      deps={[estimate.as_of, results, days, contacts]}
      draw={(plot, width) => drawReadiness(plot, width, HEIGHT, { course, results, passLine: estimate.pass_line, days, contacts })}
      legend={
        results.length > 0 && (
          <Legend
            ahead={course.ahead.length > 0}
            contacts={contacts.length > 0}
            blocks={results.some((result) => isBlock(result.instrument))}
            others={checks.some(({ look }) => !look?.check)}
          />
        )
      }
      table={{
        columns: ["Day", "What", "Own score", "Speaks of readiness (EPC)", "Readiness then (EPC)", "80 % interval"],
        rows: [
          ...results
            .filter((result) => result.look)
            .map((result) => [
              dayOf(result.taken_at),
              instrument(result.instrument, result.form),
              score(result.score, result.scale),
              epc(result.look!.epc),
              null,
              null,
            ]),
          ...course.stretches
            .flat()
            .map((point) => [point.day, "estimate", null, null, epc(point.mean, 1), `${epc(point.low)} to ${epc(point.high)}`]),
          ...course.ahead
            .slice(1)
            .map((point) => [
              point.day,
              "expected on the exam day",
              null,
              null,
              epc(point.mean, 1),
              `${epc(point.low)} to ${epc(point.high)}`,
            ]),
        ].sort((a, b) => ((a[0] as string) < (b[0] as string) ? 1 : -1)),
      }}
    >
      {checks.length > 0 && (
        <ul class="checks small" aria-label="Readiness checks, newest first">
          {checks.slice(0, CHECKS_LISTED).map((result) => (
            <li key={result.result_id}>
              <a
                href={`#result-${result.result_id}`}
                title={`${inDays(today(), dayOf(result.taken_at))}; to its row among the results`}
              >
                <span class="quiet">{day(dayOf(result.taken_at), "short")}</span> {instrument(result.instrument, result.form)}{" "}
                <strong>{epc(result.look!.epc)}</strong>
              </a>
            </li>
          ))}
          {checks.length > CHECKS_LISTED && (
            <li>
              <a href="#results">{checks.length - CHECKS_LISTED} earlier</a>
            </li>
          )}
        </ul>
      )}
    </Chart>
  );
}

const Legend = ({ ahead, contacts, blocks, others }: { ahead: boolean; contacts: boolean; blocks: boolean; others: boolean }) => (
  <ul class="legend small quiet" aria-hidden="true">
    <li>
      <i class="key line" /> readiness
    </li>
    <li>
      <i class="key band" /> 80 % interval
    </li>
    {ahead && (
      <li>
        <i class="key dashed" /> expected
      </li>
    )}
    <li>
      <i class="key dot" /> readiness check
    </li>
    {others && (
      <li>
        <i class="key ring" /> does not count as one (seen before, no clock, school's own)
      </li>
    )}
    {blocks && (
      <li>
        <i class="key speck" /> question block
      </li>
    )}
    {contacts && <li>☎ contact</li>}
  </ul>
);
