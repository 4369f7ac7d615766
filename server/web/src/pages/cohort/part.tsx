/*
 * A part of the page with a question of its own: its place and title are there before the answer is. While another answer of the
 * same part is awaited the last one stays, so that the control that asked for it keeps its place and the focus.
 */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { Read } from "../../state/read";
import { Panel } from "../../ui/layout";
import { Shown } from "../../ui/states";

interface Props<T> {
  id: string;
  title: string;
  read: Read<T>;
  children: (data: T) => ComponentChildren;
}

export function Part<T>({ id, title, read, children }: Props<T>) {
  const last = useRef<T | null>(null);
  if (read.data !== null) last.current = read.data;
  const kept = read.data ?? (read.state === "loading" ? last.current : null);
  if (kept !== null)
    return (
      <div class="part" aria-busy={read.state === "loading" || undefined}>
        <Shown read={{ ...read, data: kept }}>{children}</Shown>
      </div>
    );
  return (
    <Panel id={id} title={title}>
      <Shown read={read} lines={6}>
        {children}
      </Shown>
    </Panel>
  );
}
