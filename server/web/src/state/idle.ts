/*
 * A session ends after some minutes without a request. Somebody who types a long note sends none: so typing and clicking count,
 * and tell the server so once a minute. Who does nothing is warned in time, can stay with one key, and loses nothing if not.
 */
import { effect, signal } from "@preact/signals";
import { api } from "../api/client";
import { gate, heard, recognise, session, wanted } from "./session";

const TELL_MS = 60_000;
const LOOK_MS = 1000;
const MINUTE_MS = 60_000;
const ASK_AGAIN_MS = 10_000; // while the server is away

export const leftMs = signal<number | null>(null); // until the session ends by idleness, once that is near

let asking = false; // one question at a time, however many keys are pressed while the server is away

async function look(headers?: Record<string, string>): Promise<void> {
  if (asking) return;
  asking = true;
  const found = await recognise(headers);
  if (found === "same") heard.at = Date.now();
  else if (found === "away") await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  asking = false;
  if (found === "ended") await gate("sign_in");
}

function stay(): void {
  if (session.value && !wanted.value && Date.now() - heard.at >= TELL_MS) void look({});
}

for (const kind of ["keydown", "pointerdown"] as const)
  addEventListener(kind, () => leftMs.value === null && stay(), { passive: true });

let warned = ""; // the end of a whole session that was told already: nothing puts it off, so it is said once

export async function extend(): Promise<void> {
  const { data } = await api.POST("/session/extend", {});
  if (data && session.value)
    session.value = { ...session.value, session: (data as typeof session.value).session ?? session.value.session };
  if (session.value) warned = session.value.session.expires_at;
  leftMs.value = null;
}

effect(() => {
  const who = session.value;
  if (!who) return;
  const idle_ms = who.session.idle_min * MINUTE_MS,
    warn_ms = who.session.warning_min * MINUTE_MS;
  const timer = setInterval(() => {
    const idle = heard.at + idle_ms - Date.now(),
      whole = Date.parse(who.session.expires_at) - (Date.now() + heard.skew_ms);
    const left = whole < warn_ms && warned === who.session.expires_at && whole > 0 ? idle : Math.min(idle, whole);
    leftMs.value = left < warn_ms && !wanted.value ? Math.max(left, 0) : null;
    if (left <= 0 && !wanted.value) void look(); // another page of this browser may have kept it alive: the server knows
  }, LOOK_MS);
  return () => clearInterval(timer);
});
