/*
 * A list that may be long: pages by cursor, fetched as the reader comes near their end, kept in order, asked for anew when
 * something changed. `total` is the server's count, so that a list of 20,000 is told as such before it is loaded.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { answer, type Answered, BACKGROUND } from "../api/client";
import { type Problem, problemFrom } from "../api/problem";
import { onChange } from "./live";
import type { Init } from "./read";

interface Page<T> {
  items: T[];
  next?: string | null;
  total?: number | null;
}
type Asked<T> = Answered<Page<T> | string>;

export interface List<T> {
  items: T[];
  total: number | null;
  next: string | null;
  state: "loading" | "ready" | "more" | "changed" | "stale" | "failed";
  problem: Problem | null;
  more: () => void;
  again: () => void;
}

type Held<T> = Omit<List<T>, "more" | "again">;
const none = (state: "loading" | "failed", problem: Problem | null) => ({ items: [], total: null, next: null, state, problem });

const PAGE_SIZE = 100;
const MORE_SIZE = 200; // the most that the API gives: whoever scrolls on, scrolls far
const MOST_RENEWED = 600; // rows; who has scrolled further is told that something changed, and asks when it suits them

// ask: one page; `page` holds limit and cursor and belongs into its query.
export function useList<T>(
  ask: (init: Init, page: { limit: number; cursor?: string }) => Asked<T>,
  deps: readonly unknown[],
): List<T> {
  const [held, setHeld] = useState<Held<T>>(none("loading", null));
  const running = useRef<AbortController | null>(null);
  const latest = useRef(ask);
  latest.current = ask;
  const shown = useRef(held);
  shown.current = held;
  const key = JSON.stringify(deps);
  const question = useRef(key); // that the rows are an answer to
  const isOverdue = useRef(false); // something changed while rows were on their way: they are waited for, then asked for anew
  const isOld = useRef(false); // something changed since, and there are too many rows to renew unasked

  // At least `count` rows from the beginning.
  const load = useCallback(
    async (count: number, headers: Record<string, string>) => {
      running.current?.abort();
      isOverdue.current = false;
      const controller = (running.current = new AbortController());
      try {
        let items: T[] = [];
        for (let cursor: string | undefined, page: Page<T>; ; cursor = page.next) {
          page = await answer(
            latest.current({ signal: controller.signal, headers }, { limit: PAGE_SIZE, ...(cursor && { cursor }) }),
          );
          if (controller.signal.aborted) return;
          items = items.concat(page.items);
          if (items.length >= count || !page.next) {
            question.current = key;
            isOld.current = false;
            setHeld({ items, total: page.total ?? items.length, next: page.next ?? null, state: "ready", problem: null });
            return;
          }
        }
      } catch (thrown) {
        if (controller.signal.aborted) return;
        const problem = problemFrom(thrown);
        const isOther = question.current !== key; // rows of another filter are no old rows of this one
        setHeld((was) =>
          isOther || !was.items.length || problem.isGone || problem.isForbidden
            ? none("failed", problem)
            : { ...was, problem, state: "stale" },
        );
      } finally {
        if (running.current === controller && !controller.signal.aborted) over.current();
      }
    },
    [key],
  );

  useEffect(() => {
    setHeld((was) => ({ ...was, state: "loading" }));
    void load(PAGE_SIZE, {});
    return () => running.current?.abort();
  }, [key, load]);

  useEffect(
    () =>
      onChange(() => {
        if (running.current) isOverdue.current = true;
        else renew.current();
      }),
    [load],
  );

  const renew = useRef(() => undefined as void);
  renew.current = () => {
    const rows = shown.current.items.length;
    isOld.current = rows > MOST_RENEWED;
    if (!isOld.current) void load(rows, BACKGROUND);
    else setHeld((was) => (was.state === "ready" ? { ...was, state: "changed" } : was));
  };
  const over = useRef(() => undefined as void);
  over.current = () => {
    running.current = null;
    if (!isOverdue.current) return;
    isOverdue.current = false;
    setTimeout(() => running.current || renew.current()); // once what came is shown
  };

  const more = useCallback(() => {
    const { state, next, items } = shown.current;
    if ((state !== "ready" && state !== "changed") || !next) return;
    setHeld((was) => ({ ...was, state: "more" }));
    if (running.current) return void load(items.length + PAGE_SIZE, {}); // these are being renewed: they and the next, in one go
    const controller = (running.current = new AbortController());
    answer(latest.current({ signal: controller.signal, headers: {} }, { limit: MORE_SIZE, cursor: next }))
      .then(
        (page) => {
          if (!controller.signal.aborted)
            setHeld({
              items: items.concat(page.items),
              total: page.total ?? null,
              next: page.next ?? null,
              state: isOld.current ? "changed" : "ready",
              problem: null,
            });
        },
        (thrown: unknown) => {
          if (!controller.signal.aborted) setHeld((was) => ({ ...was, state: "stale", problem: problemFrom(thrown) }));
        },
      )
      .finally(() => running.current === controller && !controller.signal.aborted && over.current());
  }, [load]);

  return { ...held, more, again: () => void load(Math.min(Math.max(shown.current.items.length, PAGE_SIZE), MOST_RENEWED), {}) };
}
