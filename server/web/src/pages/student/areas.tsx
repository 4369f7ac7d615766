/* Weak areas: how far each lies from the student's whole score, on how many items, and how sure one can be that it is weak. */
import { Panel } from "../../ui/layout";
import { Tag } from "../../ui/mark";
import { Empty } from "../../ui/states";
import { count, percent, points } from "../../ui/words";
import { type Estimate, Z80 } from "./data";

type Area = Estimate["areas"][number];

// "weak" is the engine's word and comes from its threshold; below it, how likely it is.
const words = (area: Area): { text: string; tone: string } =>
  area.weak
    ? { text: area.missed_again ? "weak again" : "weak", tone: "risk" }
    : area.p_weak >= 0.5
      ? { text: "may be weak", tone: "borderline" }
      : area.p_weak <= 0.1
        ? { text: "not weak", tone: "track" }
        : { text: "cannot say", tone: "unknown" };

export const weakest = (areas: readonly Area[]): Area[] =>
  [...areas].sort((a, b) => b.p_weak - a.p_weak || a.difference - b.difference);

const SHRUNK = "A few items say little, so each area is drawn towards the whole score.";
const SCALE_EPC = 30; // a bar's half stands for so much

function Spread({ of }: { of: Area }) {
  const place = (epc: number) => Math.min(100, Math.max(0, 50 + (epc / SCALE_EPC) * 50));
  const [low, high] = [place(of.difference - Z80 * of.difference_sd), place(of.difference + Z80 * of.difference_sd)];
  return (
    <span class="spread-bar" aria-hidden="true">
      <i style={{ insetInlineStart: `${low}%`, inlineSize: `${high - low}%` }} />
      <b style={{ insetInlineStart: `${place(of.difference)}%` }} />
    </span>
  );
}

export function AreaTable({ areas }: { areas: readonly Area[] }) {
  return (
    <table class="shares areas">
      <caption class="unseen">Areas, the weakest first, with their distance from the whole score</caption>
      <thead>
        <tr>
          <th scope="col">Area</th>
          <th scope="col">Distance from the whole score, EPC</th>
          <th scope="col" class="end">
            Right of items
          </th>
          <th scope="col">Weak, and how surely</th>
        </tr>
      </thead>
      <tbody>
        {areas.map((area) => (
          <tr key={`${area.axis}/${area.area}`}>
            <th scope="row">
              {area.name} <span class="quiet small">{area.axis}</span>
            </th>
            <td class="bar">
              <div class="bar-with">
                <Spread of={area} />
                <span class="small">
                  {points(area.difference, 0)} ± {(Z80 * area.difference_sd).toFixed(0)}
                </span>
              </div>
            </td>
            <td class="end">
              {area.correct} of {area.items} <span class="quiet small">{count(area.forms, "form")}</span>
            </td>
            <td class="whole">
              <Tag tone={words(area).tone}>{words(area).text}</Tag> <span class="quiet small">{percent(area.p_weak)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Areas({ of, name }: { of: Estimate; name: string }) {
  const areas = weakest(of.areas);
  const weak = areas.filter((area) => area.weak);
  return (
    <Panel
      title="Weak areas"
      bare
      note={
        areas.length === 0
          ? undefined
          : weak.length > 0
            ? `${weak.map((area) => area.name).join(", ")}: very likely below what passing needs. ${SHRUNK}`
            : `No area is surely weak. ${SHRUNK}`
      }
    >
      {areas.length === 0 ? (
        <Empty title="No sub-scores yet">
          {name} has logged no result with scores by system or discipline in the last months. Score reports of NBME forms have them;
          the student's client takes them in.
        </Empty>
      ) : (
        <AreaTable areas={areas} />
      )}
    </Panel>
  );
}
