/*
 * How instruments and their scores are said. Short names are those of the field; a school's own instrument is said by its code.
 * A score always goes with its unit: 54 EPC, 189 (three digits), 47.5 %.
 */
import { plainly, points } from "./words";

export type Scale = "epc" | "percent" | "three_digit" | "nbme800" | "cbse_old" | "own";

const names: Record<string, string> = {
  cbssa: "CBSSA",
  cbse: "CBSE",
  uwsa1: "UWSA 1",
  uwsa2: "UWSA 2",
  uwsa3: "UWSA 3",
  free120: "Free 120",
  free120_old: "Free 120, old",
  amboss_sa: "AMBOSS SA",
  qbank_uworld: "UWorld block",
  qbank_amboss: "AMBOSS block",
  qbank_kaplan: "Kaplan block",
  qbank_other: "Question block",
  school_exam: "School exam",
};

// "CBSSA 28", "CBSE B"; a form that is no more than its instrument is not said twice.
export const instrument = (code: string, form = ""): string => {
  const name = names[code] ?? plainly(code);
  return form && !name.toLowerCase().includes(form.toLowerCase()) ? `${name} ${form}` : name;
};

export const isBlock = (code: string): boolean => code.startsWith("qbank_");

const plain = (value: number): string => String(Math.round(value * 10) / 10);

const units: Record<Scale, (score: string) => string> = {
  epc: (score) => `${score} EPC`,
  percent: (score) => `${score} %`,
  three_digit: (score) => score,
  nbme800: (score) => `${score} of 800`,
  cbse_old: (score) => `${score} (old CBSE)`,
  own: (score) => `${score} (own scale)`,
};

export const score = (value: number, scale: Scale): string => units[scale](plain(value));

// "the student reported 62 EPC (−3.0)": beside an official result, of the same sitting.
export const reportedWords = (reported: { score: number; scale: Scale; difference: number | null }): string =>
  `the student reported ${score(reported.score, reported.scale)}` +
  (reported.difference ? ` (${points(reported.difference)})` : reported.difference === 0 ? ", the same" : "");
