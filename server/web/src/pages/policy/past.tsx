/*
 * A rule run over the past: who would have been held back and failed, who would have been held back for nothing, how many a
 * week.
 */
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useRead } from "../../state/read";
import { Chart, colors } from "../../ui/chart";
import { Facts } from "../../ui/layout";
import { Shown } from "../../ui/states";
import { count, day, percent } from "../../ui/words";

type Share = components["schemas"]["PolicyShare"];
type Week = components["schemas"]["PolicyReplay"]["weeks"][number];

const shared = (of: Share) =>
  of.share === null ? `${of.k} of ${of.n}` : `${of.k} of ${of.n}, ${percent(of.share)} (${percent(of.low)} to ${percent(of.high)})`;

export function PolicyPast({ id }: { id: string }) {
  const read = useRead((init) => api.GET("/policies/{policy}/replay", { ...init, params: { path: { policy: id } } }), [id], {
    live: false,
  });
  return (
    <Shown read={read}>
      {(is) => (
        <div class="stack">
          <Facts
            of={[
              ["Attempts with an outcome", `${is.attempts}, of which ${is.failed} failed`],
              ["Failed, and would have been held", shared(is.caught_of_failed)],
              ["Failed, and would have been cleared", is.missed],
              ["Passed, and would have been held", shared(is.held_of_passed)],
              ["Of those held, failed", shared(is.failed_of_held)],
              ["Most newly held in a week", is.peak ? `${is.peak.newly}, week of ${day(is.peak.week)}` : "–"],
            ]}
          />
          {is.unknown_clauses.length > 0 && (
            <p class="stale">
              Past days cannot answer {count(is.unknown_clauses.length, "clause")} of it, which count as unknown: the figures say
              too little of them.
            </p>
          )}
          {is.weeks.length > 0 && (
            <Chart
              level={3}
              bare
              title="Newly not cleared, by week"
              message={
                is.peak ? `At most ${is.peak.newly} in one week, that of ${day(is.peak.week)}.` : "Nobody would have been held."
              }
              file={`policy-${id}-weeks.csv`}
              deps={[is.weeks]}
              height={180}
              table={{
                columns: ["Week of", "Looked at", "Not cleared", "Newly"],
                rows: is.weeks.map((week) => [week.week, week.looked_at, week.not_cleared, week.newly]),
              }}
              draw={(plot, width) =>
                plot.plot({
                  width,
                  height: 180,
                  x: { type: "utc", label: null },
                  y: { label: "Students", grid: true },
                  marks: [
                    plot.rectY(is.weeks, {
                      x: (week: Week) => new Date(week.week),
                      interval: "week",
                      y: "newly",
                      fill: colors.accent,
                    }),
                    plot.ruleY([0], { stroke: colors.quiet }),
                  ],
                })
              }
            />
          )}
        </div>
      )}
    </Shown>
  );
}
