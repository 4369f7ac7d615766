/*
 * P(pass) now, on the planned day, and "what if the exam were on that day?": typed as a date, or moved along the curve with a
 * slider that does the same. The day asked for stands in the address, so that a link shows the same comparison.
 */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/client";
import { useRead } from "../../state/read";
import { useQuery } from "../../state/url";
import { Chart, colors, type Plot } from "../../ui/chart";
import { DayField } from "../../ui/field";
import { Facts } from "../../ui/layout";
import { Failed } from "../../ui/states";
import { addDays, day, dayOf, daysBetween, epc, inDays, interval, percent } from "../../ui/words";
import type { Calendar, Estimate } from "./data";
import { range } from "./readiness";

const HEIGHT = 250;
const SETTLE_MS = 250; // while a slider moves, its numbers are asked for when it rests

const at = (text: string) => new Date(`${text}T00:00:00Z`);

interface Marked {
  day: string;
  words: string;
  color: string;
  dash: string | null;
}

function draw(plot: Plot, width: number, estimate: Estimate, calendar: Calendar | null, asked: string | null): Element {
  const { curve } = estimate;
  const first = curve[0]!.day,
    last = curve.at(-1)!.day;
  const inside = (text: string | null | undefined): text is string => !!text && text >= first && text <= last;
  const coming = calendar?.coming;
  const marks: Marked[] = [
    ...(inside(coming?.last_safe_on)
      ? [{ day: coming.last_safe_on, words: "last safe day", color: colors.borderline, dash: "4 3" }]
      : []),
    ...(inside(estimate.planned_day) ? [{ day: estimate.planned_day, words: "planned", color: colors.ink, dash: null }] : []),
    ...(inside(estimate.earliest_day)
      ? [{ day: estimate.earliest_day, words: "earliest advisable", color: colors.track, dash: null }]
      : []),
    ...(inside(coming?.latest_on) ? [{ day: coming.latest_on, words: "latest", color: colors.quiet, dash: "1 3" }] : []),
  ];
  const p = (some: string) => curve.find((point) => point.day === some)?.p ?? null;
  const chosen = asked && p(asked) !== null ? [{ day: asked, p: p(asked)! }] : [];
  const row = new Map<string, number>();
  const until = [-Infinity, -Infinity, -Infinity];
  const x = (text: string) => 38 + (daysBetween(first, text) / Math.max(1, daysBetween(first, last))) * (width - 60);
  for (const mark of [...marks].sort((a, b) => (a.day < b.day ? -1 : 1))) {
    const half = mark.words.length * 3 + 4;
    const free = until.findIndex((end) => x(mark.day) - half > end);
    row.set(mark.words, Math.max(0, free));
    until[Math.max(0, free)] = x(mark.day) + half;
  }
  const toLeft = Math.abs(curve[0]!.p - estimate.floor) > Math.abs(curve.at(-1)!.p - estimate.floor); // where the curve is not
  return plot.plot({
    width,
    height: HEIGHT,
    marginLeft: 38,
    marginRight: 22,
    marginTop: 46,
    marginBottom: 24,
    x: { type: "utc", domain: [at(first), at(last)], label: null },
    y: { domain: [0, 1], label: null },
    marks: [
      plot.rect([0], { x1: at(first), x2: at(last), y1: 0, y2: estimate.floor, fill: colors.risk, fillOpacity: 0.05 }),
      plot.rect([0], { x1: at(first), x2: at(last), y1: estimate.ceiling, y2: 1, fill: colors.track, fillOpacity: 0.1 }),
      plot.gridY({ stroke: colors.line, ticks: [0, 0.25, 0.5, 0.75, 1] }),
      plot.axisY({
        ticks: [0, 0.25, 0.5, 0.75, 1],
        tickFormat: (value: number) => `${value * 100} %`,
        tickSize: 0,
        color: colors.quiet,
      }),
      plot.axisX({ ticks: Math.max(2, Math.floor(width / 90)), color: colors.quiet }),
      plot.ruleY([estimate.floor], { stroke: colors.risk, strokeDasharray: "2 3" }),
      plot.text([estimate.floor], {
        x: at(toLeft ? first : last),
        y: (value: number) => value,
        text: (value: number) => `at risk below ${percent(value)}`,
        dx: toLeft ? 6 : 0,
        dy: 9,
        textAnchor: toLeft ? "start" : "end",
        fill: colors.risk,
        stroke: "var(--halo)",
        strokeWidth: 3,
      }),
      ...marks.map((mark) =>
        plot.ruleX([mark], {
          x: (one: Marked) => at(one.day),
          stroke: mark.color,
          strokeWidth: 1.25,
          ...(mark.dash && { strokeDasharray: mark.dash }),
        }),
      ),
      ...marks.map((mark) =>
        plot.text([mark], {
          x: (one: Marked) => at(one.day),
          frameAnchor: "top",
          lineAnchor: "bottom",
          text: "words",
          fill: mark.color,
          dy: -5 - 13 * row.get(mark.words)!,
          textAnchor:
            x(mark.day) + mark.words.length * 3 > width ? "end" : x(mark.day) - mark.words.length * 3 < 0 ? "start" : "middle",
        }),
      ),
      plot.lineY(curve, { x: (point: { day: string }) => at(point.day), y: "p", stroke: colors.accent, strokeWidth: 2.25 }),
      plot.dot(chosen, {
        x: (point: { day: string }) => at(point.day),
        y: "p",
        r: 6,
        fill: colors.accent,
        stroke: "var(--surface)",
        strokeWidth: 2,
      }),
      plot.tip(
        curve,
        plot.pointerX({
          x: (point: { day: string }) => at(point.day),
          y: "p",
          title: (point: { day: string; p: number }) => `${day(point.day)}\nP(pass) ${percent(point.p)}`,
          fill: "var(--raised)",
          stroke: colors.quiet,
        }),
      ),
    ],
  });
}

function messageOf(estimate: Estimate): string {
  const [now] = estimate.curve;
  const best = estimate.curve.reduce((a, b) => (b.p > a.p ? b : a), now!);
  const planned =
    estimate.planned_day && estimate.planned_day >= now!.day
      ? ` On the planned day, ${day(estimate.planned_day, "short")}, it is ${percent(estimate.p)}.`
      : "";
  const most = best.p > now!.p + 0.01 ? `; the most is ${percent(best.p)}, around ${day(best.day, "short")}` : "";
  const earliest = estimate.earliest_day
    ? ` ${percent(estimate.ceiling)} is first reached on ${day(estimate.earliest_day, "short")}.`
    : ` It reaches ${percent(estimate.ceiling)} on no day that the permit and the deadline allow${most}.`;
  return `P(pass) is ${percent(now!.p)} if the exam were today.${planned}${earliest}`;
}

// What a day brings beside the planned one.
function besides({ p, planned_day }: Estimate, other: number): string | null {
  if (p === null || !planned_day) return null;
  return ` That is ${Math.abs(Math.round((other - p) * 100))} points ${other >= p ? "more" : "less"} than on the planned day.`;
}

export function Pass({
  student,
  estimate,
  calendar,
  name,
}: {
  student: string;
  estimate: Estimate;
  calendar: Calendar | null;
  name: string;
}) {
  const [query, change] = useQuery();
  const asked = /^\d{4}-\d\d-\d\d$/.test(query.exam ?? "") ? query.exam! : null;
  const [shown, setShown] = useState(asked ?? "");
  useEffect(() => setShown(asked ?? ""), [asked]);
  useEffect(() => {
    if (shown === (asked ?? "") || (shown && !/^\d{4}-\d\d-\d\d$/.test(shown))) return;
    const timer = setTimeout(() => change({ exam: shown || null }), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [shown, asked]);
  const what = useRead(
    asked
      ? (init) => api.GET("/students/{student}/estimate", { ...init, params: { path: { student }, query: { exam_day: asked } } })
      : null,
    [student, asked],
    { live: false },
  );
  const { curve } = estimate;
  if (calendar?.coming.taken || calendar?.coming.passed || curve.length === 0)
    return (
      <p>
        The exam {calendar?.coming.exam_on ? `was taken on ${day(calendar.coming.exam_on)}` : "is over"}, so there is no other day
        to compare.
        {!calendar?.coming.passed &&
          estimate.p !== null &&
          ` From what is known, P(pass) was ${percent(estimate.p)} (80 % interval ${interval(estimate.p_low, estimate.p_high)}).`}
      </p>
    );
  const first = curve[0]!.day,
    last = curve.at(-1)!.day;
  const from = estimate.planned_day ?? dayOf(estimate.as_of);
  const at_slider = shown >= first && shown <= last ? shown : from >= first && from <= last ? from : first;
  const other = asked ? what.data : null;
  return (
    <div class="stack">
      <Facts
        of={[
          ["If it were today", percent(curve[0]!.p)],
          ...(estimate.planned_day
            ? ([
                [
                  `On the planned day, ${day(estimate.planned_day, "short")}`,
                  <>
                    {percent(estimate.p)} <span class="quiet">({interval(estimate.p_low, estimate.p_high)})</span>
                  </>,
                ],
                [
                  `As readiness; pass line ${epc(estimate.pass_line)}`,
                  estimate.exam_mean === null || estimate.exam_sd === null ? (
                    "–"
                  ) : (
                    <>
                      {epc(estimate.exam_mean, 1)} EPC <span class="quiet">({range(estimate.exam_mean, estimate.exam_sd)})</span>
                    </>
                  ),
                ],
              ] as const)
            : ([["Planned day", "none"]] as const)),
          ...(estimate.results_used === 0 ? [["From", "0 results: the pass rate of the group"] as const] : []),
          [
            "Earliest advisable day",
            estimate.earliest_day ? `${day(estimate.earliest_day)} (${percent(estimate.ceiling)})` : "none in reach",
          ],
        ]}
      />
      <Chart
        title="P(pass) by exam date"
        level={3}
        bare
        message={messageOf(estimate)}
        height={HEIGHT}
        file={`pass-by-date-${name}.csv`}
        deps={[estimate.as_of, estimate.p, calendar?.coming, shown]}
        draw={(plot, width) => draw(plot, width, estimate, calendar, shown || null)}
        table={{ columns: ["Exam day", "P(pass), %"], rows: curve.map((point) => [point.day, Math.round(point.p * 1000) / 10]) }}
      >
        <input
          type="range"
          class="days no-print"
          aria-label="Exam day to compare"
          aria-valuetext={`${day(at_slider, "full")}, P(pass) ${percent(curve.find((point) => point.day === at_slider)?.p)}`}
          min={0}
          max={daysBetween(first, last)}
          value={daysBetween(first, at_slider)}
          onInput={(event) => setShown(addDays(first, Number(event.currentTarget.value)))}
        />
        <div class="what-if">
          <div class="no-print">
            <DayField label="What if the exam were on" value={shown} change={setShown} min={first} />
          </div>
          <div aria-live="polite">
            {asked && what.state === "failed" && what.problem ? (
              <Failed problem={what.problem} />
            ) : other && other.p !== null && other.exam_mean !== null && other.exam_sd !== null ? (
              <p>
                On <strong>{day(asked!, "full")}</strong> ({inDays(first, asked!)}): P(pass) <strong>{percent(other.p)}</strong>, 80
                % interval {interval(other.p_low, other.p_high)}; readiness {epc(other.exam_mean, 1)} EPC,{" "}
                {range(other.exam_mean, other.exam_sd)}.{asked !== estimate.planned_day && besides(estimate, other.p)}
                {calendar?.coming.latest_on && asked! > calendar.coming.latest_on && (
                  <> It is later than {day(calendar.coming.latest_on)}, the last day that keeps the path.</>
                )}
                {calendar?.coming.earliest_on && asked! < calendar.coming.earliest_on && (
                  <> It is before {day(calendar.coming.earliest_on)}, the first lawful day.</>
                )}
              </p>
            ) : (
              <p class="quiet">Type a day, or move along the curve. Nothing is changed by looking.</p>
            )}
          </div>
        </div>
      </Chart>
    </div>
  );
}
