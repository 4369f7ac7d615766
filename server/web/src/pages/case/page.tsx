/* One case: who and why, what can be done, what was done. Two people may have it open: a change of the other's shows at once. */
import "../../case/case.css";
import { Link } from "wouter-preact";
import { api } from "../../api/client";
import { CaseDeeds } from "../../case/deeds";
import { CaseNotes } from "../../case/notes";
import { CaseReasons } from "../../case/reasons";
import { CaseTag } from "../../case/tag";
import { CaseTimeline } from "../../case/timeline";
import { resolutions } from "../../case/fields";
import { CaseContacts, CasePlan, CaseTasks } from "../../case/work";
import { useRead } from "../../state/read";
import { Facts, PageHead, Panel } from "../../ui/layout";
import { Tag, Urgency } from "../../ui/mark";
import { Shown } from "../../ui/states";
import { day, inDays, moment, nameOf, plainly, today } from "../../ui/words";

export default function CasePage({ params }: { params: Record<string, string> }) {
  const id = params.case ?? "";
  const read = useRead((init) => api.GET("/cases/{case}", { ...init, params: { path: { case: id } } }), [id]);
  return (
    <Shown read={read} lines={10} whole>
      {(is) => {
        const name = nameOf(is.student);
        return (
          <>
            <PageHead
              title={name}
              mark={
                <>
                  <CaseTag state={is.state} />
                  <Urgency is={is.severity} />
                  {is.overdue && <Tag tone="risk">overdue</Tag>}
                </>
              }
              note={
                <>
                  Case {is.case}, attempt {is.attempt}, class of {is.student.class_year}. You see it as {is.ground}.
                </>
              }
            >
              <Link class="button" href={`/students/${encodeURIComponent(is.student.student_id)}`}>
                Student’s page
              </Link>
            </PageHead>
            <div class="stack">
              <CaseDeeds of={is} again={read.again} />
              <Panel title="How it stands">
                <div class="stack">
                  <p>{is.state_why}</p>
                  <Facts
                    of={[
                      ["Owner", is.owner ? is.owner.name : "nobody"],
                      ...(is.held_for ? [["Held for", is.held_for.name] as const] : []),
                      ["Due", is.due_on ? `${day(is.due_on)}, ${inDays(today(), is.due_on)}` : "–"],
                      ["Last safe day", is.last_safe_on ? `${day(is.last_safe_on)}, ${inDays(today(), is.last_safe_on)}` : "–"],
                      ["Exam", is.exam_on ? `${day(is.exam_on)}, ${inDays(today(), is.exam_on)}` : "none planned"],
                      ["Follow up", day(is.follow_up_on)],
                      ...(is.snooze_until ? [["Snoozed until", day(is.snooze_until)] as const] : []),
                      ...(is.watch ? [["Watched", `until P(pass) falls by ${is.watch.delta_points} points`] as const] : []),
                      ...(is.resolution
                        ? [
                            [
                              "How it ended",
                              resolutions.find(([of]) => of === is.resolution)?.[1] ?? plainly(is.resolution),
                            ] as const,
                          ]
                        : []),
                      ["Last acted on", moment(is.acted_at)],
                    ]}
                  />
                </div>
              </Panel>
              <div class="columns">
                <div class="stack">
                  <Panel title="Why it is open">
                    <CaseReasons of={is.reasons} />
                  </Panel>
                  <CaseNotes of={is} again={read.again} />
                </div>
                <div class="stack">
                  <CaseContacts of={is} again={read.again} />
                  <CaseTasks of={is} again={read.again} />
                  <CasePlan of={is} again={read.again} />
                  <Panel title="What happened">
                    <CaseTimeline of={is.timeline} />
                  </Panel>
                </div>
              </div>
            </div>
          </>
        );
      }}
    </Shown>
  );
}
