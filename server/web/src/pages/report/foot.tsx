/* What the night rests on: what did not run, files that came, feeds, and who was told. */
import { Link } from "wouter-preact";
import { may } from "../../state/session";
import { Panel } from "../../ui/layout";
import { Shape } from "../../ui/mark";
import { count } from "../../ui/words";
import type { Brief } from "./headline";

export const DidNotRun = ({ of }: { of: Brief }) =>
  of.did_not_run.length === 0 ? null : (
    <section class="notice risk" aria-label="What did not run">
      <strong>{count(of.did_not_run.length, "thing")} did not run that night.</strong> What follows is without it.
      <ul>
        {of.did_not_run.map((line, i) => (
          <li key={i}>
            {line.text}
            {line.student_id && (
              <>
                {" "}
                <Link href={`/students/${encodeURIComponent(line.student_id)}`}>
                  {of.names[line.student_id] ?? line.student_id}
                </Link>
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );

const kinds: Record<string, readonly [one: string, many?: string]> = {
  brief: ["brief to a dean", "briefs to deans"],
  digest: ["digest to an adviser", "digests to advisers"],
  webhook: ["webhook", "webhooks"],
};

function toldWords(of: NonNullable<Brief["told"]>): string {
  if (of.length === 0) return "Nobody was told: mail is off, or nobody wants it.";
  return of
    .map(({ kind, n, sent, failed }) => {
      const open = n - sent - failed;
      const rest = [failed > 0 && `${failed} failed`, open > 0 && `${open} not sent yet`].filter(Boolean).join(", ");
      const [one, many] = kinds[kind] ?? [kind];
      return `${count(n, one, many)}${rest ? ` (${rest})` : ""}`;
    })
    .join(", ")
    .concat(".");
}

export const CameIn = ({ of }: { of: Brief }) =>
  of.imports.length === 0 && of.feeds.length === 0 && !of.told ? null : (
    <Panel title="What came in, and who was told">
      <ul class="lines plain">
        {of.feeds.map((feed, i) => (
          <li key={`feed/${i}`}>
            <span class={`mark plain ${feed.ok ? "track" : "risk"}`}>
              <Shape of={feed.ok ? "circle" : "triangle"} />
              {feed.ok ? "comes" : "silent"}
            </span>
            <span class="line-why">{feed.text}</span>
          </li>
        ))}
        {of.imports.map((line, i) => (
          <li key={`import/${i}`}>
            <span class="line-why">{line.text}</span>
          </li>
        ))}
        {of.told && (
          <li>
            <span class="line-why">
              <strong>Told:</strong> {toldWords(of.told)}{" "}
              {may("health") && of.told.length > 0 && <Link href={`/health?night=${of.night}#messages`}>How far each is</Link>}
            </span>
          </li>
        )}
      </ul>
    </Panel>
  );
