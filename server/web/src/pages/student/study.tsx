/*
 * What the student reports of studying: what was meant for each week, what was done, and how sure the student is beside what the
 * estimate says. The student's own words, and no part of the estimate. Of a week of which nothing was said the results that were
 * synced still show, as an outline; where there is neither there is a gap, which says nothing about the student.
 */
import { Chart, colors, type Plot } from "../../ui/chart";
import { Facts, Panel } from "../../ui/layout";
import { Empty } from "../../ui/states";
import { addDays, count, day, dayOf, interval, moment, percent } from "../../ui/words";
import type { Assessment, Standing, StudentPage } from "./data";

type Study = StudentPage["study"];

const HEIGHT = 210;
const LABEL_PX = 70; // a week's name and the room about it
const MINUTES = 60;
const SHOWN = 26; // weeks, as many as the answer has

const at = (text: string) => new Date(`${text}T12:00:00Z`);
const hours = (minutes: number) => Math.round(minutes / MINUTES);

interface Week {
  from: string;
  told: Study["weeks"][number] | null;
  synced: number; // items of results in it
  checks: number;
}

const mondayOf = (text: string): string => addDays(text, -((new Date(`${text}T00:00:00Z`).getUTCDay() + 6) % 7));

// Every week from the first of which anything was said, oldest first.
function weeksOf(study: Study, results: readonly Standing[], now: string): Week[] {
  const told = new Map(study.weeks.map((week) => [week.week_from, week]));
  const from = study.weeks.at(-1)?.week_from ?? (study.goal && mondayOf(study.goal.from_day));
  if (!from) return [];
  const counted = new Map<string, { synced: number; checks: number }>();
  for (const result of results) {
    if (result.retracted) continue;
    const week = mondayOf(dayOf(result.taken_at));
    const { synced, checks } = counted.get(week) ?? { synced: 0, checks: 0 };
    counted.set(week, { synced: synced + (result.items ?? 0), checks: checks + Number(result.look?.check ?? false) });
  }
  const weeks: Week[] = [];
  for (let monday = from; monday <= now; monday = addDays(monday, 7))
    weeks.push({ from: monday, told: told.get(monday) ?? null, ...(counted.get(monday) ?? { synced: 0, checks: 0 }) });
  return weeks.slice(-SHOWN);
}

function draw(plot: Plot, width: number, weeks: readonly Week[]): Element {
  const start = (week: Week) => at(addDays(week.from, 1));
  const end = (week: Week) => at(addDays(week.from, 6));
  const middle = (week: Week) => at(addDays(week.from, 3));
  const every = Math.ceil(weeks.length / Math.max(2, Math.floor(width / LABEL_PX)));
  const named = weeks.filter((_, i) => (weeks.length - 1 - i) % every === 0);
  const meant = weeks.filter((week) => week.told?.questions_goal);
  const more = weeks.filter((week) => week.synced > (week.told?.questions ?? 0));
  const most = Math.max(
    40,
    ...weeks.map((week) => Math.max(week.synced, week.told?.questions ?? 0, week.told?.questions_goal ?? 0)),
  );
  return plot.plot({
    width,
    height: HEIGHT,
    marginLeft: 38,
    marginRight: 12,
    marginTop: 14,
    marginBottom: 24,
    x: { type: "utc", label: null, domain: [at(weeks[0]!.from), at(addDays(weeks.at(-1)!.from, 7))] },
    y: { domain: [0, most * 1.08], label: null },
    marks: [
      plot.gridY({ stroke: colors.line, ticks: 4 }),
      plot.axisY({ ticks: 4, tickSize: 0, color: colors.quiet }),
      plot.axisX(named.map(middle), {
        tickFormat: (middle: Date) => day(mondayOf(middle.toISOString().slice(0, 10)), "short"),
        color: colors.quiet,
      }),
      plot.rectY(
        weeks.filter((week) => week.told),
        { x1: start, x2: end, y: (week: Week) => week.told!.questions, fill: colors.accent, fillOpacity: 0.75 },
      ),
      plot.rectY(more, { x1: start, x2: end, y: "synced", fill: "none", stroke: colors.quiet, strokeDasharray: "3 2" }),
      plot.link(meant, {
        x1: (week: Week) => at(week.from),
        x2: (week: Week) => at(addDays(week.from, 7)),
        y1: (week: Week) => week.told!.questions_goal,
        y2: (week: Week) => week.told!.questions_goal,
        stroke: colors.ink,
        strokeWidth: 2,
      }),
      plot.ruleY([0], { stroke: colors.quiet }),
    ],
  });
}

const Legend = ({ weeks }: { weeks: readonly Week[] }) => (
  <ul class="legend small quiet" aria-hidden="true">
    <li>
      <i class="key bar" /> questions told
    </li>
    {weeks.some((week) => week.synced > (week.told?.questions ?? 0)) && (
      <li>
        <i class="key box" /> in the results
      </li>
    )}
    {weeks.some((week) => week.told?.questions_goal) && (
      <li>
        <i class="key rule" /> goal
      </li>
    )}
  </ul>
);

// A week that is not over has missed nothing yet, and left nothing out.
function message(weeks: readonly Week[], now: string): string {
  const told = weeks.flatMap((week) => week.told ?? []);
  if (told.length === 0) return "Nothing was said of any week yet.";
  const over = weeks.filter((week) => addDays(week.from, 7) <= now);
  const meant = over.filter((week) => week.told?.questions_goal);
  const reached = meant.filter((week) => Math.max(week.told!.questions, week.synced) >= week.told!.questions_goal!);
  const mean = (numbers: readonly number[]) => Math.round(numbers.reduce((a, b) => a + b, 0) / numbers.length);
  const gaps = over.filter((week) => !week.told).length;
  return (
    (meant.length === 0
      ? `${count(mean(told.map((week) => week.questions)), "question")} a week, without a goal`
      : `The goal was reached in ${reached.length} of ${count(meant.length, "week")}`) +
    `; ${count(hours(mean(told.map((week) => week.study_minutes))), "hour")} of study a week. From ` +
    `${count(told.length, "week")} that ${told.length === 1 ? "was" : "were"} told` +
    (gaps === 0 ? "." : `; of ${gaps} nothing was said, which says nothing about the student.`)
  );
}

const columns = [
  "Week from",
  "Goal",
  "Questions told",
  "In the results",
  "Checks",
  "Hours",
  "Misses gone over, %",
  "Confidence, %",
];
const rowOf = ({ from, told, synced, checks }: Week) => [
  from,
  told?.questions_goal ?? null,
  told?.questions ?? null,
  synced,
  checks,
  told && Math.round(told.study_minutes / 6) / 10,
  told?.reviewed_percent ?? null,
  told?.confidence_percent ?? null,
];

function goalWords({ goal }: Study): string {
  if (!goal) return "none set";
  return [
    goal.questions_a_week && count(goal.questions_a_week, "question"),
    goal.checks_a_week && count(goal.checks_a_week, "readiness check"),
    goal.review_minutes_a_week && `${count(goal.review_minutes_a_week, "minute")} of going over misses`,
  ]
    .filter(Boolean)
    .join(", ");
}

function Sure({ study, assessment }: { study: Study; assessment: Assessment | null }) {
  const said = study.weeks.find((week) => week.confidence_percent !== null);
  const estimate =
    assessment && assessment.state !== "cannot_say"
      ? `${percent(assessment.p)} (${interval(assessment.p_low, assessment.p_high)}), ${moment(assessment.as_of)}`
      : "cannot say";
  return (
    <Facts
      of={[
        ["Goal a week", study.goal ? `${goalWords(study)}, from ${day(study.goal.from_day)}` : goalWords(study)],
        ["Says of passing", said ? `${percent(said.confidence_percent! / 100)}, ${day(dayOf(said.made_at))}` : "not said"],
        ["The estimate", estimate],
      ]}
    />
  );
}

interface Props {
  student: string;
  study: Study;
  assessment: Assessment | null;
  results: readonly Standing[];
  now: string;
}

export function StudyPart({ student, study, assessment, results, now }: Props) {
  const weeks = weeksOf(study, results, now);
  if (!study.goal && study.weeks.length === 0)
    return (
      <Panel title="Study" bare>
        <Empty title="Nothing was said of studying">
          Students say it in their own client: <code>stepguard goal</code> what they mean to do in a week,{" "}
          <code>stepguard checkin</code> what a week was like. It is up to them, no part of the estimate, and nobody is at risk for
          leaving it out.
        </Empty>
      </Panel>
    );
  if (weeks.length === 0)
    return (
      <Panel title="Study" bare note="Goals are set, and begin in a week to come.">
        <Sure study={study} assessment={assessment} />
      </Panel>
    );
  return (
    <Chart
      title="Study"
      bare
      message={message(weeks, now)}
      height={HEIGHT}
      file={`study-${student}.csv`}
      deps={[weeks]}
      legend={<Legend weeks={weeks} />}
      draw={(plot, width) => draw(plot, width, weeks)}
      table={{ columns, rows: [...weeks].reverse().map(rowOf) }}
    >
      <div class="study-facts">
        <Sure study={study} assessment={assessment} />
      </div>
      <p class="small quiet">As the student tells it. No part of the estimate; rules look at it, and say so as reasons.</p>
    </Chart>
  );
}
