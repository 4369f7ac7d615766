/* What an accreditor asks for, between two days: reach, time to first contact, outcomes by risk band, and how each is defined. */
import { searchOf, useQuery } from "../../state/url";
import { DayField } from "../../ui/field";
import { Files } from "../../ui/files";
import { Panel } from "../../ui/layout";
import { addDays, day, daysBetween, today } from "../../ui/words";

const YEAR_DAYS = 365;
const DAYS_MOST = 1100; // as the server takes

export function Accreditation() {
  const [query, change] = useQuery();
  const to = query.to || today();
  const from = query.from || addDays(to, -YEAR_DAYS);
  const days = daysBetween(from, to);
  const wrong = days < 0 ? "The first day is after the last." : days > DAYS_MOST ? "Three years at most." : null;
  return (
    <Panel
      title="Accreditation bundle"
      note="Reach, time to first contact, outcomes by risk band, with the definition of each. Figures of fewer students than the school shows are hidden; nobody is named."
    >
      <div class="stack">
        <form class="filters" aria-label="Between which days" onSubmit={(event) => event.preventDefault()}>
          <DayField label="From" required max={to} value={from} change={(next) => change({ from: next })} error={wrong} />
          <DayField label="To, included" required max={today()} value={to} change={(next) => change({ to: next })} />
        </form>
        {!wrong && (
          <p class="quiet">
            {day(from)} to {day(to)}
          </p>
        )}
        {!wrong && <Files of="Accreditation bundle" at={(form) => `/reports/accreditation/${form}${searchOf({ from, to })}`} />}
      </div>
    </Panel>
  );
}
