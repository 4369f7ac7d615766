/*
 * How numbers, days and states are said. One place, so that a probability reads alike on every page.
 *
 * Days are days of the school's calendar ("2026-12-08") and never pass through a time zone; moments are shown in the school's
 * zone, and say so.
 */
import { zone } from "../state/session";

export type State = "at_risk" | "borderline" | "on_track" | "cannot_say";
export type Severity = "info" | "watch" | "warning" | "urgent";

export const states: Record<State, { word: string; shape: "triangle" | "diamond" | "circle" | "dash"; tone: string }> = {
  at_risk: { word: "at risk", shape: "triangle", tone: "risk" },
  borderline: { word: "borderline", shape: "diamond", tone: "borderline" },
  on_track: { word: "on track", shape: "circle", tone: "track" },
  cannot_say: { word: "cannot say", shape: "dash", tone: "unknown" },
};

// "62 %"; at the ends never more than is known.
export function percent(p: number | null | undefined): string {
  if (p === null || p === undefined) return "–";
  if (p < 0.01) return "under 1\u00a0%";
  if (p > 0.99) return "over 99\u00a0%";
  return `${Math.round(p * 100)}\u00a0%`;
}

export function interval(low: number | null | undefined, high: number | null | undefined): string {
  if (low === null || low === undefined || high === null || high === undefined) return "–";
  const [from, to] = [percent(low), percent(high)];
  return from === to ? from : `${from} to ${to}`;
}

export const epc = (value: number | null | undefined, digits = 0): string =>
  value === null || value === undefined ? "–" : value.toFixed(digits);

// Points of probability, signed with a true minus: "+4.2", "−11.0".
export const points = (value: number, digits = 1): string => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(digits);

export const count = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;

const at_utc = (day: string): Date => new Date(`${day}T00:00:00Z`);
const day_format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
const days = {
  short: day_format({ month: "short", day: "numeric" }),
  full: day_format({ weekday: "short", month: "short", day: "numeric", year: "numeric" }),
  plain: day_format({ month: "short", day: "numeric", year: "numeric" }),
};

export const day = (text: string | null | undefined, form: keyof typeof days = "plain"): string =>
  text ? days[form].format(at_utc(text)).replace(/ (?=\d)/, "\u00a0") : "–";

const DAY_MS = 86_400_000;
export const daysBetween = (from: string, to: string): number =>
  Math.round((at_utc(to).getTime() - at_utc(from).getTime()) / DAY_MS);
export const addDays = (from: string, n: number): string =>
  new Date(at_utc(from).getTime() + n * DAY_MS).toISOString().slice(0, 10);

export function inDays(from: string, to: string | null | undefined): string {
  if (!to) return "";
  const n = daysBetween(from, to);
  if (n === 0) return "today";
  return n > 0 ? `in ${count(n, "day")}` : `${count(-n, "day")} ago`;
}

// The school's day now.
export const today = (): string => new Intl.DateTimeFormat("en-CA", { timeZone: zone.value }).format(new Date());

export const dayOf = (moment: string): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone.value }).format(new Date(moment));

// "Nov 23, 2026, 4:39 AM CST"
export const moment = (text: string | null | undefined): string =>
  text
    ? new Intl.DateTimeFormat("en-US", {
        timeZone: zone.value,
        year: "numeric",
        month: "short",
        day: "numeric",
        hour: "numeric",
        minute: "2-digit",
        timeZoneName: "short",
      }).format(new Date(text))
    : "–";

export const clock = (at: Date): string =>
  new Intl.DateTimeFormat("en-US", { timeZone: zone.value, hour: "numeric", minute: "2-digit", timeZoneName: "short" }).format(at);

// snake_case codes that have no sentence of their own: "watch_until_worse" → "Watch until worse"
export const plainly = (code: string): string => {
  const text = code.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

export const nameOf = (student: { given_name: string; family_name: string }): string =>
  `${student.given_name} ${student.family_name}`;
