/*
 * Keys of the whole application. Single letters work only where nothing is being typed and can be switched off (WCAG 2.1.4: on
 * the account page); each is written on the button that does the same.
 */
import { signal } from "@preact/signals";
import { undo } from "./state/toast";

export const keysOn = signal(!/(?:^|; )keys=off/.test(document.cookie));

export function switchKeys(on: boolean): void {
  keysOn.value = on;
  document.cookie = `keys=${on ? "on" : "off"}; Path=/; Max-Age=31536000; SameSite=Strict; Secure`;
}

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !(target instanceof HTMLInputElement && target.type === "checkbox");

// Listens to single keys until the answer is called.
export function onKeys(handlers: Record<string, (event: KeyboardEvent) => void>): () => void {
  const listen = (event: KeyboardEvent) => {
    if (
      !keysOn.value ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      typing(event.target) ||
      document.querySelector("dialog[open]")
    )
      return;
    const handler = handlers[event.key];
    if (!handler) return;
    event.preventDefault();
    handler(event);
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}

onKeys({ u: () => void undo(), U: () => void undo() });
