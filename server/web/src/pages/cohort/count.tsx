/* A count that leads to its students; plain where there are none to see, a word where it is hidden. */
import type { ComponentChildren } from "preact";
import { Link } from "wouter-preact";
import { HIDDEN, toStudents } from "./share";

export function Count({ n, of, children }: { n: number | null; of: string | null; children?: ComponentChildren }) {
  const words = children ?? n?.toLocaleString("en-US");
  if (n === null) return <span class="quiet">{HIDDEN}</span>;
  const to = toStudents(of);
  return to && n > 0 ? <Link href={to}>{words}</Link> : <>{words}</>;
}
