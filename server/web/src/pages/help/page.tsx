/* A page of help, in the order in which questions come up. */
import { Link } from "wouter-preact";
import { PageHead, Panel } from "../../ui/layout";
import { Status } from "../../ui/mark";
import { type State } from "../../ui/words";

const keys: readonly (readonly [string, string])[] = [
  ["J and K", "next and previous student on Today"],
  ["Enter", "open the student's page"],
  ["A", "acknowledge"],
  ["O", "assign (whose is it?)"],
  ["C", "record a contact"],
  ["S", "snooze until a day"],
  ["W", "watch until worse"],
  ["X", "select for doing the same to many"],
  ["U", "undo what was just done"],
];

const meanings: readonly (readonly [State, string])[] = [
  ["at_risk", "The estimate is below the office's line, with enough behind it to act."],
  ["borderline", "Near the line: the next readiness check will tell."],
  ["on_track", "Above the line, and what shows it is not old."],
  ["cannot_say", "Too little or too old. This is no verdict: it asks for a readiness check."],
];

export default function Help() {
  return (
    <>
      <PageHead title="Help" />
      <div class="stack">
        <Panel title="A quarter of an hour a day">
          <ol class="prose lines">
            <li>
              <Link href="/">Today</Link> lists whom to see, by what can still be prevented: first those with a last safe day within
              reach. The line is what your office can do this week.
            </li>
            <li>
              Each row says why in a sentence with its numbers. Record a contact, assign, snooze, or watch until it gets worse.
              Everything can be undone.
            </li>
            <li>A student's page has what a committee would ask for; its packet prints on two pages.</li>
            <li>The decision to clear is always a person's. The estimate never decides alone.</li>
          </ol>
        </Panel>
        <Panel title="What the states mean">
          <dl class="facts">
            {meanings.map(([state, words]) => (
              <div key={state}>
                <dt>
                  <Status state={state} />
                </dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        </Panel>
        <Panel title="Words">
          <dl class="facts">
            <div>
              <dt>P(pass)</dt>
              <dd>The probability of passing on the planned day. The interval beside it holds in four cases of five.</dd>
            </div>
            <div>
              <dt>EPC</dt>
              <dd>Equated percent correct: the scale of NBME's self-assessments. All results are brought to it.</dd>
            </div>
            <div>
              <dt>Last safe day</dt>
              <dd>
                The last day on which postponing still protects the student's path: permit, deadlines, clerkships, results of up to
                eight weeks.
              </dd>
            </div>
            <div>
              <dt>Readiness check</dt>
              <dd>A self-assessment or examination that is built like the real one; question-bank blocks are not.</dd>
            </div>
          </dl>
        </Panel>
        <Panel title="Keys on Today" note="They can be switched off on your account's page.">
          <dl class="facts">
            {keys.map(([key, words]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
        </Panel>
        <p>
          <Link href="/accessibility">Accessibility of these pages</Link>
        </p>
      </div>
    </>
  );
}
