/*
 * One student, on one page that a committee could read from its head to its foot: where they stand, how they came there, why,
 * what is planned, who decided what, and who looked. Each part asks for what it shows; rights decide which parts there are.
 */
import "./student.css";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { PageHead, Panel } from "../../ui/layout";
import { Failed, Loading, Shown, Stale } from "../../ui/states";
import { nameOf, today } from "../../ui/words";
import { AccessPart } from "./access";
import { Areas } from "./areas";
import { CasePart } from "./case";
import { Clearance } from "./clearance";
import { standing, useStudent } from "./data";
import { Head } from "./head";
import { Pass } from "./pass";
import { Plan } from "./plan";
import { Readiness } from "./readiness";
import { Reasons } from "./reasons";
import { Results } from "./results";
import { Said } from "./said";
import { StudyPart } from "./study";
import { Timeline } from "./timeline";

const sections = [
  ["readiness", "Readiness"],
  ["pass", "P(pass)"],
  ["why", "Why"],
  ["areas", "Weak areas"],
  ["results", "Results"],
  ["study", "Study"],
  ["plan", "Plan and attempts"],
  ["clearance", "Clearance"],
  ["case", "Case and notes"],
  ["timeline", "Timeline"],
  ["access", "Who may see, who looked"],
] as const;
type SectionId = (typeof sections)[number][0];

const Part = ({ id, children }: { id: SectionId; children: ComponentChildren }) => (
  <div class="part" id={id} tabIndex={-1}>
    {children}
  </div>
);

// The part that is being read: the last one whose beginning has passed the upper third of the window.
function useInSight(): SectionId | null {
  const [at, setAt] = useState<SectionId | null>(null);
  useEffect(() => {
    const look = () => {
      const passed = sections.filter(
        ([id]) => (document.getElementById(id)?.getBoundingClientRect().top ?? Infinity) < innerHeight / 3,
      );
      setAt(passed.at(-1)?.[0] ?? null);
    };
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  return at;
}

function OnThisPage() {
  const at = useInSight();
  return (
    <nav class="on-this-page small" aria-label="On this page">
      <ul>
        {sections.map(([id, words]) => (
          <li key={id}>
            <a href={`#${id}`} aria-current={id === at ? "location" : undefined}>
              {words}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export default function StudentPage({ params }: { params: Record<string, string> }) {
  const student = params.student!;
  const read = useStudent(student);
  const looks = read.estimate.data?.looks;
  const results = useMemo(() => standing(read.results.data?.items ?? [], looks ?? []), [read.results.data, looks]);
  const linked = useMemo(() => new Set(results.map(({ result_id }) => result_id)), [results]);
  const page = read.page.data;
  if (!page)
    return read.page.state === "failed" && read.page.problem ? (
      <>
        <PageHead title={`Student ${student}`} />
        <Failed problem={read.page.problem} whole again={read.page.again} />
      </>
    ) : (
      <Loading lines={9} />
    );
  const name = page.student.student_id;
  const again = async () => {
    await Promise.all([
      read.page.again(),
      read.calendar.again(),
      read.clearance.again(),
      read.timeline.again(),
      read.estimate.again(),
    ]);
  };
  const events = read.timeline.data?.items ?? [];
  return (
    <div class="student">
      <div class="student-body stack">
        {read.page.state === "stale" && <Stale at={read.page.at} problem={read.page.problem} />}
        <Head of={page} life={read.life.data?.items ?? []} />
        <Part id="readiness">
          <Shown read={read.estimate} lines={8}>
            {(estimate) => (
              <Readiness
                estimate={estimate}
                results={results}
                calendar={read.calendar.data}
                events={events}
                dedicated={page.plan.dedicated_day ?? page.student.dedicated_start}
                name={name}
              />
            )}
          </Shown>
        </Part>
        <Part id="pass">
          <Panel title="P(pass)" bare>
            <Shown read={read.estimate} lines={6}>
              {(estimate) => (
                <>
                  <Pass student={student} estimate={estimate} calendar={read.calendar.data} name={name} />
                  <Said student={student} floor={estimate.floor} ceiling={estimate.ceiling} />
                </>
              )}
            </Shown>
          </Panel>
        </Part>
        <Part id="why">
          <Reasons assessment={page.assessment} linked={linked} name={name} />
        </Part>
        <Part id="areas">
          <Shown read={read.estimate} lines={3}>
            {(estimate) => <Areas of={estimate} name={nameOf(page.student)} />}
          </Shown>
        </Part>
        <Part id="results">
          <Shown read={read.results} lines={6}>
            {() => <Results student={student} results={results} />}
          </Shown>
        </Part>
        <Part id="study">
          <Shown read={read.results} lines={4}>
            {() => <StudyPart student={student} study={page.study} assessment={page.assessment} results={results} now={today()} />}
          </Shown>
        </Part>
        <Part id="plan">
          <Shown read={read.calendar} lines={5}>
            {(calendar) => <Plan student={student} calendar={calendar} life={read.life} again={again} />}
          </Shown>
        </Part>
        <Part id="clearance">
          <Shown read={read.clearance} lines={5}>
            {(clearance) => <Clearance student={student} clearance={clearance} again={again} />}
          </Shown>
        </Part>
        <Part id="case">
          <CasePart student={student} page={page} again={again} />
        </Part>
        <Part id="timeline">
          <Timeline events={events} loading={read.timeline.state === "loading"} more={!!read.timeline.data?.next} />
        </Part>
        <Part id="access">
          <AccessPart student={student} />
        </Part>
      </div>
      <OnThisPage />
    </div>
  );
}
