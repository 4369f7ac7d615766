/* How many stood where that night, and what of it was other than the night before. */
import type { components } from "../../api/schema";
import { Panel } from "../../ui/layout";
import { Status } from "../../ui/mark";
import { stateOrder } from "../../ui/legend";
import { count, day, points } from "../../ui/words";

export type Brief = components["schemas"]["Brief"];

const change = (now: number, then: number, night: string): string =>
  now === then ? `as on ${night}` : `${points(now - then, 0)} since ${night}`;

export function Headline({ of }: { of: Brief }) {
  const { counts, before } = of;
  if (!counts) return null;
  const all = stateOrder.reduce((sum, state) => sum + counts[state], 0);
  return (
    <Panel title="Where they stand" note={standing(of)}>
      <ul class="tiles">
        {stateOrder.map((state) => (
          <li key={state}>
            <Status state={state} />
            <p class="tile-n">
              {counts[state]} {all > 0 && <span class="quiet">{Math.round((100 * counts[state]) / all)} %</span>}
            </p>
            {before && <p class="small quiet">{change(counts[state], before[state], day(of.previous_night, "short"))}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const standing = ({ students, assessed, waiting, capacity }: Brief): string =>
  [
    students !== null && count(students, "student"),
    assessed !== null && (assessed === students ? "all estimated that night" : `${assessed} estimated that night`),
    waiting !== null && `${waiting} in the queue`,
    capacity !== null && `the office can see ${capacity} a week`,
  ]
    .filter(Boolean)
    .join(" · ");
