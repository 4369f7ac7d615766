/*
 * What somebody is writing outlives the form that they write it in: kept by name in the page's memory until it is sent or
 * thrown away, so that a closed panel, an ended session or a conflict loses nothing. Never in the browser's storage. Leaving
 * the page with a draft asks first.
 */
import { signal, type Signal } from "@preact/signals";

const drafts = new Map<string, Signal<string>>();

export function draft(name: string): Signal<string> {
  let held = drafts.get(name);
  if (!held) drafts.set(name, (held = signal("")));
  return held;
}

export function forget(name: string): void {
  const held = drafts.get(name);
  if (held) held.value = "";
}

export function forgetAll(): void {
  for (const held of drafts.values()) held.value = "";
}

export const hasDrafts = (): boolean => [...drafts.values()].some((held) => held.value.trim());

addEventListener("beforeunload", (event) => {
  if (hasDrafts()) event.preventDefault();
});
