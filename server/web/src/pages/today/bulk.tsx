/* The same thing for many: what is chosen, what can be done to all of it. */
import { useState } from "preact/hooks";
import { VerbForm } from "../../case/verb_form";
import { type Verb, verbs } from "../../case/verbs";
import type { Values, Which } from "../../case/act";
import { Button } from "../../ui/button";
import { count } from "../../ui/words";
import { askedOf } from "./keys";
import type { QueueRow } from "./row";

const bulkVerbs = ["acknowledge", "assign", "snooze", "watch"] as const satisfies readonly Verb[];

interface Props {
  rows: readonly QueueRow[];
  picked: ReadonlySet<number>;
  setPicked: (picked: ReadonlySet<number>) => void;
  send: (verb: Verb, which: readonly Which[], values: Values) => Promise<readonly number[]>;
}

export function BulkBar({ rows, picked, setPicked, send }: Props) {
  const [open, setOpen] = useState<Verb | null>(null);
  const which = rows.filter((row) => picked.has(row.case));
  const above = rows.filter((row) => row.above_line).map((row) => row.case);
  const run = async (verb: Verb, values: Values) => {
    const done = await send(verb, which, values);
    setPicked(new Set([...picked].filter((id) => !done.includes(id))));
  };
  return (
    <div class="bulk row no-print" role="group" aria-label="Selection">
      <span class="small quiet">{which.length ? `${count(which.length, "case")} selected` : "Nothing selected"}</span>
      {which.length === 0 ? (
        <Button kind="quiet" act={() => setPicked(new Set(above))} disabled={above.length === 0}>
          Select all above the line
        </Button>
      ) : (
        <>
          {bulkVerbs.map((verb) => (
            <Button key={verb} act={() => ("ask" in verbs[verb] ? setOpen(verb) : run(verb, {}))}>
              {verbs[verb].words}
            </Button>
          ))}
          <Button kind="quiet" act={() => setPicked(new Set())}>
            Clear
          </Button>
        </>
      )}
      {open && (
        <VerbForm
          verb={open}
          of={count(which.length, "case")}
          key_="queue/bulk"
          asked={askedOf(open)}
          send={(values) => run(open, values)}
          close={() => setOpen(null)}
        />
      )}
    </div>
  );
}
