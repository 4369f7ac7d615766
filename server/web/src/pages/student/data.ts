/*
 * What the page of a student reads, and how its parts are joined. The page shows its head as soon as that is there; each part
 * waits for its own answer, and a part that could not be had says so in its own place.
 */
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Read, useRead } from "../../state/read";
import { addDays, dayOf, daysBetween } from "../../ui/words";

type Schemas = components["schemas"];
export type StudentPage = Schemas["StudentPage"];
export type Assessment = Schemas["Assessment"];
export type Estimate = Schemas["StudentEstimate"];
export type Result = Schemas["Result"];
export type Calendar = Schemas["CalendarPage"];
export type Clearance = Schemas["ClearancePage"];
export type Decision = Schemas["ClearanceDecision"];
export type Event = Schemas["StudentEvent"];
export type LifeEvent = Schemas["LifeEvent"];
export type Look = Estimate["looks"][number];

const EVENTS_SHOWN = 200;

export const isNow = (event: LifeEvent, on: string): boolean =>
  !event.withdrawn_at && event.starts_on <= on && (!event.ends_on || event.ends_on >= on);

export function useStudent(student: string) {
  const path = { params: { path: { student } } };
  return {
    page: useRead((init) => api.GET("/students/{student}", { ...init, ...path }), [student]),
    estimate: useRead((init) => api.GET("/students/{student}/estimate", { ...init, ...path }), [student]),
    results: useRead((init) => api.GET("/students/{student}/results", { ...init, ...path }), [student]),
    calendar: useRead((init) => api.GET("/students/{student}/calendar", { ...init, ...path }), [student]),
    clearance: useRead((init) => api.GET("/students/{student}/clearance", { ...init, ...path }), [student]),
    life: useRead((init) => api.GET("/students/{student}/life-events", { ...init, ...path }), [student]),
    timeline: useRead(
      (init) => api.GET("/students/{student}/timeline", { ...init, params: { path: { student }, query: { limit: EVENTS_SHOWN } } }),
      [student],
    ),
  };
}

export const useCase = (id: number | null): Read<Schemas["Case"]> =>
  useRead(id === null ? null : (init) => api.GET("/cases/{case}", { ...init, params: { path: { case: String(id) } } }), [id]);

// Of each result the revision that counts, newest first, with those that it replaced.
export interface Standing extends Result {
  before: readonly Result[];
  look: Look | null;
}

export function standing(results: readonly Result[], looks: readonly Look[]): Standing[] {
  const byId = new Map<string, Result[]>();
  for (const result of results) byId.set(result.result_id, [...(byId.get(result.result_id) ?? []), result]);
  const lookOf = new Map(looks.map((look) => [look.result_id, look]));
  return [...byId.values()]
    .map((revisions) => {
      const [now, ...before] = [...revisions].sort((a, b) => b.revision - a.revision);
      return { ...now!, before, look: lookOf.get(now!.result_id) ?? null };
    })
    .sort((a, b) => (a.taken_at < b.taken_at ? 1 : -1));
}

export const Z80 = 1.2815515655; // of a normal distribution, 80 % lie so many standard deviations either side of its mean

export interface Point {
  day: string;
  mean: number;
  low: number;
  high: number;
}
const pointOf = (day: string, mean: number, sd: number): Point => ({ day, mean, low: mean - Z80 * sd, high: mean + Z80 * sd });

/*
 * Readiness as far as something is known of it: a stretch ends where no result came for three weeks, and what lies between two
 * stretches is left empty. The model has a value for every day; a line through months without a result would claim that
 * somebody looked.
 */
const GAP_DAYS = 21;
const ROOM_DAYS = 6; // a point of the weekly history that is so near a result still speaks of it

export interface Course {
  stretches: readonly (readonly Point[])[];
  gaps: readonly { from: string; to: string }[];
  ahead: readonly Point[]; // from today to the exam, or none
  now: Point | null;
}

export function courseOf(estimate: Estimate, results: readonly Standing[]): Course {
  const today = dayOf(estimate.as_of);
  const days = results
    .filter((result) => result.look)
    .map((result) => dayOf(result.taken_at))
    .sort();
  const known = estimate.readiness_mean !== null && estimate.readiness_sd !== null && days.length > 0;
  const now = known ? pointOf(today, estimate.readiness_mean!, estimate.readiness_sd!) : null;
  const ends: [string, string][] = [];
  for (const day of days) {
    const last = ends.at(-1);
    if (last && daysBetween(last[1], day) <= GAP_DAYS) last[1] = day;
    else ends.push([day, day]);
  }
  const fresh = now !== null && daysBetween(ends.at(-1)![1], today) <= GAP_DAYS;
  if (fresh) ends.at(-1)![1] = today;
  const history = [
    ...estimate.history.filter((point) => point.day < today).map(({ day, mean, sd }) => pointOf(day, mean, sd)),
    ...(now ? [now] : []),
  ];
  const stretches = ends.map(([from, to]) =>
    history.filter(({ day }) => day >= addDays(from, -ROOM_DAYS) && day <= addDays(to, ROOM_DAYS)),
  );
  const gaps = ends.slice(1).map(([from], i) => ({ from: ends[i]![1], to: from }));
  if (now && !fresh) gaps.push({ from: ends.at(-1)![1], to: today });
  const { exam_day, exam_mean, exam_sd } = estimate;
  const ahead =
    now && exam_day && exam_day > today && exam_mean !== null && exam_sd !== null
      ? [now, pointOf(exam_day, exam_mean, exam_sd)]
      : [];
  return { stretches: stretches.filter((stretch) => stretch.length > 0), gaps, ahead, now };
}

// Parts that add up, rounded so that what is printed adds up as well: the largest remainders take what is missing.
export function roundedToSum(parts: readonly number[], digits: number): number[] {
  const unit = 10 ** digits;
  const floors = parts.map((part) => Math.floor(part * unit));
  let missing = Math.round(parts.reduce((sum, part) => sum + part, 0) * unit) - floors.reduce((sum, part) => sum + part, 0);
  const order = parts.map((part, i) => [part * unit - floors[i]!, i] as const).sort((a, b) => b[0] - a[0]);
  for (const [, i] of order) if (missing-- > 0) floors[i]! += 1;
  return floors.map((floor) => floor / unit);
}
