/*
 * Two sheets for a committee, on A4 or Letter. What is seen is what is printed: the sheets are laid out in paper's measures, and
 * what would not fit is shortened and says so. Printed for anybody outside, it is a disclosure, and entered as one first.
 */
import "../student/student.css";
import "./packet.css";
import { useMemo, useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { may, session } from "../../state/session";
import { Button } from "../../ui/button";
import { Check } from "../../ui/field";
import { Files } from "../../ui/files";
import { PageHead } from "../../ui/layout";
import { Failed, Loading } from "../../ui/states";
import { moment, nameOf } from "../../ui/words";
import { standing, useStudent } from "../student/data";
import { Disclose } from "../../record/disclose";
import { SheetOne } from "./sheet_one";
import { SheetTwo } from "./sheet_two";

export default function Packet({ params }: { params: Record<string, string> }) {
  const student = params.student!;
  const read = useStudent(student);
  const [open, setOpen] = useState(false);
  const [given, setGiven] = useState<string | null>(null);
  const [redacted, setRedacted] = useState(false);
  const [made_at] = useState(() => moment(new Date().toISOString()));
  const looks = read.estimate.data?.looks;
  const results = useMemo(() => standing(read.results.data?.items ?? [], looks ?? []), [read.results.data, looks]);
  const all = [read.page, read.estimate, read.results, read.calendar, read.clearance, read.timeline];
  const failed = all.find((one) => one.state === "failed" && one.problem);
  if (failed?.problem)
    return (
      <>
        <PageHead title={`Packet: student ${student}`} />
        <Failed problem={failed.problem} whole again={() => Promise.all(all.map((one) => one.again()))} />
      </>
    );
  const [page, estimate, calendar, clearance, events] = [
    read.page.data,
    read.estimate.data,
    read.calendar.data,
    read.clearance.data,
    read.timeline.data,
  ];
  if (!page || !estimate || !calendar || !clearance || !events || !read.results.data) return <Loading lines={12} />;
  const name = nameOf(page.student);
  const made = {
    at: made_at,
    by: session.value?.name ?? "",
    ground: page.ground,
    school: session.value?.school.name ?? "",
    student: `${name}, ${page.student.student_id}`,
    given,
  };
  return (
    <div class="packet">
      <div class="no-print stack packet-bar">
        <PageHead
          title={`Packet: ${name}`}
          note={<Link href={`/students/${encodeURIComponent(student)}`}>Back to the student</Link>}
        >
          {may("disclose") && <Button act={() => setOpen(true)}>It leaves the office…</Button>}
          <Button act={() => window.print()}>Print</Button>
          <Files
            of={`Packet of ${name}`}
            at={(form) => `/students/${encodeURIComponent(student)}/packet/${form}${redacted ? "?redacted=true" : ""}`}
          />
        </PageHead>
        {may("export") && (
          <Check
            label="Files without the office's work"
            hint="No contacts, no case, no names of the school's people: for whom the result matters alone."
            checked={redacted}
            change={setRedacted}
          />
        )}
        <p class="prose quiet">
          {given ??
            "Two pages without notes, for use inside the office. If anybody outside the school gets them, enter that first."}
        </p>
      </div>
      <SheetOne page={page} estimate={estimate} results={results} calendar={calendar} events={events.items} made={made} />
      <SheetTwo page={page} estimate={estimate} results={results} calendar={calendar} clearance={clearance} made={made} />
      {open && (
        <Disclose
          title="It leaves the office"
          students={[student]}
          what={`Committee packet of ${name}, two pages, made ${made_at}`}
          close={() => setOpen(false)}
          done={(entry) => {
            setOpen(false);
            setGiven(
              `Given to ${entry.recipient}, ${entry.basis_words} (${entry.basis_source}); ledger number ${entry.disclosure_id}.`,
            );
          }}
        />
      )}
    </div>
  );
}
