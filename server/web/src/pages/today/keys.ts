/*
 * Triage by keyboard. J and K (or the arrows) walk the rows; a letter does to the row that has the focus what its button does;
 * Enter follows the name. The focus itself says which row is meant, so that a screen reader and an eye see the same.
 */
import { useEffect, useRef } from "preact/hooks";
import { onKeys } from "../../keys";
import { type Verb, verbs } from "../../case/verbs";
import { type QueueRow, rowVerbs } from "./row";

// What a verb asks for, where the whole case (which lists it) is not at hand.
const asked: Partial<Record<Verb, readonly string[]>> = {
  assign: ["to"],
  contact: ["channel", "outcome", "on", "sentence", "follow_up_on"],
  snooze: ["until"],
  watch: ["delta_points"],
  resolve: ["resolution", "sentence"],
};
export const askedOf = (verb: Verb): readonly string[] => asked[verb] ?? [];

export function useTriage(rows: readonly QueueRow[], ask: (verb: Verb, row: QueueRow) => void, again: () => Promise<void>) {
  const list = useRef<HTMLOListElement>(null);
  const latest = useRef({ rows, ask, again });
  latest.current = { rows, ask, again };

  useEffect(() => {
    const items = () => [...(list.current?.querySelectorAll<HTMLElement>("li.item") ?? [])];
    const at = () => items().findIndex((item) => item.contains(document.activeElement));
    const go = (step: number) => () => {
      const all = items();
      const next = all[Math.min(Math.max(at() + step, 0), all.length - 1)];
      next?.querySelector<HTMLElement>("a.name")?.focus();
    };
    const row = () => {
      const id = Number(items()[at()]?.dataset.case);
      return latest.current.rows.find((one) => one.case === id);
    };
    const byKey = Object.fromEntries(
      rowVerbs.map((verb) => [
        verbs[verb].key,
        () => {
          const on = row();
          if (on) latest.current.ask(verb, on);
        },
      ]),
    );
    const pick = () => items()[at()]?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
    return onKeys({ ...byKey, j: go(1), k: go(-1), x: pick, g: () => void latest.current.again() });
  }, []);
  return list;
}
