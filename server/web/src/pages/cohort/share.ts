/* What the charts of a class have in common: whom they are asked for, where their marks lead, how a hidden figure is said. */
import type { components } from "../../api/schema";
import { may, session } from "../../state/session";
import { day, moment, percent } from "../../ui/words";

type Schemas = components["schemas"];
export type Cohort = Schemas["Cohort"];
export type Effort = Schemas["CohortEffort"];
export type Areas = Schemas["CohortAreas"];
export type Exams = Schemas["CohortExams"];
export type Funnel = Schemas["CohortFunnel"];
export type Classes = Schemas["CohortClasses"];
export type StateCount = Schemas["CohortState"];

// Whom the page is about; both in the address.
export interface Asked {
  class_year?: string;
  track?: Schemas["Cohort"]["filter"]["track"] & string;
}

// A part of the figures is for who sees the records they are made of; figures alone are those of the whole school, for from two
// answers a third could be subtracted.
export const mayNarrow = (): boolean => session.value?.rights.records === "school";

export const REST_MS = 60_000; // figures of a class need not follow every sync

// The address of the students behind a figure; none for who may see figures and not records.
export const toStudents = (query: string | null | undefined): string | null =>
  query !== null && query !== undefined && may("records") ? `/students?${query}` : null;

export const classWords = (year: number | null): string => (year === null ? "no class known" : `class of ${year}`);
export const classOption = (year: number | null): string => (year === null ? "none" : String(year));

export const figure = (n: number): string => n.toLocaleString("en-US");
export const share = (part: number, whole: number): string =>
  part === whole ? "all" : part === 0 ? "none" : percent(part / whole);

export const HIDDEN = "hidden";
export const shown = (n: number | null): string | number => n ?? HIDDEN;

// A number of the table that leads to its students, where it may.
export const leading = (n: number | null, query: string | null): string | number | { is: string | number; to: string } => {
  const to = toStudents(query);
  return n === null ? HIDDEN : to && n > 0 ? { is: n, to } : n;
};

export const asOf = ({ last }: { first?: string | null; last: string | null }): string =>
  last ? `as of ${moment(last)}` : "nothing estimated yet";

export const week = (from: string, to: string): string =>
  from === to ? day(from, "short") : `${day(from, "short")} to ${day(to, "short")}`;

const QUARTILES_FROM = 4; // of fewer they say no more than the values do

export const quartiles = (
  of: { n: number | null; q1: number | null; median: number | null; q3: number | null },
  say: (value: number) => string,
): string => {
  if (of.median === null) return "not known";
  const around = of.q1 !== null && of.q3 !== null && (of.n ?? 0) >= QUARTILES_FROM;
  return say(of.median) + (around ? `, half of them between ${say(of.q1!)} and ${say(of.q3!)}` : "");
};
