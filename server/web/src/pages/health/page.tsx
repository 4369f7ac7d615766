/* Whether everything runs that should: each check a sentence, with what to do where something is to be done. */
import "./health.css";
import { api } from "../../api/client";
import type { components } from "../../api/schema";
import { useRead } from "../../state/read";
import { Facts, PageHead, Panel } from "../../ui/layout";
import { Shape } from "../../ui/mark";
import { Shown } from "../../ui/states";
import { clock, count, day, moment, plainly } from "../../ui/words";
import { Messages } from "./messages";

type Item = components["schemas"]["HealthItem"];
type State = Item["state"];

const states: Record<State, { words: string; tone: string; shape: "circle" | "diamond" | "triangle" }> = {
  fail: { words: "fails", tone: "risk", shape: "triangle" },
  warn: { words: "look at it", tone: "borderline", shape: "diamond" },
  ok: { words: "well", tone: "track", shape: "circle" },
};
const ORDER = Object.keys(states) as State[];

const names: Record<string, string> = {
  database: "Database",
  daemon: "Daemon",
  certificate_ca: "Certificate of the school's CA",
  certificate_student: "Certificate of the student port",
  certificate_office: "Certificate of the office",
  devices: "Students' devices",
  files_roster: "Roster files",
  files_plans: "Files of exam plans",
  files_official_scores: "Files of official scores",
  night: "Nightly run",
  estimates: "Estimates",
  jobs: "Computations",
  model: "Model",
  post: "Mail and webhooks",
  alert: "Open alert",
};

const Mark = ({ is }: { is: State }) => (
  <span class={`mark ${states[is].tone}`}>
    <Shape of={states[is].shape} />
    {states[is].words}
  </span>
);

const KIB = 1024;
const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
function bytes(n: number): string {
  const step = n === 0 ? 0 : Math.min(Math.floor(Math.log(n) / Math.log(KIB)), units.length - 1);
  return `${(n / KIB ** step).toFixed(step > 1 ? 1 : 0)} ${units[step]}`;
}

const figureWords = (name: string, value: string | number): string =>
  name === "bytes"
    ? bytes(Number(value))
    : name === "night" || name === "kept"
      ? day(String(value))
      : value.toLocaleString("en-US");

export default function Health() {
  const read = useRead((init) => api.GET("/health/summary", init), []);
  return (
    <>
      <PageHead
        title="Health"
        mark={read.data && <Mark is={read.data.state} />}
        note={read.at ? `As of ${clock(read.at)}. For machines there is /api/v1/health.` : undefined}
      />
      <div class="stack">
        <Shown read={read} lines={10}>
          {(data) => {
            const bad = data.items.filter((item) => item.state !== "ok").length;
            const sorted = [...data.items].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
            return (
              <div class="stack">
                <p>{bad === 0 ? "Everything runs that should." : `${count(bad, "thing")} to look at, first in the list.`}</p>
                <ul class="checks">
                  {sorted.map((item) => (
                    <li key={`${item.check}/${item.sentence}`}>
                      <Check of={item} />
                    </li>
                  ))}
                </ul>
              </div>
            );
          }}
        </Shown>
        <Messages />
      </div>
    </>
  );
}

function Check({ of }: { of: Item }) {
  const figures = Object.entries(of.figures).filter(
    (pair): pair is [string, string | number] => pair[1] !== null && pair[1] !== undefined,
  );
  return (
    <Panel title={names[of.check] ?? plainly(of.check)} actions={<Mark is={of.state} />}>
      <div class="stack">
        <p>{of.sentence}</p>
        {of.remedy && (
          <p>
            <strong>What to do:</strong> {of.remedy}
          </p>
        )}
        {(figures.length > 0 || of.at) && (
          <details>
            <summary class="small">Figures</summary>
            <Facts
              of={[
                ...(of.at ? [["When", moment(of.at)] as const] : []),
                ...figures.map(([name, value]) => [plainly(name), figureWords(name, value)] as const),
              ]}
            />
          </details>
        )}
      </div>
    </Panel>
  );
}
