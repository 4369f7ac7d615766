/* What an accreditor asks for, between two days: reach, time to first contact, outcomes by risk band, and how each is defined. */
import { isOfSchool } from "../../state/session";
import { searchOf, useQuery } from "../../state/url";
import { Choice, DayField } from "../../ui/field";
import { Files } from "../../ui/files";
import { Panel } from "../../ui/layout";
import { addDays, day, daysBetween, today } from "../../ui/words";

const YEAR_DAYS = 365;
const DAYS_MOST = 1100; // as the server takes

// The first day of the academic year that a day is in.
const JULY = "-07-01";
const yearOf = (at: string): number => Number(at.slice(0, 4)) - (at.slice(4) < JULY ? 1 : 0);
const YEARS = 5;

export const Accreditation = () => (
  <Panel
    title="Accreditation bundle"
    note="Reach, time to first contact, outcomes by risk band, each with its definition. Small figures are hidden; nobody is named."
  >
    {isOfSchool("records") ? <AnyDays /> : <WholeYears />}
  </Panel>
);

const Bundle = ({ from, to }: { from: string; to: string }) => (
  <>
    <p class="quiet">
      {day(from)} to {day(to)}
    </p>
    <Files of="Accreditation bundle" at={(form) => `/reports/accreditation/${form}${searchOf({ from, to })}`} />
  </>
);

function AnyDays() {
  const [query, change] = useQuery();
  const to = query.to || today();
  const from = query.from || addDays(to, -YEAR_DAYS);
  const days = daysBetween(from, to);
  const wrong = days < 0 ? "The first day is after the last." : days > DAYS_MOST ? "Three years at most." : null;
  return (
    <div class="stack">
      <form class="filters" aria-label="Between which days" onSubmit={(event) => event.preventDefault()}>
        <DayField label="From" required max={to} value={from} change={(next) => change({ from: next })} error={wrong} />
        <DayField label="To, included" required max={today()} value={to} change={(next) => change({ to: next })} />
      </form>
      {!wrong && <Bundle from={from} to={to} />}
    </div>
  );
}

// Who sees figures alone has one academic year at a time: of two periods that overlap, one less the other tells what each hides.
function WholeYears() {
  const [query, change] = useQuery();
  const last = yearOf(today());
  const years = Array.from({ length: YEARS }, (_, i) => last - i);
  const year = years.find((one) => String(one) === query.year) ?? last;
  return (
    <div class="stack">
      <form class="filters" aria-label="Which academic year" onSubmit={(event) => event.preventDefault()}>
        <Choice
          label="Academic year"
          value={String(year)}
          change={(next) => change({ year: next })}
          options={years.map((one) => [String(one), `${one} to ${one + 1}`] as const)}
        />
      </form>
      <Bundle from={`${year}-07-01`} to={`${year + 1}-06-30`} />
    </div>
  );
}
