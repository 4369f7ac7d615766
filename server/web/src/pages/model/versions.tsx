/* Sets of parameters: which is in force, since when, on what it was fitted and how it did on students it had not seen. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { useJob } from "../../state/job";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Facts, Panel } from "../../ui/layout";
import { Tag } from "../../ui/mark";
import { Computed } from "../../ui/progress";
import { Shown } from "../../ui/states";
import { count, moment } from "../../ui/words";
import { Preview } from "./preview";
import { Promote } from "./promote";

type Version = components["schemas"]["ModelVersion"];

const fittedOn = (of: NonNullable<Version["fitted_on"]>) =>
  `${count(of.students, "student")}, ${count(of.attempts, "attempt")}, ${of.failed} failed`;

export function Versions() {
  const read = useRead((init) => api.GET("/model/versions", init), []);
  const [query, change] = useQuery();
  const job = useJob(query.job);
  const [promoted, setPromoted] = useState<Version | null>(null);
  const preview = async (version: Version) => {
    const begun = await answer(api.POST("/model/versions/{version}/preview", { params: { path: { version: version.version } } }));
    change({ job: begun.job });
  };
  return (
    <Shown read={read}>
      {(data) => (
        <div class="stack">
          <p class="prose quiet">
            New sets come from <code>stepguardctl fit</code> on the school's own past classes. Before one is promoted, its effect on
            today's students is computed; the preview holds for {data.preview_hours} hours.
          </p>
          {query.job && (
            <Panel
              title="What would change"
              actions={
                <Button kind="quiet" act={() => change({ job: null })}>
                  Close
                </Button>
              }
            >
              <Computed read={job} of={`Computing ${job.data?.asked.version ?? ""}`}>
                {(done) => <Preview of={done} />}
              </Computed>
            </Panel>
          )}
          {data.items.map((version) => (
            <Panel
              key={version.version}
              title={version.version}
              note={version.note}
              actions={
                !version.in_force &&
                may("model") && (
                  <>
                    <Button act={() => preview(version)}>Who would change state?</Button>
                    {version.preview?.state === "done" && (
                      <Button kind="quiet" act={() => change({ job: version.preview!.job })}>
                        Last preview
                      </Button>
                    )}
                    <Button kind="primary" disabled={version.preview?.state !== "done"} act={() => setPromoted(version)}>
                      Promote
                    </Button>
                  </>
                )
              }
            >
              <div class="stack">
                {version.in_force && (
                  <p>
                    <Tag tone="track">in force</Tag>
                  </p>
                )}
                <Facts
                  of={[
                    ["Added", `${moment(version.added_at)}${version.added_by ? `, ${version.added_by}` : ""}`],
                    ["Fitted on", version.fitted_on ? fittedOn(version.fitted_on) : "not fitted here: the published set"],
                    [
                      "Held out",
                      version.held_out
                        ? `${count(version.held_out.predictions, "prediction")} in ${version.held_out.parts} parts`
                        : "–",
                    ],
                    ["Checksum", <code class="small">{version.sha256.slice(0, 16)}…</code>],
                  ]}
                />
                {version.held_out && <HeldOut of={version.held_out} />}
                {version.activations.length > 0 && (
                  <ul class="lines small">
                    {version.activations.map((step) => (
                      <li key={step.at}>
                        In force from {moment(step.at)}, by {step.by?.name ?? step.actor}
                        {step.replaced && `, in place of ${step.replaced}`}
                        {step.reason && `: ${step.reason}`}
                      </li>
                    ))}
                  </ul>
                )}
              </div>
            </Panel>
          ))}
          {promoted && (
            <Promote
              version={promoted.version}
              replaces={data.in_force ?? ""}
              close={() => setPromoted(null)}
              done={() => {
                setPromoted(null);
                void read.again();
              }}
            />
          )}
        </div>
      )}
    </Shown>
  );
}

const figure = (value: number | null, digits = 3) => (value === null ? "–" : value.toFixed(digits));

const HeldOut = ({ of }: { of: NonNullable<Version["held_out"]> }) => (
  <div class="table-wrap scroll" role="region" aria-label="On students not seen" tabIndex={0}>
    <table class="list">
      <caption class="unseen">On students that the fit had not seen</caption>
      <thead>
        <tr>
          {["On students not seen", "Log loss", "Brier", "AUC", "Slope", "Intercept"].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {of.rows.map((row) => (
          <tr key={row.of}>
            <th scope="row" data-label="">
              {row.of}
            </th>
            <td data-label="Log loss">{figure(row.log_loss)}</td>
            <td data-label="Brier">{figure(row.brier)}</td>
            <td data-label="AUC">{figure(row.auc)}</td>
            <td data-label="Slope">{figure(row.slope, 2)}</td>
            <td data-label="Intercept">{figure(row.intercept, 2)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
