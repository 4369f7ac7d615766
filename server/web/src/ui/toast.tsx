import "./toast.css";
import { hold, release, toast, undo } from "../state/toast";
import { Button } from "./button";

/* Said politely for what was done, at once for what went wrong. `U` undoes from anywhere (keys.ts). */
export function Toasts() {
  const now = toast.value;
  return (
    <div
      class="toasts"
      aria-live={now?.tone === "problem" ? "assertive" : "polite"}
      onFocusCapture={hold}
      onBlurCapture={release}
      onMouseEnter={hold}
      onMouseLeave={release}
    >
      {now && (
        <div key={now.id} class={`toast ${now.tone}`}>
          <p>{now.text}</p>
          {now.undo && (
            <Button kind="quiet" act={undo}>
              Undo <kbd aria-hidden="true">U</kbd>
            </Button>
          )}
          <Button kind="quiet" act={() => (toast.value = null)} aria-label="Dismiss">
            ✕
          </Button>
        </div>
      )}
    </div>
  );
}
