/* Kinds of files and what becomes of an import, in words. */
import type { components } from "../../api/schema";

export type Import = components["schemas"]["Import"];
export type Kind = Import["kind"];

export const kinds: Record<Kind, { words: string; hint: string }> = {
  roster: {
    words: "Roster",
    hint: "students.csv: student_id, given_name, family_name, email, class_year; more columns are welcome.",
  },
  plans: { words: "Exam plans", hint: "exams.csv: who plans to sit when, permit windows, outcomes." },
  advisers: { words: "Adviser assignments", hint: "Who advises whom, from when until when. Who was made adviser here stays." },
  official_scores: { words: "Official scores", hint: "Results that a maker reported to the school, such as the CBSE." },
};

export const states: Record<Import["state"], { words: string; tone: string }> = {
  previewed: { words: "preview", tone: "borderline" },
  applied: { words: "applied", tone: "track" },
  undone: { words: "undone", tone: "unknown" },
  lapsed: { words: "lapsed", tone: "unknown" },
};
