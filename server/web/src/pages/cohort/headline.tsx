/*
 * Where the class stands, in figures: how many are in each state, what of it changed since an earlier night, how many are still to
 * sit. Every figure leads to its students.
 */
import { Panel } from "../../ui/layout";
import { Status } from "../../ui/mark";
import { type State, day, daysBetween, points } from "../../ui/words";
import { Count } from "./count";
import { asOf, type Cohort, share, type StateCount } from "./share";

type Night = NonNullable<Cohort["compared"]>[number];

const stages: Record<string, string> = { to_sit: "still to sit", waiting: "waiting for a result", passed: "passed" };

const whys: Record<string, string> = {
  no_results: "no results",
  too_wide: "too few results",
  no_check: "no readiness check yet",
  check_old: "the last check is too old",
};

export function Headline({ of }: { of: Cohort }) {
  const nights = nightsOf(of);
  return (
    <Panel title="Where they stand" note={<Standing of={of} />} id="states">
      <ul class="tiles">
        {of.states
          .filter((state) => state.state !== "none" || state.n !== 0)
          .map((state) => (
            <Tile key={state.state} is={state} of={of.n} today={of.day} nights={nights} />
          ))}
      </ul>
      <CannotSay of={of} />
      {nights.map((night) => (
        <Since key={night.what} today={of.day} night={night} />
      ))}
      {nights.length === 0 && of.small_cell === null && (
        <p class="small quiet">No earlier night is kept yet, so nothing can be said about change.</p>
      )}
      {of.small_cell !== null && (
        <p class="small quiet">
          Figures of fewer than {of.small_cell} students are hidden, and others with them, so that none can be computed.
        </p>
      )}
    </Panel>
  );
}

const Standing = ({ of }: { of: Cohort }) => (
  <>
    {of.students.map((stage) => (
      <span key={stage.name}>
        <Count n={stage.n} of={stage.students} /> {stages[stage.name] ?? stage.name}
        {" · "}
      </span>
    ))}
    {of.no_exam_day && of.no_exam_day.n > 0 && (
      <>
        <Count n={of.no_exam_day.n} of={of.no_exam_day.students} /> without a planned day{" · "}
      </>
    )}
    {asOf(of.as_of)}
  </>
);

function CannotSay({ of }: { of: Cohort }) {
  const some = of.cannot_say.filter((why) => why.n !== 0);
  return some.length === 0 ? null : (
    <p class="small">
      Cannot say, because:{" "}
      {some.map((why, i) => (
        <span key={why.name}>
          {i > 0 && " · "}
          {whys[why.name] ?? why.name} <Count n={why.n} of={why.students} />
        </span>
      ))}
    </p>
  );
}

// Yesterday's night and last week's, or the one there is.
const nightsOf = (of: Cohort): Night[] => {
  const nights = (of.compared ?? []).filter((night) => night.what !== "asked");
  return nights.filter((night, i) => nights.findIndex((other) => other.night === night.night) === i);
};

const than = (today: string, night: string): string => (daysBetween(night, today) === 1 ? "yesterday" : day(night, "short"));

const change = (n: number): string => (n === 0 ? "same" : points(n, 0));

const Tile = ({ is, of, today, nights }: { is: StateCount; of: number | null; today: string; nights: readonly Night[] }) => (
  <li>
    {is.state === "none" ? <span class="mark plain">{is.word}</span> : <Status state={is.state as State} />}
    <p class="tile-n">
      <Count n={is.n} of={is.students} /> {is.n && of ? <span class="quiet">{share(is.n, of)}</span> : null}
    </p>
    {nights.map((night) => (
      <p key={night.what} class="small quiet">
        {change(night.states.find((one) => one.state === is.state)?.change ?? 0)} since {than(today, night.night)}
      </p>
    ))}
  </li>
);

const Since = ({ today, night }: { today: string; night: Night }) => (
  <p class="small">
    Since {than(today, night.night)}: <strong>{night.worse} worse</strong>, {night.better} better, {night.same} the same
    {night.new > 0 && `, ${night.new} new`}
    {night.readiness && <Course of={night.readiness} />}.
    {night.source === "history" && <span class="quiet"> That night is computed from the history, not kept from then.</span>}
  </p>
);

const Course = ({ of }: { of: NonNullable<Night["readiness"]> }) => (
  <>
    ; median readiness from {of.then.toFixed(1)} to {of.now.toFixed(1)} EPC (of {of.n} with an estimate at both)
  </>
);
