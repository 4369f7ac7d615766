/* The members of a verb's request, one row each: how each is asked for. The server's description has their bounds. */
export type FieldKind = "day" | "staff" | "number" | "line" | "text" | "choice";

export interface AskedField {
  label: string;
  kind: FieldKind;
  hint?: string;
  optional?: boolean;
  options?: readonly (readonly [value: string, words: string])[];
}

const channels = [
  ["email", "E-mail"],
  ["phone", "Phone"],
  ["video", "Video call"],
  ["in_person", "In person"],
  ["message", "Message"],
  ["letter", "Letter"],
  ["other", "Other"],
] as const;

const outcomes = [
  ["reached", "Reached"],
  ["met", "Met"],
  ["scheduled", "Meeting arranged"],
  ["left_message", "Left a message"],
  ["no_answer", "No answer"],
  ["no_show", "Did not come"],
  ["declined", "Declined"],
  ["wrong_address", "Wrong address"],
] as const;

export const resolutions = [
  ["ready", "Ready: nothing more to do"],
  ["plan_agreed", "A plan is agreed"],
  ["postponed", "The exam is postponed"],
  ["on_leave", "On leave"],
  ["referred", "Referred elsewhere"],
  ["no_contact", "Could not be reached"],
  ["not_needed", "Was not needed"],
  ["left", "Has left the school"],
] as const;

const tiers = [
  ["team", "Everybody with a ground to see the student"],
  ["owner", "The owner of the case and the dean"],
  ["dean", "The dean only"],
  ["student", "The student too: a message, shown by the student's own program"],
] as const;

const kinds = [
  ["study_plan", "Study plan"],
  ["tutoring", "Tutoring"],
  ["course", "Course"],
  ["postpone", "Postpone the exam"],
  ["leave", "Leave"],
  ["recovery", "Recovery plan after a failure"],
] as const;

const planStates = [
  ["proposed", "Proposed"],
  ["agreed", "Agreed with the student"],
  ["done", "Done"],
  ["dropped", "Dropped"],
] as const;

export const fields: Record<string, AskedField> = {
  until: { label: "Until", kind: "day" },
  to: { label: "To", kind: "staff" },
  delta_points: { label: "Points that P(pass) has to fall", kind: "number" },
  channel: { label: "How", kind: "choice", options: channels },
  outcome: { label: "What came of it", kind: "choice", options: outcomes },
  on: { label: "On", kind: "day" },
  follow_up_on: { label: "Follow up on", kind: "day", optional: true },
  sentence: { label: "In a sentence", kind: "text", optional: true, hint: "The student can read this." },
  text: { label: "Text", kind: "text", hint: "The student can read this." },
  tier: { label: "Who sees it", kind: "choice", options: tiers },
  title: { label: "What is to be done", kind: "line" },
  owner: { label: "By whom", kind: "staff", optional: true },
  due_on: { label: "By when", kind: "day", optional: true },
  kind: { label: "What", kind: "choice", options: kinds },
  state: { label: "State", kind: "choice", options: planStates },
  starts_on: { label: "From", kind: "day", optional: true },
  ends_on: { label: "Until", kind: "day", optional: true },
  resolution: { label: "How it ended", kind: "choice", options: resolutions },
  into: { label: "Number of the other case", kind: "number" },
};
