/*
 * What a page shows, and how fresh it is.
 *
 *   const queue = useRead((init) => api.GET("/queue", { ...init, params: { query } }), [query]);
 *   queue.data        the last good answer, kept while a newer one is asked for
 *   queue.problem     why there is none, or why it is not the newest
 *   queue.state       "loading" nothing yet · "ready" · "refreshing" · "stale" shown, but could not be renewed · "failed"
 *   queue.again()     asks again (after a change of one's own)
 *
 * Each is asked again, in the background, when the server says that something of the school changed, and when the page comes
 * back into view; figures of a whole class so often at most as `restMs` says. Answers to what is no longer asked are thrown away;
 * one that is on its way is waited for, else nothing would ever be shown while much changes.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { answer, type Answered, BACKGROUND, type Json } from "../api/client";
import { type Problem, problemFrom } from "../api/problem";
import { onChange } from "./live";

export type Init = {
  signal: AbortSignal;
  headers: Record<string, string>;
};

export interface Read<T> {
  data: T | null;
  problem: Problem | null;
  state: "loading" | "ready" | "refreshing" | "stale" | "failed";
  at: Date | null;
  again: () => Promise<void>;
  renew: () => Promise<void>; // the same, but asked by the page: keeps no session alive
}

export function useRead<T>(
  ask: ((init: Init) => Answered<T>) | null,
  deps: readonly unknown[],
  options: { live?: boolean; restMs?: number } = {},
): Read<Json<T>> {
  const [held, setHeld] = useState<Omit<Read<Json<T>>, "again" | "renew"> & { key: string }>({
    data: null,
    problem: null,
    state: "loading",
    at: null,
    key: "",
  });
  const key = JSON.stringify(deps);
  const running = useRef<AbortController | null>(null);
  const isOverdue = useRef(false); // something changed while an answer was on its way: it is waited for, then asked for anew
  const latest = useRef(ask);
  latest.current = ask;

  const load = useCallback(
    async (headers: Record<string, string>) => {
      if (!latest.current) return;
      running.current?.abort();
      isOverdue.current = false;
      const controller = (running.current = new AbortController());
      setHeld((was) => {
        if (was.key !== key) return { ...was, data: null, state: "loading", key };
        if (was.data) return { ...was, state: "refreshing" };
        return was.state === "failed" && headers === BACKGROUND ? was : { ...was, state: "loading" }; // why not stays to be read
      });
      try {
        const data = await answer(latest.current({ signal: controller.signal, headers }));
        if (!controller.signal.aborted) setHeld({ data, problem: null, state: "ready", at: new Date(), key });
      } catch (thrown) {
        if (controller.signal.aborted) return;
        const problem = problemFrom(thrown);
        const isOver = problem.isGone || problem.isForbidden; // not this person's to see any more
        setHeld((was) => ({ ...was, ...(isOver && { data: null }), problem, state: was.data && !isOver ? "stale" : "failed" }));
      } finally {
        if (running.current === controller && !controller.signal.aborted) {
          running.current = null;
          if (isOverdue.current) void load(BACKGROUND);
        }
      }
    },
    [key],
  );

  useEffect(() => {
    void load({});
    return () => running.current?.abort();
  }, [load, ask === null]);

  useEffect(() => {
    if (options.live === false) return;
    let waiting = 0;
    const look = () => {
      if (running.current) isOverdue.current = true;
      else void load(BACKGROUND);
    };
    const stop = onChange(() => {
      if (!options.restMs) return look();
      waiting ||= window.setTimeout(() => ((waiting = 0), look()), options.restMs);
    });
    return () => {
      stop();
      clearTimeout(waiting);
    };
  }, [load, options.live, options.restMs]);

  return {
    ...held,
    data: held.key === key ? held.data : null,
    state: held.key === key ? held.state : "loading",
    again: () => load({}),
    renew: () => load(BACKGROUND),
  };
}
