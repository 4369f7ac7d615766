/* A class on paper: its figures, as the page Cohort has them, for a meeting. */
import { Link } from "wouter-preact";
import { api } from "../../api/client";
import { useRead } from "../../state/read";
import { searchOf, useQuery } from "../../state/url";
import { Choice } from "../../ui/field";
import { Files } from "../../ui/files";
import { Panel } from "../../ui/layout";
import { Shown } from "../../ui/states";
import { count } from "../../ui/words";

const tracks = [
  ["", "Any track"],
  ["us_md", "US MD"],
  ["us_do", "US DO"],
  ["non_us", "Outside the US"],
] as const;

export function ClassReport() {
  const [query, change] = useQuery();
  const cohort = useRead((init) => api.GET("/cohort", init), [], { live: false });
  const asked = { class_year: query.class_year, track: query.track };
  return (
    <Panel
      title="Class report"
      note="Where the class stands, readiness with the pass line, exams ahead, areas, and what came of who was flagged."
    >
      <Shown read={cohort} lines={3}>
        {(data) => {
          const chosen = data.classes.find((one) => String(one.class_year ?? "none") === query.class_year);
          return (
            <div class="stack">
              <form class="filters" aria-label="Whom it is about" onSubmit={(event) => event.preventDefault()}>
                <Choice
                  label="Class"
                  value={query.class_year ?? ""}
                  change={(class_year) => change({ class_year })}
                  options={[
                    ["", "All classes"],
                    ...data.classes.map(({ class_year }): [string, string] =>
                      class_year === null ? ["none", "No known class"] : [String(class_year), `Class of ${class_year}`],
                    ),
                  ]}
                />
                <Choice label="Track" value={query.track ?? ""} change={(track) => change({ track })} options={tracks} />
              </form>
              <p class="quiet">
                {chosen?.n !== null && chosen !== undefined && `${count(chosen.n, "student")} still to sit. `}
                The same figures, with links to students, are on <Link href={`/cohort${searchOf(asked)}`}>Cohort</Link>.
              </p>
              <Files of="Class report" at={(form) => `/reports/class/${form}${searchOf(asked)}`} />
            </div>
          );
        }}
      </Shown>
    </Panel>
  );
}
