/* Who this is, where they stand, and which days matter: what has to be known before anything else on the page is read. */
import type { ComponentChildren } from "preact";
import { download } from "../../api/client";
import { ClearanceMark } from "../../record/clearance";
import { may } from "../../state/session";
import { Button, ButtonLink } from "../../ui/button";
import { Facts, PageHead } from "../../ui/layout";
import { Shape, Status, Tag } from "../../ui/mark";
import { count, day, dayOf, inDays, interval, moment, nameOf, percent, plainly, today } from "../../ui/words";
import { isNow, type LifeEvent, type StudentPage } from "./data";

export const tracks = { us_md: "US MD", us_do: "US DO", non_us: "non-US" } as const;

const Notice = ({ tone, title, children }: { tone: string; title: string; children: ComponentChildren }) => (
  <p class={`notice ${tone}`}>
    <strong>{title}</strong> {children}
  </p>
);

const standings = { active: null, leave: "on leave", inactive: "no longer active" } as const;

function examFact({ plan, calendar, attempts }: StudentPage): ComponentChildren {
  const last = attempts.at(-1);
  if (plan.passed) return <>passed{last?.taken_on && <>, taken {day(last.taken_on)}</>}</>;
  if (!plan.exam_day) return "none planned";
  const now = (calendar as { today?: string } | null)?.today ?? today();
  return (
    <>
      {day(plan.exam_day, "full")} <span class="quiet">{plan.taken ? "taken, result not known" : inDays(now, plan.exam_day)}</span>
    </>
  );
}

function safeFact({ plan, calendar }: StudentPage): ComponentChildren {
  const coming = calendar as { last_safe_on?: string | null; today?: string } | null;
  if (plan.passed || plan.taken) return "–";
  if (!coming?.last_safe_on) return <span class="quiet">no date is at stake</span>;
  return (
    <>
      {day(coming.last_safe_on, "full")} <span class="quiet">{inDays(coming.today ?? today(), coming.last_safe_on)}</span>
    </>
  );
}

export function Notices({ of, life }: { of: StudentPage; life: readonly LifeEvent[] }) {
  const { student, plan, assessment } = of;
  return (
    <>
      {student.stale && (
        <Notice tone="borderline" title="The estimate is behind.">
          Data have come that it does not know yet; it is renewed within minutes. It stands as of {moment(assessment?.as_of)}.
        </Notice>
      )}
      {student.status !== "active" && (
        <Notice tone="unknown" title={student.status === "leave" ? "On leave." : "No longer active."}>
          {student.status === "leave"
            ? "Rules about pace and silence keep quiet until the leave is over."
            : "The record is kept; no rules are run."}
        </Notice>
      )}
      {life
        .filter((event) => isNow(event, today()))
        .map((event) => (
          <Notice
            key={event.event}
            tone="unknown"
            title={`${plainly(event.kind)} since ${day(event.starts_on)}${event.ends_on ? `, until ${day(event.ends_on)}` : ""}.`}
          >
            {event.mutes.length > 0 && `Kept quiet meanwhile: ${event.mutes.map(plainly).join(", ").toLowerCase()}.`}
          </Notice>
        ))}
      {plan.passed && (
        <Notice tone="track" title="Passed.">
          {plan.failures > 0 ? `After ${count(plan.failures, "failed attempt")}. ` : ""}What follows is the record.
        </Notice>
      )}
      {!plan.passed && plan.failures > 0 && (
        <Notice tone="risk" title={`${count(plan.failures, "failed attempt")}.`}>
          Last taken on {day(plan.last_failed_day)}; attempt {plan.attempt} comes next. <a href="#case">The recovery plan</a> stands
          with the case.
        </Notice>
      )}
      {!student.enrolled_at && (
        <Notice tone="unknown" title="No device is enrolled.">
          Only what the office itself has loaded is known.
          {student.invited_at && ` A code was issued on ${day(dayOf(student.invited_at))}.`}
        </Notice>
      )}
    </>
  );
}

export function Head({ of, life }: { of: StudentPage; life: readonly LifeEvent[] }) {
  const { student, assessment, plan } = of;
  const standing = standings[student.status];
  return (
    <>
      <PageHead
        title={nameOf(student)}
        mark={
          <>
            {assessment && !plan.passed && <Status state={assessment.state} large />}
            {plan.passed && (
              <span class="mark track large">
                <Shape of="circle" /> passed
              </span>
            )}
            {standing && <Tag>{standing}</Tag>}
          </>
        }
        note={
          <>
            {student.student_id} · {student.class_year ? `class of ${student.class_year}` : "no class year"} ·{" "}
            {tracks[student.track]}
            {student.adviser_email && <> · adviser {student.adviser_email}</>}
            <span class="ground"> · You see this as {of.ground}.</span>
          </>
        }
      >
        <ButtonLink to={`/students/${encodeURIComponent(student.student_id)}/packet`}>Committee packet</ButtonLink>
        {may("export") && (
          <Button act={() => download(`/students/${encodeURIComponent(student.student_id)}/packet/pdf`)}>
            Packet as PDF<span class="unseen"> of {nameOf(student)}</span>
          </Button>
        )}
      </PageHead>
      <div class="head-facts">
        <Facts
          of={[
            [plan.attempt > 1 ? `Exam, attempt ${plan.attempt}` : "Exam", examFact(of)],
            ["Last safe day", safeFact(of)],
            ["Clearance", <ClearanceMark state={of.clearance} />],
            [
              "P(pass)",
              assessment?.p !== null && assessment ? (
                <>
                  <strong class="number">{percent(assessment.p)}</strong>{" "}
                  <span class="quiet">{interval(assessment.p_low, assessment.p_high)}</span>
                </>
              ) : (
                "no estimate yet"
              ),
            ],
            [
              "Last check",
              assessment?.last_check_at
                ? `${day(dayOf(assessment.last_check_at))} (${inDays(today(), dayOf(assessment.last_check_at))})`
                : "none",
            ],
            ["Last sync", student.last_sync_at ? moment(student.last_sync_at) : "never"],
          ]}
        />
      </div>
      <Notices of={of} life={life} />
    </>
  );
}
