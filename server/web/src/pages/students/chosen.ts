/*
 * Filters that no field of this page sets: another page's chart led here with them. Said in words above the list, so that one
 * knows what one is looking at, and taken away with the others.
 */
import type { Query } from "../../state/url";
import { plainly } from "../../ui/words";

const words: Record<string, (value: string) => string> = {
  adviser: (value) => `students of ${value}`,
};

const OWN = new Set(["q", "state", "class_year", "track", "status", "sort"]);

export function chosenElsewhere(query: Query): { filters: Query; words: string } {
  const filters = Object.fromEntries(Object.entries(query).filter(([name, value]) => !OWN.has(name) && value));
  return {
    filters,
    words: Object.entries(filters)
      .map(([name, value]) => words[name]?.(value) ?? `${plainly(name)} ${value}`)
      .join(", "),
  };
}
