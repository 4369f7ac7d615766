/*
 * The clearance ledger's page of this student: what stands, what the policy proposes clause by clause and on which results, and
 * every decision that a person made. The software proposes and never decides.
 */
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import { ClearanceMark, proposals } from "../../record/clearance";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { Button } from "../../ui/button";
import { instrument, score } from "../../ui/instrument";
import { Facts, Panel } from "../../ui/layout";
import { Shape, Tag } from "../../ui/mark";
import { type Clause, clauseOf, type Finding, foundWords, truthOf } from "../../ui/policy_words";
import { count, day, dayOf, interval, moment, percent } from "../../ui/words";
import { ClearanceForm } from "./clearance_form";
import type { Clearance as ClearanceOf, Decision } from "./data";

const truths = {
  true: { word: "met", tone: "track", shape: "circle" },
  false: { word: "not met", tone: "risk", shape: "triangle" },
  null: { word: "not known", tone: "unknown", shape: "dash" },
} as const;

const Truth = ({ is }: { is: boolean | null }) => {
  const { word, tone, shape } = truths[`${is}`];
  return (
    <span class={`mark plain ${tone}`}>
      <Shape of={shape} />
      {word}
    </span>
  );
};

export function Clauses({ of, findings }: { of: Clause; findings: ReadonlyMap<string, Finding> }) {
  const found = findings.get(of.path);
  if (of.parts.length === 0)
    return (
      <div class="clause">
        <Truth is={truthOf(of, findings)} />
        <p>
          {of.words}
          {found && <span class="quiet small found"> {foundWords(found)}</span>}
        </p>
      </div>
    );
  return (
    <div class="clauses">
      <p class="quiet small">{of.words}</p>
      <ul>
        {of.parts.map((part) => (
          <li key={part.path}>
            <Clauses of={part} findings={findings} />
          </li>
        ))}
      </ul>
    </div>
  );
}

export const usePolicy = (id: number | null) =>
  useRead(
    id === null ? null : (init) => api.GET("/policies/{policy}", { ...init, params: { path: { policy: String(id) } } }),
    [id],
    { live: false },
  );

export function Proposal({ of }: { of: ClearanceOf }) {
  const policy = usePolicy(of.policy?.policy_id ?? null);
  if (!of.policy || !of.proposal)
    return (
      <p class="quiet">
        {of.passed || of.taken
          ? "Nothing is left to decide: the exam has been taken."
          : "No clearance policy is in force for this class, so the software proposes nothing. A person can decide all the same."}
      </p>
    );
  const findings = new Map(of.proposal.findings.map((finding) => [finding.path, finding]));
  const { proposal, due_on, overdue, evidence, conditional } = of.proposal;
  return (
    <div class="stack">
      <p>
        <strong>{of.policy.title}</strong>
        <span class="quiet">
          {" "}
          version {of.policy.version}
          {due_on && `; to be met by ${day(due_on)}`}
        </span>{" "}
        <Tag tone={proposals[proposal].tone}>{proposals[proposal].words}</Tag>{" "}
        {conditional && <Tag tone="borderline">a condition is proposed</Tag>} {overdue && <Tag tone="risk">day is over</Tag>}
      </p>
      {policy.data && <Clauses of={clauseOf(policy.data.rule.require, "/require")} findings={findings} />}
      {conditional && of.policy.conditional && (
        <p class="small">
          <span class="quiet">Conditional means:</span> {of.policy.conditional}
        </p>
      )}
      {evidence.length > 0 && (
        <p class="small">
          <span class="quiet">Looked at: </span>
          {evidence.map((one, i) => (
            <>
              {i > 0 && ", "}
              <a key={one.result_id} href={`#result-${one.result_id}`}>
                {instrument(one.instrument, one.form)} {score(one.score, one.scale)}
              </a>{" "}
              <span class="quiet">({day(one.taken_on, "short")})</span>
            </>
          ))}
        </p>
      )}
    </div>
  );
}

function Ledger({ of }: { of: ClearanceOf }) {
  if (of.decisions.length === 0) return <p class="quiet">Nobody has decided yet.</p>;
  const words = new Map(of.review_items.map(({ item, words: said }) => [item as string, said]));
  return (
    <ol class="log">
      {of.decisions.map((one) => (
        <LedgerRow key={one.clearance_id} of={one} words={words} />
      ))}
    </ol>
  );
}

const LedgerRow = ({ of, words }: { of: Decision; words: ReadonlyMap<string, string> }) => (
  <li>
    <p class="row">
      <ClearanceMark state={of.state} />
      <span class="quiet">attempt {of.attempt}</span>
      {of.against_proposal && <Tag tone="borderline">against the proposal</Tag>}
      {of.valid_until && <span class="small quiet">until {day(of.valid_until)}</span>}
    </p>
    <p>{of.reason}</p>
    {of.conditions && (
      <p>
        <span class="quiet">Condition:</span> {of.conditions}
      </p>
    )}
    {of.student_view && (
      <p>
        <span class="quiet">The student's view:</span> {of.student_view}
      </p>
    )}
    <p class="small quiet">
      {moment(of.decided_at)}, {of.staff.name} ({of.role}). The software said: {proposals[of.proposal].words}
      {of.policy_title && ` (“${of.policy_title}”, version ${of.policy_version})`}
      {of.p !== null && `; P(pass) then ${percent(of.p)}, ${interval(of.p_low, of.p_high)}`}.
    </p>
    <details class="small quiet">
      <summary>What was looked at ({count(of.reviewed.length, "thing")})</summary>
      <ul>
        {of.reviewed.map((item) => (
          <li key={item}>{words.get(item) ?? item}</li>
        ))}
      </ul>
    </details>
  </li>
);

const daysLeft = (days: number | null): string => (days === null || days < 0 ? "over" : `${count(days, "day")} left`);

export function Clearance({ student, clearance, again }: { student: string; clearance: ClearanceOf; again: () => Promise<void> }) {
  const [open, setOpen] = useState(false);
  const over = clearance.passed || clearance.taken;
  const [now] = clearance.decisions;
  return (
    <Panel
      title="Clearance"
      bare
      note="The policy proposes, a person decides. The student can read this."
      actions={may("clearance") && !over ? <Button act={() => setOpen(true)}>Decide</Button> : undefined}
    >
      <div class="stack">
        {clearance.worse && (
          <p class="notice risk">
            <strong>Worse than when it was decided.</strong> The proposal fell, or a result that it rested on was changed.
          </p>
        )}
        {clearance.expired && (
          <p class="notice borderline">
            <strong>No longer valid.</strong> The decision held until {day(now?.valid_until)}.
          </p>
        )}
        {(clearance.policy_changed || clearance.evidence_changed) && !clearance.worse && (
          <p class="notice unknown">
            <strong>Something changed since.</strong>{" "}
            {clearance.policy_changed
              ? "Another version of the policy is in force."
              : "There is evidence that was not there when it was decided."}
          </p>
        )}
        <Facts
          of={[
            [`Attempt ${clearance.attempt}`, <ClearanceMark state={clearance.state} />],
            ["Decided", now && clearance.revision > 0 ? `${day(dayOf(now.decided_at))}, ${now.staff.name}` : "not yet"],
            ["Last safe day", clearance.last_safe_on ? `${day(clearance.last_safe_on)}, ${daysLeft(clearance.days_left)}` : "–"],
          ]}
        />
        <div class="columns wide-narrow">
          <Panel title="What the policy proposes" level={3} bare>
            <Proposal of={clearance} />
          </Panel>
          <Panel title="Decisions" level={3} bare>
            <Ledger of={clearance} />
          </Panel>
        </div>
      </div>
      {open && <ClearanceForm student={student} clearance={clearance} close={() => setOpen(false)} again={again} />}
    </Panel>
  );
}
