/*
 * Rows that do not move under a hand. While the pointer or the focus is in the list, a newer order waits; it is applied when
 * both have left, or when the person asks for it. What changed inside a row that keeps its place is shown at once.
 */
import { useEffect, useRef, useState } from "preact/hooks";

export interface Held<T> {
  rows: readonly T[];
  waiting: number; // rows that came, went or would move
  show: () => void;
  box: {
    onMouseEnter: () => void;
    onMouseLeave: () => void;
    onFocusCapture: () => void;
    onBlurCapture: (event: FocusEvent) => void;
  };
}

export function useHeld<T>(newest: readonly T[], key: (row: T) => string | number, question: string): Held<T> {
  const [order, setOrder] = useState<readonly (string | number)[]>([]);
  const [busy, setBusy] = useState({ pointer: false, focus: false });
  const asked = useRef("");
  const last = useRef(new Map<string | number, T>());
  const isBusy = busy.pointer || busy.focus;
  const wanted = newest.map(key);
  const now = new Map(newest.map((row) => [key(row), row]));
  const fresh = asked.current !== question; // another filter: another list
  const shownOrder = isBusy && !fresh && order.length > 0 ? order : wanted;

  useEffect(() => {
    asked.current = question;
    if (!isBusy || fresh || order.length === 0) setOrder(wanted);
  }, [isBusy, question, wanted.join()]);

  const rows = shownOrder.flatMap((id) => {
    const row = now.get(id) ?? last.current.get(id);
    return row === undefined ? [] : [row];
  });
  for (const [id, row] of now) last.current.set(id, row);

  const place = new Map(shownOrder.map((id, i) => [id, i]));
  const waiting = wanted.filter((id, i) => place.get(id) !== i).length || Math.max(0, shownOrder.length - wanted.length);
  return {
    rows,
    waiting,
    show: () => setOrder(wanted),
    box: {
      onMouseEnter: () => setBusy((was) => ({ ...was, pointer: true })),
      onMouseLeave: () => setBusy((was) => ({ ...was, pointer: false })),
      onFocusCapture: () => setBusy((was) => ({ ...was, focus: true })),
      onBlurCapture: (event) =>
        setBusy((was) => ({
          ...was,
          focus:
            event.currentTarget instanceof Node &&
            event.relatedTarget instanceof Node &&
            event.currentTarget.contains(event.relatedTarget),
        })),
    },
  };
}
