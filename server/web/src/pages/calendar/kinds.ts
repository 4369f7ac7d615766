/* Kinds of dates, as the office says them; a letter and a tone for the small squares of the month. */
import type { paths } from "../../api/schema";

type Answer = paths["/calendar"]["get"]["responses"]["200"]["content"]["application/json"];
export type Entry = Answer["items"][number];
export type Count = Answer["days"][number];
export type Kind = Entry["kind"];

export const kinds: Record<Kind, { words: string; one: string; letter: string; tone: string }> = {
  last_safe_day: { words: "Last safe days", one: "Last safe day", letter: "L", tone: "risk" },
  exam: { words: "Exams", one: "Exam", letter: "E", tone: "accent" },
  deadline: { words: "School deadlines", one: "School deadline", letter: "D", tone: "borderline" },
  pass_due: { words: "To be passed by", one: "To be passed by", letter: "P", tone: "borderline" },
  permit_end: { words: "Permits that end", one: "Permit ends", letter: "W", tone: "borderline" },
  result_typical: { words: "Results, as a rule", one: "Result, as a rule", letter: "r", tone: "unknown" },
  result_expected: { words: "Results, at the latest", one: "Result, at the latest", letter: "R", tone: "unknown" },
  retake_from: { words: "Retakes allowed from", one: "Retake allowed from", letter: "A", tone: "unknown" },
  block_start: { words: "Clerkship blocks", one: "Clerkship block begins", letter: "B", tone: "unknown" },
};
