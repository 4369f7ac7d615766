/* A class on paper: its figures, as the page Cohort has them, for a meeting. */
import { Link } from "wouter-preact";
import { api } from "../../api/client";
import { useRead } from "../../state/read";
import { searchOf, useQuery } from "../../state/url";
import { Check, Choice } from "../../ui/field";
import { Files } from "../../ui/files";
import { Panel } from "../../ui/layout";
import { Empty, Shown } from "../../ui/states";

export function ClassReport() {
  const [query, change] = useQuery();
  const cohort = useRead((init) => api.GET("/cohort", init), [], { live: false });
  return (
    <Panel
      title="Class report"
      note="Where it stands, readiness with the pass line, exams ahead, areas, what came of who was flagged, classes before."
    >
      <Shown read={cohort} lines={3}>
        {(data) => {
          const years = data.classes.map(({ class_year }) => class_year).filter((year) => year !== null);
          const next = data.classes.find(({ class_year, n }) => class_year !== null && n !== 0)?.class_year; // to sit
          const year = years.find((one) => String(one) === query.class_year) ?? next ?? years.at(-1);
          if (year === undefined) return <Empty title="No class yet">Nobody on the roster has a class year.</Empty>;
          const whole = query.whole === "true";
          return (
            <div class="stack">
              <form class="filters" aria-label="Whom it is about" onSubmit={(event) => event.preventDefault()}>
                <Choice
                  label="Class"
                  value={String(year)}
                  change={(class_year) => change({ class_year })}
                  options={years.map((one) => [String(one), `Class of ${one}`] as const)}
                />
                <Check
                  label="With small figures"
                  hint="For inside the office: a figure of few students can give one away."
                  checked={whole}
                  change={(yes) => change({ whole: yes ? "true" : null })}
                />
              </form>
              <p class="quiet">
                Figures alone, nobody is named. With links to students they are on{" "}
                <Link href={`/cohort?class_year=${year}`}>Cohort</Link>.
              </p>
              <Files
                of={`Report of the class of ${year}`}
                at={(form) => `/reports/class/${form}${searchOf({ class_year: year, whole: whole ? "true" : null })}`}
              />
            </div>
          );
        }}
      </Shown>
    </Panel>
  );
}
