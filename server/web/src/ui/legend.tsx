/* What shapes and colours of a chart mean: in HTML, so that it grows with the text, and wraps. */
import type { ComponentChildren } from "preact";
import { Shape } from "./mark";
import { type State, states } from "./words";

export const Legend = ({ of }: { of: readonly (readonly [mark: ComponentChildren, words: ComponentChildren])[] }) => (
  <ul class="chart-legend small">
    {of.map(([mark, words], i) => (
      <li key={i}>
        {mark} {words}
      </li>
    ))}
  </ul>
);

export const Swatch = ({ fill, opacity = 1 }: { fill: string; opacity?: number }) => (
  <span class="swatch" aria-hidden="true" style={{ background: fill, opacity }} />
);

export const stateOrder: readonly State[] = ["at_risk", "borderline", "on_track", "cannot_say"];

export const StateLegend = ({
  more = [],
}: {
  more?: readonly (readonly [mark: ComponentChildren, words: ComponentChildren])[];
}) => (
  <Legend
    of={[
      ...stateOrder.map(
        (state) =>
          [
            <span class={`mark plain ${states[state].tone}`}>
              <Shape of={states[state].shape} />
            </span>,
            states[state].word,
          ] as const,
      ),
      ...more,
    ]}
  />
);
