/* Second sheet: on what it rests, what the policy asks, what is planned and was done, and where people sign. */
import { instrument, isBlock, reportedWords, score } from "../../ui/instrument";
import { Tag } from "../../ui/mark";
import { type Clause, clauseOf, foundWords, truthOf } from "../../ui/policy_words";
import { count, day, dayOf, epc, percent, plainly, points } from "../../ui/words";
import { weakest } from "../student/areas";
import { ClearanceMark, proposals } from "../../record/clearance";
import { usePolicy } from "../student/clearance";
import { type Calendar, type Clearance, type Estimate, type Standing, type StudentPage, useCase } from "../student/data";
import { howTaken, sourceOf } from "../student/results";
import { planDates } from "../student/rules";
import { Foot, type Made } from "./foot";
import { useFit } from "./fit";

const RESULTS_MOST = 18,
  RESULTS_SURE = 7;
const AREAS_MOST = 4;
const CONTACTS_MOST = 4;
const CLAUSES_MOST = 9;
const WORDS_MOST = 320; // characters of a reason; all of it stands in the ledger

const clipped = (text: string): string =>
  text.length > WORDS_MOST ? `${text.slice(0, WORDS_MOST).trimEnd()}… (the rest is in the ledger)` : text;
const DATES = new Set([
  "First lawful day",
  "Last day that keeps the path",
  "Last safe day to decide",
  "Result, to plan with",
  "Should it fail: retake from",
]);

interface Props {
  page: StudentPage;
  estimate: Estimate;
  results: readonly Standing[];
  calendar: Calendar;
  clearance: Clearance;
  made: Made;
}

function Results({ results, n }: { results: readonly Standing[]; n: number }) {
  const counting = results.filter((result) => !result.overruled_by); // the official one says what the other was
  const checks = counting.filter((result) => !isBlock(result.instrument));
  const blocks = counting.length - checks.length;
  return (
    <>
      <h3>
        Results{" "}
        <span class="quiet small">
          {n < checks.length ? `the newest ${n} of ${count(checks.length, "check")}` : count(checks.length, "check")}
          {blocks > 0 && `; ${count(blocks, "question block")} not listed`}
        </span>
      </h3>
      {checks.length === 0 ? (
        <p>No results yet.</p>
      ) : (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Taken</th>
              <th scope="col">Result</th>
              <th scope="col" class="end">
                Own score
              </th>
              <th scope="col" class="end">
                As EPC
              </th>
              <th scope="col" class="how">
                How taken
              </th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {checks.slice(0, n).map((result) => (
              <tr key={result.result_id}>
                <td>{day(dayOf(result.taken_at))}</td>
                <th scope="row">
                  {instrument(result.instrument, result.form)}
                  {result.retracted ? " (retracted)" : result.before.length > 0 ? " (corrected)" : ""}
                </th>
                <td class="end">
                  {result.retracted ? <s>{score(result.score, result.scale)}</s> : score(result.score, result.scale)}
                </td>
                <td class="end">{result.look ? epc(result.look.epc) : "–"}</td>
                <td class="how">
                  {[
                    ...howTaken(result),
                    result.items !== null && `${result.items} items`,
                    result.reported && reportedWords(result.reported),
                  ]
                    .filter(Boolean)
                    .join(", ")}
                </td>
                <td>{sourceOf(result)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Areas({ estimate }: { estimate: Estimate }) {
  const areas = weakest(estimate.areas).slice(0, AREAS_MOST);
  return (
    <>
      <h3>
        Weakest areas <span class="quiet small">distance from the whole score, items, P(weak)</span>
      </h3>
      {areas.length === 0 ? (
        <p>No sub-scores yet.</p>
      ) : (
        <ul>
          {areas.map((area) => (
            <li key={area.area}>
              {area.name}: {points(area.difference, 0)} EPC, {area.correct} of {area.items} items, {percent(area.p_weak)}
              {area.weak && <strong> weak</strong>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface Leaf {
  clause: Clause;
  lead: string;
  turned: boolean; // stands under a "not"
}

// The clauses one below the other; how they hang together is said before each.
const leaves = (clause: Clause, lead = "", turned = false): Leaf[] =>
  clause.parts.length === 0
    ? [{ clause, lead, turned }]
    : clause.parts.flatMap((part, i) =>
        clause.words === "Not"
          ? leaves(part, `${lead}not: `, !turned)
          : leaves(part, clause.words === "One of these" ? `${lead}way ${i + 1}: ` : lead, turned),
      );

const truths = { true: "● met", false: "▲ not met", null: "– not known" } as const;

const turnedTruth = (truth: boolean | null, turned: boolean): boolean | null => (truth === null || !turned ? truth : !truth);

function ClearanceBlock({ clearance }: { clearance: Clearance }) {
  const policy = usePolicy(clearance.policy?.policy_id ?? null);
  const findings = new Map((clearance.proposal?.findings ?? []).map((finding) => [finding.path, finding]));
  const [decision] = clearance.decisions;
  const clauses = policy.data ? leaves(clauseOf(policy.data.rule.require, "/require")) : [];
  return (
    <>
      <h3>
        Clearance <ClearanceMark state={clearance.state} />
      </h3>
      {clearance.policy && clearance.proposal ? (
        <>
          <p>
            The policy “{clearance.policy.title}”, version {clearance.policy.version}
            {clearance.proposal.due_on && `, to be met by ${day(clearance.proposal.due_on)}`}:{" "}
            <strong>{proposals[clearance.proposal.proposal].words}</strong>. It proposes; a person decides.
          </p>
          {clauses.length > 0 && (
            <table class="rows clauses-flat">
              <caption class="unseen">The policy's clauses</caption>
              <tbody>
                {clauses.slice(0, CLAUSES_MOST).map(({ clause, lead, turned }) => (
                  <tr key={clause.path}>
                    <td class="whole">{truths[`${turnedTruth(truthOf(clause, findings), turned)}`]}</td>
                    <th scope="row">
                      {lead && <span class="quiet">{lead}</span>}
                      {clause.words}
                    </th>
                    <td>{findings.has(clause.path) && foundWords(findings.get(clause.path)!)}</td>
                  </tr>
                ))}
                {clauses.length > CLAUSES_MOST && (
                  <tr>
                    <td />
                    <th scope="row">and {count(clauses.length - CLAUSES_MOST, "clause")} more</th>
                    <td />
                  </tr>
                )}
              </tbody>
            </table>
          )}
        </>
      ) : (
        <p>
          {clearance.passed || clearance.taken
            ? "Nothing is left to decide: the exam has been taken."
            : "No clearance policy is in force for this class."}
        </p>
      )}
      <p>
        {decision && clearance.revision > 0
          ? `Decided ${day(dayOf(decision.decided_at))} by ${decision.staff.name}` +
            `${decision.valid_until ? `, until ${day(decision.valid_until)}` : ""}: ${clipped(decision.reason)}` +
            `${decision.conditions ? ` Condition: ${clipped(decision.conditions)}` : ""}`
          : "Nobody has decided yet."}
      </p>
    </>
  );
}

function Plan({ calendar }: { calendar: Calendar }) {
  return (
    <div>
      <h3>Dates</h3>
      <dl class="pairs">
        {planDates(calendar)
          .filter(({ name, value }) => value && DATES.has(name))
          .map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {calendar.breaks.map((one) => (
        <p key={one.code}>
          <strong>{one.words}</strong>
        </p>
      ))}
    </div>
  );
}

// Contacts without what was said, plans without notes: what a committee needs, and no more.
function Work({ id }: { id: number | null }) {
  const { data } = useCase(id);
  return (
    <div>
      <h3>Contacts and plan</h3>
      {!data ? (
        <p>{id === null ? "No case is open." : "…"}</p>
      ) : (
        <ul>
          {data.contacts.slice(0, CONTACTS_MOST).map((contact) => (
            <li key={contact.contact}>
              {day(contact.on)}, {plainly(contact.channel).toLowerCase()}: {plainly(contact.outcome).toLowerCase()} (
              {contact.by.name})
            </li>
          ))}
          {data.contacts.length === 0 && <li>No contact yet.</li>}
          {data.contacts.length > CONTACTS_MOST && <li>and {data.contacts.length - CONTACTS_MOST} earlier</li>}
          {data.plan
            .filter(({ state }) => state === "proposed" || state === "agreed")
            .slice(0, CONTACTS_MOST)
            .map((item) => (
              <li key={`plan/${item.item}`}>
                {plainly(item.kind)} <Tag>{item.state}</Tag> {item.starts_on && `from ${day(item.starts_on)}`}{" "}
                {item.ends_on && `until ${day(item.ends_on)}`}
              </li>
            ))}
        </ul>
      )}
    </div>
  );
}

export function SheetTwo({ page, estimate, results, calendar, clearance, made }: Props) {
  const { sheet, n } = useFit(RESULTS_MOST, RESULTS_SURE, page.student.student_id);
  return (
    <section class="sheet" ref={sheet as { current: HTMLElement }} aria-label="Page 2 of 2">
      <Results results={results} n={n} />
      <Areas estimate={estimate} />
      <ClearanceBlock clearance={clearance} />
      <div class="halves">
        <Plan calendar={calendar} />
        <Work id={page.case?.case ?? null} />
      </div>
      <div class="signatures">
        <h3>Decision of the committee</h3>
        <p class="blank" />
        <div>
          <p>Chair</p>
          <p>Dean's office</p>
          <p>Date</p>
        </div>
      </div>
      <Foot made={made} page={2} />
    </section>
  );
}
