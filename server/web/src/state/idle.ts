/*
 * A session ends after some minutes without a request. Somebody who types a long note sends none: so typing and clicking count,
 * and tell the server so once a minute. Who does nothing is warned in time, can stay with one key, and loses nothing if not.
 */
import { effect, signal } from "@preact/signals";
import { api, BACKGROUND } from "../api/client";
import { gate, heard, session, wanted } from "./session";

const TELL_MS = 60_000;
const LOOK_MS = 1000;
const MINUTE_MS = 60_000;

export const leftMs = signal<number | null>(null); // until the session ends by idleness, once that is near

async function stay(): Promise<void> {
  if (!session.value || wanted.value || Date.now() - heard.at < TELL_MS) return;
  await api.GET("/session", {}).catch(() => undefined);
}

for (const kind of ["keydown", "pointerdown"] as const)
  addEventListener(kind, () => void (leftMs.value === null && stay()), { passive: true });

export async function extend(): Promise<void> {
  const { data } = await api.POST("/session/extend", {});
  if (data && session.value)
    session.value = { ...session.value, session: (data as typeof session.value).session ?? session.value.session };
  leftMs.value = null;
}

// It may have been kept alive from another page of this browser: the server knows.
async function ended(): Promise<void> {
  const { response, data } = await api.GET("/session", { headers: BACKGROUND });
  if (response.status === 401) await gate("sign_in");
  else if (data) heard.at = Date.now();
}

effect(() => {
  const who = session.value;
  if (!who) return;
  const idle_ms = who.session.idle_min * MINUTE_MS,
    warn_ms = who.session.warning_min * MINUTE_MS;
  const timer = setInterval(() => {
    const left = Math.min(heard.at + idle_ms, Date.parse(who.session.expires_at)) - Date.now();
    leftMs.value = left < warn_ms && !wanted.value ? Math.max(left, 0) : null;
    if (left <= 0 && !wanted.value) void ended();
  }, LOOK_MS);
  return () => clearInterval(timer);
});
