/*
 * How many rows fit on a sheet. A sheet is as high as the paper and must not spill: what is optional on it is shortened, row by
 * row, until the rest fits, and says how much there is beyond it. Where the sheet is not laid out as paper (a narrow screen), the
 * number that fits in any case is taken.
 */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function useFit(most: number, sure: number, key: string): { sheet: { current: HTMLElement | null }; n: number } {
  const sheet = useRef<HTMLElement | null>(null);
  const [held, setHeld] = useState({ key, n: most });
  const n = held.key === key ? held.n : most;
  useLayoutEffect(() => {
    const at = sheet.current;
    if (!at) return;
    const isPaper = getComputedStyle(at).overflowY === "clip";
    const foot = at.lastElementChild!.getBoundingClientRect().bottom;
    const end = at.getBoundingClientRect().bottom - parseFloat(getComputedStyle(at).paddingBottom);
    const next = !isPaper ? Math.min(most, sure) : foot > end + 1 && n > 0 ? n - 1 : n;
    if (next !== n || held.key !== key) setHeld({ key, n: next });
  });
  return { sheet, n };
}
