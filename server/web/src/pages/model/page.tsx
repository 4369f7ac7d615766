/* How good the estimate has been here, which parameters are in force, and what others would change. */
import { api } from "../../api/client";
import { useRead } from "../../state/read";
import { useQuery } from "../../state/url";
import { Choice } from "../../ui/field";
import { PageHead, Tabs } from "../../ui/layout";
import { Shown } from "../../ui/states";
import { Calibration } from "./calibration";
import { Versions } from "./versions";

const HORIZONS = ["7", "14", "28", "42"] as const;

export default function Model() {
  const [query, change] = useQuery();
  const tab = query.tab === "versions" ? "versions" : "calibration";
  const horizon = HORIZONS.find((days) => days === query.horizon) ?? "14";
  const by = query.by === "track" ? "track" : "class_year";
  const read = useRead((init) => api.GET("/model/calibration", { ...init, params: { query: { horizon, by } } }), [horizon, by]);
  return (
    <>
      <PageHead title="Model" note="Of those who were given so much, how many passed. The figures are this school's own." />
      <div class="stack">
        <div>
          <Tabs
            label="View"
            at={tab}
            of={[
              ["calibration", "How good it has been"],
              ["versions", "Parameters"],
            ]}
            to={(next) => change({ tab: next === "versions" ? next : null })}
          />
        </div>
        {tab === "versions" ? (
          <Versions />
        ) : (
          <>
            <form class="filters" aria-label="View" onSubmit={(event) => event.preventDefault()}>
              <Choice
                label="What was said so long before the exam"
                value={horizon}
                change={(days) => change({ horizon: days })}
                options={HORIZONS.map((days) => [days, `${days} days`] as const)}
              />
              <Choice
                label="Groups by"
                value={by}
                change={(group) => change({ by: group })}
                options={[
                  ["class_year", "Class"],
                  ["track", "Track"],
                ]}
              />
            </form>
            <Shown read={read} lines={8}>
              {(data) => <Calibration of={data} />}
            </Shown>
          </>
        )}
      </div>
    </>
  );
}
