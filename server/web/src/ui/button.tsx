import "./button.css";
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { complain } from "../state/toast";

type Kind = "primary" | "plain" | "quiet" | "danger";

interface Props extends Omit<JSX.HTMLAttributes<HTMLButtonElement>, "onClick"> {
  kind?: Kind;
  act?: () => unknown; // may give a promise: busy until it is settled, and its refusal is shown
  disabled?: boolean;
  type?: "button" | "submit";
  busy?: boolean;
  children: ComponentChildren;
}

export function Button({ kind = "plain", act, busy, disabled, type = "button", children, ...rest }: Props) {
  const [running, setRunning] = useState(false);
  const isBusy = busy || running;
  const click = async () => {
    if (isBusy || !act) return;
    const done = act();
    if (!(done instanceof Promise)) return;
    setRunning(true);
    try {
      await done;
    } catch (thrown) {
      complain(thrown);
    } finally {
      setRunning(false);
    }
  };
  return (
    <button
      {...rest}
      type={type}
      class={`button ${kind} ${(rest.class as string) ?? ""}`}
      disabled={disabled}
      aria-busy={isBusy || undefined}
      onClick={() => void click()}
    >
      {children}
    </button>
  );
}

export const ButtonLink = ({ to, kind = "plain", children }: { to: string; kind?: Kind; children: ComponentChildren }) => (
  <Link href={to} class={`button ${kind}`}>
    {children}
  </Link>
);
