/*
 * A night on one page, as it was kept then: what did not run first, since everything else rests on it; where students stand and
 * what of that changed; then the lists, a sentence a student, in the order the database gives them; charts; what came in and who
 * was told.
 */
import { Link } from "wouter-preact";
import { api } from "../../api/client";
import { useRead } from "../../state/read";
import { Files } from "../../ui/files";
import { PageHead } from "../../ui/layout";
import { Shown } from "../../ui/states";
import { day, moment } from "../../ui/words";
import { Ahead, Course } from "./charts";
import { CameIn, DidNotRun } from "./foot";
import { Headline } from "./headline";
import { Lists } from "./lists";
import "./report.css";

export default function Report({ params }: { params: Record<string, string> }) {
  const night = params.night!;
  const read = useRead((init) => api.GET("/reports/nights/{night}", { ...init, params: { path: { night } } }), [night], {
    live: false,
  });
  return (
    <Shown read={read} lines={12} whole>
      {(brief) => (
        <>
          <PageHead
            title={`Night of ${day(brief.night)}`}
            note={
              <>
                As of {moment(brief.as_of)}
                {brief.parameters && `, by parameters ${brief.parameters}`}.{" "}
                {brief.previous_night ? (
                  <>
                    Changes are since{" "}
                    <Link href={`/reports/nights/${brief.previous_night}`}>the night of {day(brief.previous_night)}</Link>.
                  </>
                ) : (
                  "There was no report before it."
                )}{" "}
                <Link href="/reports">All nights</Link>
                {brief.own && <span class="ground"> · Your own students, as they were found that night.</span>}
              </>
            }
          >
            <Files of={`The report of ${day(brief.night)}`} at={(form) => `/reports/nights/${night}/${form}`} />
          </PageHead>
          <div class="stack">
            <DidNotRun of={brief} />
            <Headline of={brief} />
            <Lists of={brief} />
            <div class="columns">
              <Course of={brief} />
              <Ahead of={brief} />
            </div>
            <CameIn of={brief} />
          </div>
        </>
      )}
    </Shown>
  );
}
