/* Status is shape + word + colour: any one of the three is enough. */
import "./mark.css";
import { type Severity, type State, states } from "./words";

const paths = {
  triangle: <path d="M8 1.5 15 14H1z" />,
  diamond: <path d="M8 .8 15.2 8 8 15.2.8 8z" />,
  circle: <circle cx="8" cy="8" r="6.7" />,
  dash: <path d="M1.5 6h13v4h-13z" />,
};

export const Shape = ({ of }: { of: keyof typeof paths }) => (
  <svg class="shape" viewBox="0 0 16 16" width="13" height="13" aria-hidden="true" focusable="false">
    {paths[of]}
  </svg>
);

export function Status({ state, large }: { state: State | null | undefined; large?: boolean }) {
  const is = states[state ?? "cannot_say"];
  return (
    <span class={`mark ${is.tone}${large ? " large" : ""}`}>
      <Shape of={is.shape} />
      {is.word}
    </span>
  );
}

const severities: Record<Severity, { word: string; tone: string; strokes: number }> = {
  urgent: { word: "urgent", tone: "risk", strokes: 3 },
  warning: { word: "warning", tone: "borderline", strokes: 2 },
  watch: { word: "watch", tone: "unknown", strokes: 1 },
  info: { word: "for information", tone: "unknown", strokes: 0 },
};

export function Urgency({ is }: { is: Severity }) {
  const { word, tone, strokes } = severities[is];
  return (
    <span class={`mark plain ${tone}`}>
      <svg class="shape" viewBox="0 0 16 16" width="13" height="13" aria-hidden="true" focusable="false">
        {[0, 1, 2].map((i) => (
          <path key={i} d={`M${1 + i * 5} ${11 - i * 4}h4V15h-4z`} class={i < strokes ? undefined : "faint"} />
        ))}
      </svg>
      {word}
    </span>
  );
}

/* A word in a box: states of cases, kinds, counts. Tone only supports what the word says. */
export const Tag = ({ children, tone = "unknown" }: { children: preact.ComponentChildren; tone?: string }) => (
  <span class={`mark tag ${tone}`}>{children}</span>
);
