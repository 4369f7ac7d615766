/*
 * Filters, sorting and selection live in the address: a link shows somebody else (with the same rights) the same thing, and
 * "back" does what one expects. Changing a filter replaces the entry; opening something pushes one (that is what links do).
 */
import { useLocation, useSearch } from "wouter-preact";
import { useCallback, useMemo } from "preact/hooks";

export type Query = Record<string, string>;

export function searchOf(query: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== "" && value !== null && value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text ? `?${text}` : "";
}

export function useQuery(): [Query, (change: Record<string, string | number | null>) => void] {
  const search = useSearch();
  const [path, go] = useLocation();
  const query = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const change = useCallback(
    (some: Record<string, string | number | null>) =>
      go(path + searchOf({ ...Object.fromEntries(new URLSearchParams(location.search)), ...some }), { replace: true }),
    [go, path],
  );
  return [query, change];
}
