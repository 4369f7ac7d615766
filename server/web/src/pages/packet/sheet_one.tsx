/* First sheet: who, where they stand, how they came there, and why. */
import { useId } from "preact/hooks";
import { Drawing } from "../../ui/chart";
import { Facts } from "../../ui/layout";
import { Shape, Status } from "../../ui/mark";
import { count, day, dayOf, epc, inDays, interval, moment, nameOf, percent, points } from "../../ui/words";
import { courseOf, type Calendar, type Estimate, type Event, type Standing, type StudentPage } from "../student/data";
import { ClearanceMark } from "../../record/clearance";
import { tracks } from "../student/head";
import { contactsOf, dayMarks, range, readinessMessage } from "../student/readiness";
import { drawReadiness } from "../student/readiness_plot";
import { sharesOf, sumOf, totalWords } from "../student/reasons";
import { Foot, type Made } from "./foot";
import { useFit } from "./fit";

const PAPER_PX = 680; // 180 mm
const CHART_PX = 262,
  ROW_PX = 20,
  ROWS_BESIDE = 9; // where there are fewer reasons than these, the drawing takes their room
const REASONS_MOST = 10,
  REASONS_SURE = 7;

interface Props {
  page: StudentPage;
  estimate: Estimate;
  results: readonly Standing[];
  calendar: Calendar;
  events: readonly Event[];
  made: Made;
}

function Why({ page, n }: { page: StudentPage; n: number }) {
  if (!page.assessment) return <p>There is no estimate yet.</p>;
  const { base, heavy, light, total } = sharesOf(page.assessment);
  const [shown, rest] = [heavy.slice(0, n), [...heavy.slice(n), ...light]];
  const most = Math.max(1, ...shown.map((share) => Math.abs(share.points)));
  const row = (key: string, text: string, value: number) => (
    <tr key={key}>
      <th scope="row">{text}</th>
      <td class="bar">
        <span class={`share ${value < 0 ? "down" : "up"}`} aria-hidden="true">
          <i style={{ inlineSize: `${Math.min(50, (Math.abs(value) / most) * 50)}%` }} />
        </span>
      </td>
      <td class="end">{points(value)}</td>
    </tr>
  );
  return (
    <table class="shares">
      <caption class="unseen">Shares of P(pass) in points</caption>
      <tbody>
        {base && (
          <tr class="base">
            <th scope="row">{base.reason.text}</th>
            <td class="bar" />
            <td class="end">{base.points.toFixed(1)}</td>
          </tr>
        )}
        {shown.map((share, i) => row(share.reason.result_id ?? `${share.reason.code}/${i}`, share.reason.text, share.points))}
        {rest.length > 0 && row("rest", count(rest.length, "smaller reason"), sumOf(rest))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">P(pass), sum of the above</th>
          <td class="bar" />
          <td class="end">{totalWords(total)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

export function SheetOne({ page, estimate, results, calendar, events, made }: Props) {
  const { student, plan, assessment } = page;
  const { coming } = calendar;
  const message = useId();
  const course = courseOf(estimate, results);
  const days = dayMarks(estimate, calendar, plan.dedicated_day ?? student.dedicated_start);
  const contacts = contactsOf(events);
  const height = CHART_PX + ROW_PX * Math.max(0, ROWS_BESIDE - (assessment ? sharesOf(assessment).heavy.length : 0));
  const { sheet, n } = useFit(REASONS_MOST, REASONS_SURE, student.student_id);
  return (
    <section class="sheet" ref={sheet as { current: HTMLElement }} aria-label="Page 1 of 2">
      <header class="sheet-head">
        <div>
          <p class="kicker">Committee packet · {made.school}</p>
          <h2>{nameOf(student)}</h2>
          <p>
            {student.student_id} · {student.class_year ? `class of ${student.class_year}` : "no class year"} ·{" "}
            {tracks[student.track]}
            {student.adviser_email && ` · adviser ${student.adviser_email}`}
          </p>
        </div>
        <div class="sheet-state">
          {plan.passed ? (
            <span class="mark track large">
              <Shape of="circle" /> passed
            </span>
          ) : (
            <Status state={assessment?.state} large />
          )}
          <p class="small">as of {moment(assessment?.as_of ?? estimate.as_of)}</p>
        </div>
      </header>
      <Facts
        of={[
          [
            `Exam, attempt ${plan.attempt}`,
            plan.passed
              ? "passed"
              : plan.exam_day
                ? `${day(plan.exam_day, "full")}, ${plan.taken ? "taken" : inDays(coming.today, plan.exam_day)}`
                : "none planned",
          ],
          [
            "Last safe day",
            coming.last_safe_on && !plan.passed && !plan.taken
              ? `${day(coming.last_safe_on, "full")}, ${inDays(coming.today, coming.last_safe_on)}`
              : "–",
          ],
          ["Clearance", <ClearanceMark state={page.clearance} />],
          ["Attempts", `${coming.attempts_used} used, ${coming.attempts_left} left`],
        ]}
      />
      <h3>Readiness over time</h3>
      <p id={message}>{readinessMessage(estimate, course)}</p>
      <Drawing
        label={message}
        height={height}
        paper={PAPER_PX}
        deps={[height, estimate.as_of, results, days, contacts]}
        draw={(plot, width) =>
          drawReadiness(plot, width, height, { course, results, passLine: estimate.pass_line, days, contacts })
        }
      />
      {results.length > 0 && (
        <p class="small quiet">
          Line: readiness with its 80 % interval, dashed where it is expected. ● readiness check, ○ one that does not count as such,
          small dots: question blocks{contacts.length > 0 && ", ☎ contact"}.
        </p>
      )}
      <h3>P(pass)</h3>
      <p>
        {assessment?.p === null || !assessment ? (
          "There is no estimate yet."
        ) : assessment.results_used === 0 ? (
          <>
            <strong>{percent(assessment.p)}</strong> is the pass rate of the group: nothing is known of this student yet.
          </>
        ) : (
          <>
            <strong>{percent(assessment.p)}</strong>, 80 % interval {interval(assessment.p_low, assessment.p_high)}
            {estimate.exam_mean !== null && estimate.exam_sd !== null && (
              <>
                {" "}
                (as readiness: {epc(estimate.exam_mean, 1)} EPC, {range(estimate.exam_mean, estimate.exam_sd)}; pass line{" "}
                {epc(estimate.pass_line)})
              </>
            )}
            , from {count(assessment.results_used, "result")}.{" "}
            {!plan.taken && !plan.passed && (
              <>
                {estimate.curve[0] && <>If the exam were today: {percent(estimate.curve[0].p)}. </>}
                {estimate.earliest_day
                  ? `${percent(estimate.ceiling)} is first reached on ${day(estimate.earliest_day)}.`
                  : `No day inside permit and deadline reaches ${percent(estimate.ceiling)}.`}
              </>
            )}
          </>
        )}
      </p>
      <h3>
        Why{" "}
        <span class="quiet small">points of probability{assessment && `, as of ${day(dayOf(assessment.as_of))}`}; they add up</span>
      </h3>
      <Why page={page} n={n} />
      <Foot made={made} page={1} />
    </section>
  );
}
