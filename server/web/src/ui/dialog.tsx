/* The browser's own modal dialog: it traps focus, closes with Escape, and gives focus back to where it was. */
import "./dialog.css";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  title: string;
  close?: () => void; // none: it cannot be dismissed
  side?: boolean; // a panel at the edge, for what is worked on while the page stays in sight
  children: ComponentChildren;
}

export function Dialog({ title, close, side, children }: Props) {
  const id = useId();
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      dialog?.close(); // while it is open the page beneath takes no focus
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={side ? "side" : undefined}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close?.();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        {close && (
          <button type="button" class="button quiet" onClick={close} aria-label="Close">
            ✕
          </button>
        )}
      </div>
      <div class="stack">{children}</div>
    </dialog>
  );
}
