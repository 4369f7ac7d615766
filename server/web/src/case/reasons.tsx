/* Why the case is open: each reason a sentence with its numbers, since when, and whether a life event mutes it. */
import { Urgency } from "../ui/mark";
import { day, dayOf } from "../ui/words";
import type { components } from "../api/schema";

export const CaseReasons = ({ of }: { of: readonly components["schemas"]["CaseReason"][] }) => (
  <ul class="lines reasons">
    {of.map((reason) => (
      <li key={`${reason.code}/${reason.opened_at}`} class={reason.closed_at ? "quiet" : undefined}>
        <p class="row">
          <Urgency is={reason.severity} />
          <span class="quiet small">
            since {day(dayOf(reason.opened_at), "short")}
            {reason.closed_at && `, over since ${day(dayOf(reason.closed_at), "short")}`}
            {reason.times > 1 && `, for the ${reason.times}th time`}
            {reason.source === "person" && ", by a person"}
          </span>
        </p>
        <p>{reason.text}</p>
        {reason.muted && (
          <p class="small quiet">
            Muted: {reason.muted.reason}
            {reason.muted.until && ` until ${day(reason.muted.until, "short")}`}
          </p>
        )}
      </li>
    ))}
  </ul>
);
