/*
 * Why P is what it is: shares that add up. Bars leave a middle line to either side; the figures are rounded so that what is
 * printed adds up to what is printed below them. What weighs less than a point is gathered in one row, and can be opened.
 */
import { useState } from "preact/hooks";
import { save } from "../../api/client";
import { Button } from "../../ui/button";
import { csvOf } from "../../ui/chart";
import { Panel } from "../../ui/layout";
import { Empty } from "../../ui/states";
import { count, day, dayOf, percent, points } from "../../ui/words";
import { type Assessment, roundedToSum } from "./data";

type Reason = Assessment["reasons"][number];
const SMALL_POINTS = 1;
const DIGITS = 1;

interface Share {
  reason: Reason;
  points: number; // of a hundred, rounded
}

// The base rate first, then what moved P, heaviest first, then what hardly did.
export function sharesOf(assessment: Assessment): { base: Share | null; heavy: Share[]; light: Share[]; total: number } {
  const rounded = roundedToSum(
    assessment.reasons.map((reason) => reason.points * 100),
    DIGITS,
  );
  const shares = assessment.reasons.map((reason, i) => ({ reason, points: rounded[i]! }));
  const [base, rest] = [
    shares.find(({ reason }) => reason.code === "base_rate") ?? null,
    shares.filter(({ reason }) => reason.code !== "base_rate"),
  ];
  const light = rest.filter((share) => Math.abs(share.points) < SMALL_POINTS);
  const together = light.length > 1 ? light : [];
  return {
    base,
    heavy: rest.filter((share) => !together.includes(share)),
    light: together,
    total: Math.round((assessment.p ?? 0) * 100 * 10 ** DIGITS) / 10 ** DIGITS,
  };
}

// At the ends never more than is known.
export const totalWords = (total: number): string =>
  total >= 99.95 ? "over 99.9 %" : total < 0.05 ? "under 0.1 %" : `${total.toFixed(DIGITS)} %`;

export const sumOf = (shares: readonly Share[]): number =>
  Math.round(shares.reduce((sum, share) => sum + share.points, 0) * 10 ** DIGITS) / 10 ** DIGITS;

const Bar = ({ points: value, most }: { points: number; most: number }) => (
  <span class={`share ${value < 0 ? "down" : "up"}`} aria-hidden="true">
    <i style={{ inlineSize: `${(Math.abs(value) / most) * 50}%` }} />
  </span>
);

function Row({ share, most, linked }: { share: Share; most: number; linked: ReadonlySet<string> }) {
  const { reason, points: value } = share;
  return (
    <tr>
      <th scope="row">
        {reason.result_id && linked.has(reason.result_id) ? <a href={`#result-${reason.result_id}`}>{reason.text}</a> : reason.text}
      </th>
      <td class="bar">
        <Bar points={value} most={most} />
      </td>
      <td class="end">{points(value)}</td>
    </tr>
  );
}

export function ReasonTable({
  assessment,
  linked = new Set(),
  open = false,
}: {
  assessment: Assessment;
  linked?: ReadonlySet<string>;
  open?: boolean;
}) {
  const [all, setAll] = useState(open);
  const { base, heavy, light, total } = sharesOf(assessment);
  const most = Math.max(1, ...heavy.map((share) => Math.abs(share.points)));
  return (
    <table class="shares">
      <caption class="unseen">Shares of P(pass) in points; they add up to it</caption>
      <thead>
        <tr class="unseen">
          <th scope="col">Reason</th>
          <th scope="col">Bar</th>
          <th scope="col">Points</th>
        </tr>
      </thead>
      <tbody>
        {base && (
          <tr class="base">
            <th scope="row">{base.reason.text}</th>
            <td class="bar" />
            <td class="end">{base.points.toFixed(DIGITS)}</td>
          </tr>
        )}
        {heavy.map((share) => (
          <Row key={share.reason.result_id ?? share.reason.code} share={share} most={most} linked={linked} />
        ))}
        {light.length > 0 && (
          <tr>
            <th scope="row">
              <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
                {count(light.length, "smaller reason")}
              </button>
            </th>
            <td class="bar">
              <Bar points={sumOf(light)} most={most} />
            </td>
            <td class="end">{points(sumOf(light))}</td>
          </tr>
        )}
        {all &&
          light.map((share, i) => (
            <Row key={share.reason.result_id ?? `${share.reason.code}/${i}`} share={share} most={most} linked={linked} />
          ))}
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

export function Reasons({
  assessment,
  linked,
  name,
}: {
  assessment: Assessment | null;
  linked: ReadonlySet<string>;
  name: string;
}) {
  if (!assessment || assessment.reasons.length === 0)
    return (
      <Panel title="Why" bare>
        <Empty title="No estimate yet">The first one is made when the student's plan or results come in, or tonight.</Empty>
      </Panel>
    );
  const { total } = sharesOf(assessment);
  const rows = assessment.reasons.map((reason) => [reason.text, Number((reason.points * 100).toFixed(2))]);
  return (
    <Panel
      title="Why"
      bare
      note={
        assessment.results_used === 0
          ? "Nothing is known of this student yet: P(pass) is the pass rate of the group."
          : `P(pass) ${percent(assessment.p)} as of ${day(dayOf(assessment.as_of))}, ` +
            `from ${count(assessment.results_used, "result")}. Points of probability; they add up to ${totalWords(total)}.`
      }
      actions={
        <Button
          kind="quiet"
          act={() => save(new Blob([csvOf({ columns: ["reason", "points"], rows })], { type: "text/csv" }), `reasons-${name}.csv`)}
        >
          CSV
        </Button>
      }
    >
      <ReasonTable assessment={assessment} linked={linked} />
    </Panel>
  );
}
