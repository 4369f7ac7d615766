// What was just done, and a way back. One line at a time at the foot of the page, spoken once, there until it is answered or old.
import { signal } from "@preact/signals";
import { problemFrom } from "../api/problem";

export interface Toast {
  id: number;
  text: string;
  tone: "done" | "problem";
  undo?: () => Promise<void>;
}

const SHOWN_MS = 20_000; // long enough to read, to think, and to reach with a keyboard (WCAG 2.2.1); it stays while focused
let count = 0;
let timer = 0;

export const toast = signal<Toast | null>(null);

export function hold(): void {
  clearTimeout(timer);
}

export function release(): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => (toast.value = null), SHOWN_MS);
}

export function say(text: string, undo?: () => Promise<void>): void {
  toast.value = { id: ++count, text, tone: "done", ...(undo && { undo }) };
  release();
}

export function complain(thrown: unknown): void {
  const problem = problemFrom(thrown);
  toast.value = { id: ++count, text: [problem.message, problem.is.remedy].filter(Boolean).join(" "), tone: "problem" };
  hold();
}

export async function undo(): Promise<void> {
  const back = toast.value?.undo;
  toast.value = null;
  if (!back) return;
  try {
    await back();
    say("Undone.");
  } catch (thrown) {
    complain(thrown);
  }
}
