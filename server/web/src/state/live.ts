/*
 * One stream of events for the whole application: "something of this school changed". What changed is asked for by the
 * ordinary routes. A page in the background does not ask; it catches up when it is looked at again.
 *
 * A browser reopens a stream by itself after a drop, but not after a refusal: then we ask whether the session still stands,
 * and open it anew or show the dialog.
 */
import { effect } from "@preact/signals";
import { gate, reachable, session } from "./session";

const SETTLE_MS = 400; // a sync of fifty results is one change, not fifty
const REOPEN_MS = 3000;
const AWAY_MS = 5000; // a stream that only broke is open again by then

const listeners = new Set<() => void>();
let missed = false;
let settling = 0;

export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell() {
  if (document.visibilityState === "hidden") {
    missed = true;
    return;
  }
  missed = false;
  clearTimeout(settling);
  settling = window.setTimeout(() => listeners.forEach((listener) => listener()), SETTLE_MS);
}

document.addEventListener("visibilitychange", () => missed && tell());

let stream: EventSource | null = null;
let reopening = 0;
let dropped = false; // what happened meanwhile was not told: ask for everything
let silent = 0; // until a stream that broke counts as a server that is away

function heard() {
  clearTimeout(silent);
  silent = 0;
}

async function refused() {
  const response = await fetch("/api/v1/session", { headers: { "X-Stepguard-Background": "1" } }).catch(() => null);
  if (response) heard();
  void response?.body?.cancel();
  if (response?.status === 401) await gate("sign_in");
  reopening = window.setTimeout(open, REOPEN_MS);
}

function close() {
  clearTimeout(reopening);
  stream?.close();
  stream = null;
}

function open() {
  close();
  stream = new EventSource("/api/v1/events");
  stream.addEventListener("hello", () => {
    heard();
    reachable.value = true;
    if (dropped) tell();
    dropped = false;
  });
  stream.addEventListener("changed", tell);
  stream.addEventListener("ended", () => {
    close();
    void refused();
  });
  stream.addEventListener("error", () => {
    dropped = true;
    silent ||= window.setTimeout(() => (reachable.value = false), AWAY_MS);
    if (stream?.readyState === EventSource.CLOSED) void refused();
  });
}

// Open while somebody is signed in.
effect(() => {
  const who = session.value?.session.session_id;
  close();
  if (who !== undefined) open();
});
