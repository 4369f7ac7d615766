/*
 * Events: "something of this school changed". What changed is asked for by the ordinary routes. A page in the background does not
 * ask; it catches up when it is looked at again.
 *
 * One page of a browser listens, whichever holds the lock, and tells the others: a stream keeps one of the six connections that
 * a browser opens to a server, and with a page of its own for each of six students none would be left to ask with. What a page
 * hears that way is also whether the session ended, began again or became somebody else's, for they share its cookie.
 *
 * A browser reopens a stream by itself after a drop, but not after a refusal: then we ask whether the session still stands,
 * and open it anew or show the dialog.
 */
import { computed, effect } from "@preact/signals";
import { forgetAll } from "./draft";
import { gate, onProved, pass, reachable, recognise, session, wanted } from "./session";

const SETTLE_MS = 400; // a sync of fifty results is one change, not fifty
const REOPEN_MS = 3000;
const AWAY_MS = 5000; // a stream that only broke is open again by then
const LOCK = "stepguard-events";

type Word = "changed" | "session" | "away" | "there";

const pages = new BroadcastChannel("stepguard");
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

async function lookAtSession(): Promise<void> {
  if (!session.value) return;
  const found = await recognise();
  if (found === "ended") await gate("sign_in");
  else if (found === "same" && wanted.value === "sign_in") pass(true);
}

function hear(word: Word): void {
  if (word === "changed") tell();
  else if (word === "session") void lookAtSession();
  else reachable.value = word === "there";
}

function spread(word: Word): void {
  hear(word);
  pages.postMessage(word);
}

pages.onmessage = ({ data }: MessageEvent<Word>) => hear(data);
onProved(() => pages.postMessage("session" satisfies Word));

let stream: EventSource | null = null;
let reopening = 0;
let dropped = false; // what happened meanwhile was not told: ask for everything
let asked = Infinity; // when this page began to wait for its stream
let silent = 0; // until a stream that broke counts as a server that is away

function heard() {
  clearTimeout(silent);
  silent = 0;
}

async function refused() {
  const found = await recognise();
  if (found !== "away") heard();
  if (found === "ended") {
    pages.postMessage("session" satisfies Word);
    await gate("sign_in");
  }
  if (session.value && letGo) reopening = window.setTimeout(open, REOPEN_MS);
}

function close() {
  heard();
  clearTimeout(reopening);
  stream?.close();
  stream = null;
}

async function greeted() {
  heard();
  spread("there");
  dropped ||= performance.now() - asked > SETTLE_MS; // by another page till now, or it took long
  asked = Infinity;
  if (!dropped) return;
  dropped = false;
  if ((await recognise()) !== "another") spread("changed");
}

function open() {
  close();
  stream = new EventSource("/api/v1/events");
  stream.addEventListener("hello", () => void greeted());
  stream.addEventListener("changed", () => spread("changed"));
  stream.addEventListener("ended", () => {
    close();
    void refused();
  });
  stream.addEventListener("error", () => {
    dropped = true;
    silent ||= window.setTimeout(() => spread("away"), AWAY_MS);
    if (stream?.readyState === EventSource.CLOSED) void refused();
  });
}

let letGo: (() => void) | null = null; // of the lock, while this page has it

function listen(signal: AbortSignal): void {
  asked = performance.now();
  const turn = () =>
    new Promise<void>((resolve) => {
      letGo = resolve;
      open();
    });
  navigator.locks.request(LOCK, { signal }, turn).catch(() => undefined); // given up while it waited
}

const id = computed(() => session.value?.session.session_id);
const stop = effect(() => {
  if (id.value === undefined) return;
  const waiting = new AbortController();
  listen(waiting.signal);
  return () => {
    waiting.abort();
    close();
    letGo?.();
    letGo = null;
  };
});

// After signing out: a new page, so that nothing of the old one stays in memory.
export function leave(): void {
  stop();
  forgetAll();
  pages.postMessage("session" satisfies Word);
  location.assign("/sign-in");
}
