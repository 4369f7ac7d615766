/*
 * The alert budget: before a threshold is changed, history is walked through with it. How many cases a week it would have opened,
 * what it would have caught and missed, how often it would have cried wolf, beside the set in force.
 */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { useJob } from "../../state/job";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Chart, colors } from "../../ui/chart";
import { DayField, errorOf, FormProblem, TextField } from "../../ui/field";
import { Panel } from "../../ui/layout";
import { Computed } from "../../ui/progress";
import { addDays, count, day, percent, today } from "../../ui/words";

type Result = components["schemas"]["ReplayResult"];
type Set = components["schemas"]["ReplaySet"];
type Share = components["schemas"]["Share"];

const BACK_DAYS = 56;
const LEAD_DAYS = 14;

const thresholds = [
  ["floor", "At risk below P(pass) of", "0 to 1"],
  ["ceiling", "On track from P(pass) of", "0 to 1"],
  ["check_fresh_days", "A check is fresh for so many days", ""],
] as const;

export function Thresholds() {
  const [query, change] = useQuery();
  const [values, setValues] = useState<Record<string, string>>({});
  const [from, setFrom] = useState(addDays(today(), -BACK_DAYS));
  const [to, setTo] = useState(today());
  const [lead, setLead] = useState(String(LEAD_DAYS));
  const [problem, setProblem] = useState<Problem | null>(null);
  const job = useJob(query.replay);
  const send = async () => {
    setProblem(null);
    const parameters = Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => (value.trim() ? [[name, Number(value)]] : [])),
    );
    try {
      const begun = await answer(api.POST("/replays", { body: { from, to, lead_days: Number(lead), parameters } }));
      change({ replay: begun.job });
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <div class="stack">
      <Panel
        title="What would other thresholds have meant?"
        note="Nothing is changed by asking: the engine walks through past days, from what was known then. What is empty stays."
      >
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            return send();
          }}
        >
          <div class="filters">
            {thresholds.map(([name, words, hint]) => (
              <TextField
                key={name}
                label={`${words}${hint ? ` (${hint})` : ""}`}
                inputMode="decimal"
                value={values[name] ?? ""}
                change={(value) => setValues({ ...values, [name]: value })}
                error={errorOf(problem, name)}
              />
            ))}
          </div>
          <div class="filters">
            <DayField label="From" required value={from} change={setFrom} error={errorOf(problem, "from")} />
            <DayField label="To" required value={to} change={setTo} error={errorOf(problem, "to")} />
            <TextField
              label="A case counts when open so many days before the exam"
              inputMode="numeric"
              required
              value={lead}
              change={setLead}
              error={errorOf(problem, "lead_days")}
            />
          </div>
          <FormProblem problem={problem} fields={["from", "to", "lead_days", ...thresholds.map(([name]) => name)]} />
          <p>
            <Button kind="primary" type="submit">
              Walk through the past
            </Button>
          </p>
        </form>
      </Panel>
      {query.replay && (
        <Panel
          title="What it would have meant"
          actions={
            <Button kind="quiet" act={() => change({ replay: null })}>
              Close
            </Button>
          }
        >
          <Computed read={job} of="Walking through the past">
            {(done) => <ReplayOf is={done.result as Result} />}
          </Computed>
        </Panel>
      )}
    </div>
  );
}

const shared = (of: Share) =>
  `${of.count} of ${of.n}${of.share === null ? "" : `, ${percent(of.share)} (${percent(of.low)} to ${percent(of.high)})`}`;

const lines: readonly (readonly [string, (set: Set) => string])[] = [
  ["Cases opened a week, on average", (set) => set.opened_a_week.toFixed(1)],
  ["Most opened in a week", (set) => `${set.most_opened_in_a_week.count}, week of ${day(set.most_opened_in_a_week.week, "short")}`],
  ["Most open at once", (set) => `${set.most_open_at_once.count}, ${day(set.most_open_at_once.day, "short")}`],
  ["Failed, with a case in time", (set) => shared(set.outcomes.caught)],
  ["Failed, without", (set) => shared(set.outcomes.missed)],
  ["Passed, with a case", (set) => shared(set.outcomes.false_alarms)],
];

const names: Record<Set["set"], string> = { in_force: "In force", proposed: "Proposed" };

type Week = Set["weeks"][number] & { set: string; isLast: boolean };

function ReplayOf({ is }: { is: Result }) {
  const weeks: Week[] = is.sets.flatMap((set) =>
    set.weeks.map((week, i) => ({ ...week, set: names[set.set], isLast: i === set.weeks.length - 1 })),
  );
  const at = (week: Week) => new Date(week.week);
  const tone = (week: Week) => (week.set === names.in_force ? colors.quiet : colors.accent);
  return (
    <div class="stack">
      <div class="table-wrap">
        <table class="list">
          <caption class="unseen">The set in force beside the proposed one</caption>
          <thead>
            <tr>
              <th scope="col">
                {day(is.from)} to {day(is.to)}
              </th>
              {is.sets.map((set) => (
                <th key={set.set} scope="col">
                  {names[set.set]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(([words, value]) => (
              <tr key={words}>
                <th scope="row">{words}</th>
                {is.sets.map((set) => (
                  <td key={set.set} data-label={names[set.set]}>
                    {value(set)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="small quiet">
        A case counts as in time when it was open {count(is.lead_days, "day")} or more before the exam. Nobody acted on these cases.
        {is.skipped > 0 && ` ${count(is.skipped, "student")} could not be computed.`}
      </p>
      <Chart
        level={3}
        bare
        title="Open cases by week"
        message={is.sets.map((set) => `${names[set.set]}: at most ${set.most_open_at_once.count} open at once.`).join(" ")}
        file="replay-weeks.csv"
        deps={[weeks]}
        height={200}
        table={{
          columns: ["Set", "Week of", "Opened", "Reopened", "Closed", "Open"],
          rows: weeks.map((week) => [week.set, week.week, week.opened, week.reopened, week.closed, week.open]),
        }}
        draw={(plot, width) =>
          plot.plot({
            width,
            height: 200,
            x: { type: "utc", label: null },
            y: { label: "Open cases", grid: true },
            marks: [
              plot.line(weeks, { x: at, y: "open", stroke: tone, z: "set", strokeWidth: 2 }),
              plot.dot(weeks, {
                x: at,
                y: "open",
                symbol: (week: Week) => (week.set === names.in_force ? "circle" : "diamond"),
                fill: tone,
              }),
              plot.text(
                weeks.filter((week) => week.isLast),
                { x: at, y: "open", text: "set", dx: 8, textAnchor: "start", fill: colors.ink },
              ),
            ],
            marginRight: 80,
          })
        }
      />
    </div>
  );
}
