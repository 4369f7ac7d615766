/*
 * The one way to the server. Types come from the description that the daemon itself serves (schema.d.ts, made at build time).
 *
 *   const queue = await answer(api.GET("/queue", { params: { query: { limit: 50 } } }));
 *
 * Two refusals are not for the page that asked: a session that ended (401) and a proof that is too old (403 step_up_required).
 * Both wait here until the person has proved who they are in a dialog over the page, and then send the same request again: so
 * nothing that was being written is lost, and no page has to think of it. GET that cannot reach the server waits and tries
 * again; anything else fails at once and says so, for only the person knows whether it is still wanted. What makes something new is
 * sent with a key, and with the same one until it is answered: an answer that was lost, or a second press, makes no second thing.
 */
import createClient from "openapi-fetch";
import { away, givenUp, problemOf } from "./problem";
import type { paths } from "./schema";
import { BACKGROUND, csrf, gate, heard, heardFrom, reachable, type Proof } from "../state/session";

const RETRY_FIRST_MS = 500,
  RETRY_LONGEST_MS = 8000;

export { BACKGROUND };

const isOpen = (path: string) => /\/api\/v1\/(session|invitation|oidc)$/.test(path);

function stamped(request: Request): Request {
  if (request.method !== "GET" && csrf.value) request.headers.set("X-CSRF-Token", csrf.value);
  return request;
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

async function reach(request: Request): Promise<Response> {
  for (let wait = RETRY_FIRST_MS; ; wait = Math.min(2 * wait, RETRY_LONGEST_MS)) {
    try {
      const response = await fetch(stamped(request.clone()));
      reachable.value = response.status !== 503 || wait === RETRY_FIRST_MS;
      heardFrom(response);
      if (response.ok && !request.headers.has("X-Stepguard-Background")) heard.at = Date.now();
      const token = response.headers.get("X-CSRF-Token");
      if (token && request.method !== "GET") csrf.value = token; // of a look at the session: recognise() takes it, if it is ours
      if (response.status !== 503 || request.method !== "GET") return response;
      void response.body?.cancel(); // unread, it would hold one of the browser's few connections
    } catch (thrown) {
      if (request.signal.aborted) throw thrown;
      reachable.value = false;
      if (request.method !== "GET") throw away();
    }
    await pause(wait * (0.75 + Math.random() / 2), request.signal);
  }
}

async function proofWanted(response: Response, path: string): Promise<Proof | null> {
  if (response.status === 401 && !isOpen(path)) return "sign_in";
  if (response.status !== 403) return null;
  const { code, full } = (await problemOf(response)).is;
  if (code === "csrf") return "renew";
  return code !== "step_up_required" ? null : full ? "step_up_full" : "step_up";
}

const unanswered = new Map<string, string>(); // what was sent → its key
const hasSecrets = (path: string) => /\/api\/v1\/(session|invitation|me)\b/.test(path);

async function keyed(request: Request, path: string): Promise<(response: Response) => void> {
  if (request.method !== "POST" || hasSecrets(path) || !request.headers.get("Content-Type")?.includes("json"))
    return () => undefined;
  const what = `${path} ${await request.clone().text()}`;
  const key = unanswered.get(what) ?? crypto.randomUUID();
  unanswered.set(what, key);
  request.headers.set("Idempotency-Key", key);
  return (response) => response.status < 500 && unanswered.delete(what);
}

async function ask(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  const answered = await keyed(request, path);
  let sent = csrf.value;
  let response = await reach(request);
  for (let proof; (proof = await proofWanted(response, path)); response = await reach(request)) {
    void response.body?.cancel();
    if (!(await gate(proof, sent))) throw givenUp();
    sent = csrf.value;
  }
  answered(response);
  return response;
}

export const api = createClient<paths>({ baseUrl: "/api/v1", fetch: ask, credentials: "same-origin" });

export type Answered<T> = Promise<{ data?: T; error?: unknown; response: Response }>;
export type Json<T> = Exclude<NonNullable<T>, string>; // the description names text/csv too, which download() asks for

// The body, or the refusal as an exception.
export async function answer<T>(asked: Answered<T>): Promise<Json<T>> {
  const { data, error, response } = await asked;
  if (!response.ok)
    throw error ? await problemOf(new Response(JSON.stringify(error), { status: response.status })) : await problemOf(response);
  return data as Json<T>;
}

// A file: a list as CSV, or a paper, which the server has named. Asked for here rather than by a link, so that a proof that is too
// old opens the dialog and not a bare page.
export async function download(path: string, fileName?: string): Promise<void> {
  const response = await ask(new Request(`/api/v1${path}`, { headers: { Accept: "*/*" }, credentials: "same-origin" }));
  if (!response.ok) throw await problemOf(response);
  const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "");
  save(await response.blob(), fileName ?? named?.[1] ?? "stepguard");
}

export function save(content: Blob, fileName: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
