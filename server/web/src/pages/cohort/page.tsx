/*
 * A class on one page: where it stands, how readiness is spread, work against readiness, strong and weak areas, the exams ahead,
 * what came of who was flagged, and how class years compare. The class is in the address; every mark leads to its students.
 */
import "./cohort.css";
import { useEffect } from "preact/hooks";
import { api } from "../../api/client";
import { useRead } from "../../state/read";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Choice } from "../../ui/field";
import { PageHead } from "../../ui/layout";
import { Empty, Shown } from "../../ui/states";
import { count } from "../../ui/words";
import { Areas } from "./areas";
import { Classes } from "./classes";
import { Effort } from "./effort";
import { Exams } from "./exams";
import { Funnel } from "./funnel";
import { Headline } from "./headline";
import { type Asked, classOption, classWords, type Cohort as Figures, mayNarrow, REST_MS } from "./share";
import { Passing, Readiness } from "./spread";

const tracks = [
  ["", "Any track"],
  ["us_md", "US MD"],
  ["us_do", "US DO"],
  ["non_us", "Outside the US"],
] as const;

const anchors = [
  ["states", "States"],
  ["readiness", "Readiness"],
  ["effort", "Work"],
  ["areas", "Areas"],
  ["exams", "Exams"],
  ["funnel", "Flagged to passed"],
  ["classes", "Class years"],
] as const;

export default function Cohort() {
  const [query, change] = useQuery();
  const asked: Asked = mayNarrow() ? { class_year: query.class_year || undefined, track: trackOf(query.track) } : {};
  const cohort = useRead((init) => api.GET("/cohort", { ...init, params: { query: asked } }), [asked], { restMs: REST_MS });
  const every = useRead(asked.class_year ? (init) => api.GET("/cohort", init) : null, [!asked.class_year], { live: false });
  const classes = (asked.class_year ? every.data : cohort.data)?.classes ?? [];
  useAnchor(cohort.data !== null);
  return (
    <>
      <PageHead title="Cohort" note={cohort.data && about(cohort.data, asked)}>
        <Button kind="quiet" act={() => print()}>
          Print
        </Button>
      </PageHead>
      <div class="stack cohort">
        <form class="filters" aria-label="Whom this page is about" onSubmit={(event) => event.preventDefault()}>
          {mayNarrow() && (
            <>
              <Choice
                label="Class"
                value={asked.class_year ?? ""}
                change={(class_year) => change({ class_year })}
                options={classOptions(classes, asked.class_year)}
              />
              <Choice label="Track" value={asked.track ?? ""} change={(track) => change({ track })} options={tracks} />
            </>
          )}
          <nav aria-label="On this page" class="anchors small">
            {anchors
              .filter(([id]) => id !== "effort" || hasPoints(cohort.data))
              .map(([id, words]) => (
                <a key={id} href={`#${id}`}>
                  {words}
                </a>
              ))}
          </nav>
        </form>
        <Shown read={cohort} lines={10}>
          {(data) => (data.n === 0 ? <Nobody of={data} /> : <Charts of={data} asked={asked} />)}
        </Shown>
      </div>
    </>
  );
}

// Points are students' own records: who sees figures alone has none.
const hasPoints = (of: Figures | null): boolean => mayNarrow() && of?.small_cell === null;

const Charts = ({ of, asked }: { of: Figures; asked: Asked }) => (
  <>
    <Headline of={of} />
    <div class="columns">
      <Readiness of={of} />
      <Passing of={of} />
    </div>
    {hasPoints(of) && <Effort asked={asked} />}
    <Areas asked={asked} />
    <Exams asked={asked} />
    <Funnel asked={asked} />
    <Classes asked={asked} />
  </>
);

const Nobody = ({ of }: { of: Figures }) =>
  of.students.every((stage) => stage.n === 0) ? (
    <Empty title="No students here yet">Nobody of this class and track is on the roster. An operator imports the roster.</Empty>
  ) : (
    <>
      <Headline of={of} />
      <Empty title="Nobody is still to sit">Everybody of this class has taken the exam.</Empty>
    </>
  );

const trackOf = (track: string | undefined): Asked["track"] =>
  track === "us_md" || track === "us_do" || track === "non_us" ? track : undefined;

const about = (of: Figures, asked: Asked): string =>
  [
    asked.class_year === undefined
      ? "all classes"
      : asked.class_year === "none"
        ? "students of no known class"
        : `class of ${asked.class_year.replaceAll(",", ", ")}`,
    tracks.find(([track]) => track && track === asked.track)?.[1],
    of.n === null ? null : `${count(of.n, "student")} still to sit`,
  ]
    .filter(Boolean)
    .join(" · ");

function classOptions(classes: Figures["classes"], chosen: string | undefined): [string, string][] {
  const options: [string, string][] = [
    ["", "All classes"],
    ...classes.map(({ class_year }): [string, string] => [classOption(class_year), classWords(class_year)]),
  ];
  return chosen === undefined || options.some(([value]) => value === chosen) ? options : [...options, [chosen, chosen]];
}

// An address with an anchor leads there once there is something to lead to.
function useAnchor(ready: boolean) {
  useEffect(() => {
    if (ready && location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [ready]);
}
