/* A part of the page with a question of its own: its place and title are there before the answer is. */
import type { ComponentChildren } from "preact";
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
  if (read.data !== null) return <Shown read={read}>{children}</Shown>;
  return (
    <Panel id={id} title={title}>
      <Shown read={read} lines={6}>
        {children}
      </Shown>
    </Panel>
  );
}
