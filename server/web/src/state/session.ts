/*
 * Who is signed in, and the gate that a request waits at when the server wants to know again.
 *
 *   none ── sign in ──> signed_in ── 401 ──> lapsed (dialog over the page) ── sign in again ──> signed_in
 *                          │                                    └── somebody else signs in: the page is loaded anew, empty
 *                          │                                        (on another page of this browser too: they share the cookie)
 *                          └── 403 step_up_required ──> proving (dialog) ──> signed_in
 *
 * Nothing about a person or a student is written to the browser's storage: drafts live in the page's memory.
 */
import { computed, signal } from "@preact/signals";
import type { components } from "../api/schema";
import { forgetAll } from "./draft";

export type Session = components["schemas"]["Session"];
export type Proof = "sign_in" | "step_up" | "step_up_full" | "renew"; // full: password and code, to change either
export type Right = keyof Session["rights"] & string;

export const BACKGROUND = { "X-Stepguard-Background": "1" }; // asked by the page, not by the person: keeps no session alive

export const session = signal<Session | null>(null);
export const csrf = signal("");
export const reachable = signal(true);
export const heard = { at: Date.now(), skew_ms: 0 }; // when the server last heard from the person; how far its clock is ahead
export const wanted = signal<Exclude<Proof, "renew"> | null>(null); // the dialog that stands open

let waiting: ((proved: boolean) => void)[] = [];
const told: (() => void)[] = [];
export const onProved = (listener: () => void): unknown => told.push(listener);
let renewing: ReturnType<typeof recognise> | null = null;

export const zone = computed(() => session.value?.school.zone ?? "UTC");
export const may = (right: string | null): boolean =>
  right === null || (session.value !== null && right in (session.value.rights as Record<string, string>));
// Whether that right is for the whole school, and not for some students of it.
export const isOfSchool = (right: string): boolean =>
  (session.value?.rights as Record<string, string> | undefined)?.[right] === "school";

// The page shows what only the one before may see, and would say in the name of another what was written by them.
function isAnother(who: Session): boolean {
  if (!session.value || session.value.staff_id === who.staff_id) return false;
  forgetAll();
  location.reload();
  return true;
}

// Asks the server whether the session still stands and is still this person's: another page of this browser may have signed out,
// proved itself anew (which changes the session's token), or let somebody else in.
export async function recognise(headers: Record<string, string> = BACKGROUND): Promise<"same" | "another" | "ended" | "away"> {
  const response = await fetch("/api/v1/session", { headers, credentials: "same-origin" }).catch(() => null);
  if (response?.status === 401) return "ended";
  const who = response?.ok ? ((await response.json().catch(() => null)) as Session | null) : null;
  if (!response || !who) return "away";
  if (isAnother(who)) return "another";
  heardFrom(response);
  csrf.value = response.headers.get("X-CSRF-Token") ?? csrf.value;
  if (session.value && JSON.stringify(session.value) !== JSON.stringify(who)) session.value = who;
  return "same";
}

export function heardFrom(response: Response): void {
  const there = Date.parse(response.headers.get("Date") ?? "");
  if (there) heard.skew_ms = there - Date.now();
}

// The token that a request was sent with is not the session's any more: is there another?
async function renewed(sent: string): Promise<boolean> {
  if (csrf.value !== sent) return true;
  const found = await (renewing ??= recognise().finally(() => (renewing = null)));
  return found === "ended" ? gate("sign_in") : found === "same" && csrf.value !== sent;
}

// Waits until the person has proved who they are; false when they would not.
export function gate(proof: Proof, sent = ""): Promise<boolean> {
  if (proof === "renew") return renewed(sent);
  if (proof === "sign_in" && session.value === null) return Promise.resolve(false); // nobody was: the sign-in page is shown
  const asked = [wanted.value, proof];
  wanted.value = asked.includes("sign_in") ? "sign_in" : asked.includes("step_up_full") ? "step_up_full" : "step_up";
  return new Promise((resolve) => waiting.push(resolve));
}

export function proved(who: Session): void {
  if (isAnother(who)) return;
  session.value = who;
  pass(true);
  for (const listener of told) listener();
}

export function pass(yes: boolean): void {
  wanted.value = null;
  const all = waiting;
  waiting = [];
  for (const resolve of all) resolve(yes);
}
