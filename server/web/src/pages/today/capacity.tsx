/* What the week allows, and what is left out of the queue: nobody disappears without a word. */
import { Link } from "wouter-preact";
import { count } from "../../ui/words";
import type { QueueData } from "./row";

export function Capacity({ of }: { of: QueueData }) {
  const { per_week, acted, left } = of.capacity;
  return (
    <p class="capacity">
      <meter min={0} max={per_week} value={Math.min(acted, per_week)} aria-label={`Cases acted on this week, of ${per_week}`} />
      <span>
        Your office can see <strong>{per_week}</strong> this week: {acted} seen, <strong>{left} left</strong>.
      </span>
      {may_change}
    </p>
  );
}

const may_change = (
  <Link href="/policy?tab=settings" class="small">
    Change
  </Link>
);

const reasons: Record<string, string> = {
  acted: "somebody acted on recently",
  watching: "being watched",
  asleep: "snoozed",
  muted: "muted by a leave or another life event",
  exam_taken: "whose exam is taken",
  no_reason: "without a reason that is still true",
};

export function Hidden({ of }: { of: QueueData }) {
  const parts = Object.entries(of.hidden).flatMap(([why, n]) => (n ? [`${count(n, "case")} ${reasons[why] ?? why}`] : []));
  return parts.length === 0 ? null : (
    <p class="quiet small">
      Not in the queue now: {parts.join(", ")}. <Link href="/cases">All cases</Link>
    </p>
  );
}
