/*
 * The lists of the night. Those with nobody in them are named in one line, so that what is there is seen; a long one shows its
 * beginning, which is its gravest part, and the rest on asking. Each line leads to its student.
 */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { CaseTag } from "../../case/tag";
import { Button } from "../../ui/button";
import { Panel } from "../../ui/layout";
import { Status, Urgency } from "../../ui/mark";
import { Empty } from "../../ui/states";
import type { Brief } from "./headline";

type List = Brief["lists"][number];
type Line = List["lines"][number];

const FIRST = 12; // lines of a list that are shown at once

export function Lists({ of }: { of: Brief }) {
  const some = of.lists.filter((list) => list.n > 0);
  const none = of.lists.filter((list) => list.n === 0);
  if (some.length === 0)
    return (
      <Empty title={of.own ? "Nothing about your students that night" : "Nothing to tell that night"}>
        Nobody stands in any of the lists.
      </Empty>
    );
  return (
    <>
      {some.map((list) => (
        <OneList key={list.code} list={list} names={of.names} />
      ))}
      {none.length > 0 && <p class="quiet">Nobody in: {none.map((list) => list.title).join(" · ")}.</p>}
    </>
  );
}

function OneList({ list, names }: { list: List; names: Brief["names"] }) {
  const [all, setAll] = useState(false);
  const lines = all ? list.lines : list.lines.slice(0, FIRST);
  return (
    <Panel id={list.code} title={`${list.title} (${list.n})`} note={list.means}>
      <ul class="lines">
        {lines.map((line, i) => (
          <OneLine key={`${line.student_id}/${i}`} line={line} name={names[line.student_id]} />
        ))}
      </ul>
      {list.lines.length > lines.length && (
        <p>
          <Button kind="quiet" act={() => setAll(true)}>
            Show {list.lines.length === list.n ? `all ${list.n}` : `the first ${list.lines.length} of ${list.n}`}
          </Button>
        </p>
      )}
      {list.cut && <p class="small quiet">This list was kept in part that night: some of your students may be missing in it.</p>}
      {all && list.n > list.lines.length && (
        <p class="small quiet">
          A report holds the first {list.lines.length} of a list; {list.n - list.lines.length} more were counted.
        </p>
      )}
    </Panel>
  );
}

const OneLine = ({ line, name }: { line: Line; name: string | undefined }) => (
  <li>
    <span class="line-who">
      <Link href={`/students/${encodeURIComponent(line.student_id)}`}>{name ?? line.student_id}</Link>
      {name && <span class="quiet small"> {line.student_id}</span>}
    </span>
    <span class="line-marks">
      {line.state && <Status state={line.state} />}
      {line.severity && <Urgency is={line.severity} />}
      {line.case && <CaseTag state={line.case} />}
    </span>
    <span class="line-why">{line.text}</span>
  </li>
);
