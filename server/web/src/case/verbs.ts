/*
 * What can be done to a case, as the office says it: one row a verb. Which of them a case allows now, and what each needs, comes
 * with the case itself (core.case_transitions() in the database decides); here are only words, keys and what stands in a form
 * before anybody typed.
 */
import { addDays, today } from "../ui/words";
import type { components } from "../api/schema";

export type Case = components["schemas"]["Case"];
export type CaseHead = components["schemas"]["CaseHead"];
export type CaseActed = components["schemas"]["CaseActed"];
export type CaseState = CaseHead["state"];

export interface VerbWords {
  words: string; // on the button
  key?: string; // on the queue
  done: string; // said afterwards, about a student's case
  ask?: string; // heading of its form; none where nothing is asked
  why?: string; // beneath it
}

export const verbs = {
  acknowledge: { words: "Acknowledge", key: "a", done: "Acknowledged" },
  start: { words: "Start work", done: "In progress" },
  take: { words: "Take it", key: "t", done: "Now yours" },
  assign: { words: "Assign", key: "o", done: "Assigned", ask: "Whose case is it?" },
  contact: {
    words: "Record contact",
    key: "c",
    done: "Contact recorded",
    ask: "Record a contact",
    why: "Any kind counts as having acted.",
  },
  snooze: {
    words: "Snooze",
    key: "s",
    done: "Snoozed",
    ask: "Snooze until",
    why: "The case comes back on that day, or at once when the student gets worse.",
  },
  watch: {
    words: "Watch",
    key: "w",
    done: "Watching",
    ask: "Watch until worse",
    why: "The case leaves the queue. It comes back when P(pass) falls by this much, or when a new rule fires.",
  },
  wake: { words: "Back to the queue", done: "Back in the queue" },
  follow_up: { words: "Follow up", done: "Follow-up set", ask: "Follow up on" },
  due: { words: "Due date", done: "Due date set", ask: "Due on" },
  note: { words: "Write a note", done: "Note written", ask: "Write a note" },
  task: { words: "Add a task", done: "Task added", ask: "Add a task" },
  plan: { words: "Add to the plan", done: "Added to the plan", ask: "Add to the plan" },
  hand_over: { words: "Hand over", done: "Handed over", ask: "Hand the case over" },
  hand_back: { words: "Hand back", done: "Handed back", ask: "Hand the case back" },
  resolve: {
    words: "Resolve",
    key: "r",
    done: "Resolved",
    ask: "Resolve the case",
    why: "It opens again by itself when a rule fires anew.",
  },
  reopen: { words: "Reopen", done: "Reopened", ask: "Reopen the case" },
  merge: {
    words: "Merge",
    done: "Merged",
    ask: "Merge into another case",
    why: "Notes, tasks and reasons go over to the other case.",
  },
} satisfies Record<string, VerbWords>;

export type Verb = keyof typeof verbs;
export const isVerb = (verb: string): verb is Verb => verb in verbs;

export const caseStates: Record<CaseState, { word: string; tone: string }> = {
  new: { word: "new", tone: "borderline" },
  acknowledged: { word: "acknowledged", tone: "unknown" },
  in_progress: { word: "in progress", tone: "unknown" },
  watching: { word: "watching", tone: "unknown" },
  regressed: { word: "regressed", tone: "risk" },
  escalating: { word: "escalating", tone: "risk" },
  resolved: { word: "resolved", tone: "track" },
  merged: { word: "merged", tone: "unknown" },
};

// What a form begins with: the answer most often given.
const SNOOZE_DAYS = 3,
  FOLLOW_UP_DAYS = 7,
  WORSE_POINTS = 5;

export const firstValues = (verb: Verb): Record<string, string> =>
  ({
    snooze: { until: addDays(today(), SNOOZE_DAYS) },
    watch: { delta_points: String(WORSE_POINTS) },
    contact: { channel: "email", outcome: "reached", on: today() },
    follow_up: { on: addDays(today(), FOLLOW_UP_DAYS) },
    note: { tier: "team" },
    plan: { kind: "study_plan", state: "proposed" },
  })[verb as string] ?? {};
