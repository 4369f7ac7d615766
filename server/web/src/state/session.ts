/*
 * Who is signed in, and the gate that a request waits at when the server wants to know again.
 *
 *   none ── sign in ──> signed_in ── 401 ──> lapsed (dialog over the page) ── sign in again ──> signed_in
 *                          │                                    └── somebody else signs in: the page is loaded anew, empty
 *                          └── 403 step_up_required ──> proving (dialog) ──> signed_in
 *
 * Nothing about a person or a student is written to the browser's storage: drafts live in the page's memory.
 */
import { computed, signal } from "@preact/signals";
import type { components } from "../api/schema";

export type Session = components["schemas"]["Session"];
export type Proof = "sign_in" | "step_up" | "renew";
export type Right = keyof Session["rights"] & string;

export const session = signal<Session | null>(null);
export const csrf = signal("");
export const reachable = signal(true);
export const heard = { at: Date.now() }; // when the server last heard from the person (ms)
export const wanted = signal<"sign_in" | "step_up" | null>(null); // the dialog that stands open

let waiting: ((proved: boolean) => void)[] = [];
let renewing: Promise<boolean> | null = null;

export const zone = computed(() => session.value?.school.zone ?? "UTC");
export const may = (right: string | null): boolean =>
  right === null || (session.value !== null && right in (session.value.rights as Record<string, string>));

// Another page of this browser proved itself anew, and with it the session's token changed: ask for the new one, quietly.
async function renewed(): Promise<boolean> {
  const before = csrf.value;
  const response = await fetch("/api/v1/session", { credentials: "same-origin" }).catch(() => null);
  const token = response?.headers.get("X-CSRF-Token");
  if (!response?.ok || !token) return gate("sign_in");
  csrf.value = token;
  return token !== before;
}

// Waits until the person has proved who they are; false when they would not.
export function gate(proof: Proof): Promise<boolean> {
  if (proof === "renew") return (renewing ??= renewed().finally(() => (renewing = null)));
  if (proof === "sign_in" && session.value === null) return Promise.resolve(false); // nobody was: the sign-in page is shown
  wanted.value = proof === "sign_in" ? "sign_in" : (wanted.value ?? "step_up");
  return new Promise((resolve) => waiting.push(resolve));
}

export function proved(who: Session): void {
  if (session.value && session.value.staff_id !== who.staff_id) {
    location.reload(); // the page shows what only the one before may see
    return;
  }
  session.value = who;
  pass(true);
}

export function pass(yes: boolean): void {
  wanted.value = null;
  const all = waiting;
  waiting = [];
  for (const resolve of all) resolve(yes);
}
