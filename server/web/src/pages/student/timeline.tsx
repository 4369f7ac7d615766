/* What happened around the student, newest first, in a line each; the kinds can be narrowed, and the choice is in the address. */
import { useState } from "preact/hooks";
import { isVerb, verbs } from "../../case/verbs";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { instrument } from "../../ui/instrument";
import { Panel, Tabs } from "../../ui/layout";
import { Empty, Loading } from "../../ui/states";
import { day, dayOf, percent, plainly, states, type State } from "../../ui/words";
import type { Event } from "./data";
import { clearances } from "../../record/clearance";

const FIRST_SHOWN = 30;

type Kind = Event["kind"];
interface Detail {
  instrument?: string;
  form?: string;
  score?: number;
  retracted?: boolean;
  action?: string;
  day?: string | null;
  outcome?: string | null;
  text?: string;
  code?: string;
  verb?: string;
  channel?: string;
  state?: keyof typeof clearances;
  from?: State | null;
  to?: State | null;
  p?: number | null;
}

const actions: Record<string, string> = {
  planned: "Exam planned for",
  cancelled: "Exam cancelled",
  taken: "Exam taken on",
  outcome: "Result of the exam:",
};
const caseVerbs: Record<string, string> = {
  open: "Case opened",
  reason_open: "New reason in the case",
  reason_close: "A reason of the case is over",
};

export function eventWords({ kind, detail }: Pick<Event, "kind" | "detail">): string {
  const is: Detail = detail;
  const result = () => `${instrument(is.instrument ?? "", is.form ?? "")}: ${is.score ?? ""}`;
  const word = (state: State | null | undefined) => (state ? states[state].word : "no estimate");
  const said: Record<Kind, () => string> = {
    result,
    correction: () =>
      is.retracted ? `Result retracted: ${instrument(is.instrument ?? "", is.form ?? "")}` : `Result corrected: ${result()}`,
    exam: () =>
      [
        actions[is.action ?? ""] ?? plainly(is.action ?? ""),
        is.day && day(is.day),
        is.outcome && (is.outcome === "pass" ? "passed" : "failed"),
      ]
        .filter(Boolean)
        .join(" "),
    flag_opened: () => is.text ?? plainly(is.code ?? ""),
    flag_closed: () => `No longer: ${plainly(is.code ?? "").toLowerCase()}`,
    case: () =>
      caseVerbs[is.verb ?? ""] ??
      (isVerb(is.verb ?? "")
        ? `Case: ${verbs[is.verb as keyof typeof verbs].done.toLowerCase()}`
        : `Case: ${plainly(is.verb ?? "").toLowerCase()}`),
    contact: () => `Contact, ${plainly(is.channel ?? "").toLowerCase()}: ${plainly(is.outcome ?? "").toLowerCase()}`,
    clearance: () => `Clearance: ${is.state ? clearances[is.state].word : ""}`,
    state: () =>
      `From ${word(is.from)} to ${word(is.to)}${is.p === null || is.p === undefined ? "" : `, P(pass) ${percent(is.p)}`}`,
  };
  return said[kind]();
}

const groups: Record<string, { words: string; kinds: readonly Kind[] }> = {
  all: { words: "All", kinds: [] },
  results: { words: "Results", kinds: ["result", "correction"] },
  office: { words: "What the office did", kinds: ["case", "contact", "clearance", "exam"] },
  rules: { words: "What rules said", kinds: ["flag_opened", "flag_closed", "state"] },
};

function byDay(events: readonly Event[]): [string, Event[]][] {
  const days = new Map<string, Event[]>();
  for (const event of events) days.set(dayOf(event.at), [...(days.get(dayOf(event.at)) ?? []), event]);
  return [...days];
}

export function Timeline({ events, loading, more }: { events: readonly Event[]; loading: boolean; more: boolean }) {
  const [query, change] = useQuery();
  const which = query.timeline && query.timeline in groups ? query.timeline : "all";
  const { kinds } = groups[which]!;
  const shown = kinds.length === 0 ? events : events.filter(({ kind }) => kinds.includes(kind));
  const [all, setAll] = useState(false);
  const days = byDay(all ? shown : shown.slice(0, FIRST_SHOWN));
  return (
    <Panel
      title="Timeline"
      bare
      actions={
        <Tabs
          label="What to show"
          at={which}
          of={Object.entries(groups).map(([key, { words }]) => [key, words] as const)}
          to={(key) => change({ timeline: key === "all" ? null : key })}
        />
      }
    >
      {loading ? (
        <Loading lines={6} />
      ) : days.length === 0 ? (
        <Empty title="Nothing of this kind yet" />
      ) : (
        <ol class="days-list">
          {days.map(([date, those]) => (
            <li key={date}>
              <time dateTime={date} class="quiet">
                {day(date)}
              </time>
              <ul>
                {those.map((event, i) => (
                  <li key={`${event.kind}/${i}`} class={`event ${event.kind}`}>
                    {eventWords(event)}
                    {event.by && <span class="quiet small"> {event.by.name}</span>}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      )}
      {shown.length > FIRST_SHOWN && !all && <Button act={() => setAll(true)}>Show all {shown.length}</Button>}
      {more && all && <p class="quiet small">The newest {events.length} are shown.</p>}
    </Panel>
  );
}
