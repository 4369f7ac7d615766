/* A month as a table of weeks. A day with dates is a button that narrows the list beside it; how many of what stands in words. */
import { day as dayWords, today } from "../../ui/words";
import { type Count, type Kind, kinds } from "./kinds";

const DAY_MS = 86_400_000;
const WEEK = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"] as const;

const dateOf = (day: string) => new Date(`${day}T00:00:00Z`);
const iso = (date: Date) => date.toISOString().slice(0, 10);

export const monthOf = (day: string): string => day.slice(0, 7);
export const spanOf = (month: string): { from: string; to: string } => {
  const first = dateOf(`${month}-01`);
  return { from: iso(first), to: iso(new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0))) };
};
export const shiftMonth = (month: string, by: number): string => {
  const first = dateOf(`${month}-01`);
  return iso(new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + by, 1))).slice(0, 7);
};

function weeksOf(month: string): string[][] {
  const { from, to } = spanOf(month);
  const begin = dateOf(from).getTime() - dateOf(from).getUTCDay() * DAY_MS;
  const weeks: string[][] = [];
  for (let at = begin; at <= dateOf(to).getTime(); at += 7 * DAY_MS) weeks.push(WEEK.map((_, i) => iso(new Date(at + i * DAY_MS))));
  return weeks;
}

interface Props {
  month: string;
  counts: readonly Count[];
  chosen: string | null;
  choose: (day: string | null) => void;
}

export function Month({ month, counts, chosen, choose }: Props) {
  const by = new Map<string, Map<Kind, number>>();
  for (const { day, kind, n } of counts) by.set(day, (by.get(day) ?? new Map<Kind, number>()).set(kind, n));
  return (
    <table class="month">
      <caption class="unseen">{Month.title(month)}</caption>
      <thead>
        <tr>
          {WEEK.map((name) => (
            <th key={name} scope="col" abbr={name}>
              {name.slice(0, 2)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeksOf(month).map((week) => (
          <tr key={week[0]}>
            {week.map((day) => (
              <td key={day} class={monthOf(day) === month ? (day === today() ? "today" : undefined) : "other"}>
                <Cell day={day} counts={by.get(day)} isChosen={day === chosen} choose={choose} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({
  day,
  counts,
  isChosen,
  choose,
}: {
  day: string;
  counts: Map<Kind, number> | undefined;
  isChosen: boolean;
  choose: Props["choose"];
}) {
  const number = Number(day.slice(8));
  if (!counts) return <span class="day">{number}</span>;
  const words = [...counts].map(([kind, n]) => `${kinds[kind].one}: ${n}`).join(", ");
  return (
    <button type="button" class="day" aria-pressed={isChosen} onClick={() => choose(isChosen ? null : day)}>
      <span aria-hidden="true">{number}</span>
      <span class="unseen">
        {dayWords(day, "full")}: {words}
      </span>
      <span class="dots" aria-hidden="true">
        {[...counts].map(([kind, n]) => (
          <span key={kind} class={`dot ${kinds[kind].tone}`} title={`${kinds[kind].one}: ${n}`}>
            {kinds[kind].letter}
            {n > 1 && n}
          </span>
        ))}
      </span>
    </button>
  );
}

Month.title = (month: string): string =>
  new Intl.DateTimeFormat("en-US", { month: "long", year: "numeric", timeZone: "UTC" }).format(dateOf(`${month}-01`));
