/*
 * Exams, last safe days, deadlines and expected results: a month to see where they crowd, and the same as a list of days with
 * the students of each. Both show one question, which stands in the address.
 *
 * The month is drawn from counts. Of a month with more dates than anybody reads, the students are asked for by day.
 */
import "./calendar.css";
import { api, download } from "../../api/client";
import { useList } from "../../state/list";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { searchOf, useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Choice } from "../../ui/field";
import { PageHead, Panel, Tabs } from "../../ui/layout";
import { Empty, Failed, Loading, Stale } from "../../ui/states";
import { count, today } from "../../ui/words";
import { Agenda, Legend } from "./agenda";
import { kinds } from "./kinds";
import { Month, monthOf, shiftMonth, spanOf } from "./month";
import { Rules } from "./rules";
import type { Entry } from "./kinds";

const MOST = 1000; // dates that are listed for a whole month

export default function Calendar() {
  const [query, change] = useQuery();
  const month = /^\d{4}-\d{2}$/.test(query.month ?? "") ? query.month! : monthOf(today());
  const tab = query.tab ?? "dates";
  const { from, to } = spanOf(month);
  const filters = { from, to, kind: query.kind, class_year: query.class_year };
  const counted = useRead(
    (init) => api.GET("/calendar", { ...init, params: { query: { ...filters, limit: 1 } as never } }),
    [filters],
  );
  const { total = null, days = [] } = counted.data ?? {};
  const isByDay = total !== null && total > MOST;
  const asked = isByDay && query.day ? { ...filters, from: query.day, to: query.day } : filters;
  const list = useList<Entry>(
    (init, page) => api.GET("/calendar", { ...init, params: { query: { ...asked, ...page } as never } }),
    [asked],
  );
  if (total !== null && (query.day || !isByDay) && list.next && list.state === "ready") list.more(); // it is shown whole
  return (
    <>
      <PageHead title="Calendar" note={total !== null ? `${count(total, "date")} in ${Month.title(month)}` : undefined}>
        {may("export") && (
          <Button kind="quiet" act={() => download(`/calendar${searchOf({ ...filters, format: "csv" })}`, `calendar-${month}.csv`)}>
            CSV
          </Button>
        )}
      </PageHead>
      <div class="stack">
        <div class="filters">
          <Tabs
            label="View"
            at={tab}
            of={[
              ["dates", "Dates"],
              ["rules", "Rules behind them"],
            ]}
            to={(next) => change({ tab: next === "dates" ? null : next })}
          />
        </div>
        {tab === "rules" ? (
          <Rules />
        ) : (
          <>
            <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
              <div class="row">
                <Button act={() => change({ month: shiftMonth(month, -1), day: null })}>
                  <span aria-hidden="true">←</span> <span class="unseen">Month before</span>
                </Button>
                <strong class="month-name" aria-live="polite">
                  {Month.title(month)}
                </strong>
                <Button act={() => change({ month: shiftMonth(month, 1), day: null })}>
                  <span aria-hidden="true">→</span> <span class="unseen">Month after</span>
                </Button>
                {month !== monthOf(today()) && (
                  <Button kind="quiet" act={() => change({ month: null, day: null })}>
                    This month
                  </Button>
                )}
              </div>
              <Choice
                label="What"
                value={query.kind ?? ""}
                change={(kind) => change({ kind })}
                options={[["", "Everything"], ...Object.entries(kinds).map(([kind, { words }]) => [kind, words] as const)]}
              />
            </form>
            {list.state === "stale" && <Stale at={null} problem={list.problem} />}
            {list.state === "failed" && list.problem ? (
              <Failed problem={list.problem} again={list.again} />
            ) : counted.state === "failed" && counted.problem ? (
              <Failed problem={counted.problem} again={counted.again} />
            ) : total === null || (list.items.length === 0 && list.state === "loading") ? (
              <Loading lines={10} />
            ) : (
              <div class="calendar">
                <Panel title="Month">
                  <Month month={month} counts={days} chosen={query.day ?? null} choose={(day) => change({ day })} />
                  <Legend counts={days} />
                </Panel>
                {total === 0 ? (
                  <Empty title="Nothing falls into this month" />
                ) : isByDay && !query.day ? (
                  <Empty title="Choose a day">
                    {count(total, "date")} are too many to list at once. Choose a day in the month to see its students, or one kind
                    under “What”.
                  </Empty>
                ) : (
                  <Agenda
                    entries={query.day ? list.items.filter((entry) => entry.day === query.day) : list.items}
                    chosen={query.day ?? null}
                    all={() => change({ day: null })}
                  />
                )}
              </div>
            )}
          </>
        )}
      </div>
    </>
  );
}
