/*
 * What this case allows now, as buttons: the usual ones in sight, the rest behind "More". Each opens its form, or is done at
 * once.
 */
import "./case.css";
import { useState } from "preact/hooks";
import { Button } from "../ui/button";
import { nameOf } from "../ui/words";
import { act } from "./act";
import { VerbForm } from "./verb_form";
import { type Case, isVerb, type Verb, verbs } from "./verbs";

const USUAL: readonly Verb[] = ["acknowledge", "take", "contact", "snooze", "watch", "wake", "resolve", "reopen"];
const ELSEWHERE: readonly Verb[] = ["note", "task", "plan"]; // have their own boxes

export function CaseDeeds({ of, again }: { of: Case; again: () => Promise<void> }) {
  const [open, setOpen] = useState<Verb | null>(null);
  const name = nameOf(of.student);
  const can = of.verbs.map(({ verb }) => verb).filter((verb): verb is Verb => isVerb(verb) && !ELSEWHERE.includes(verb));
  const run = (verb: Verb) => ("ask" in verbs[verb] ? setOpen(verb) : act(of, verb, {}, name, again));
  const buttons = (some: readonly Verb[]) =>
    some.map((verb, i) => (
      <Button key={verb} kind={i === 0 && some !== rest ? "primary" : "plain"} act={() => run(verb)}>
        {verbs[verb].words}
      </Button>
    ));
  const usual = USUAL.filter((verb) => can.includes(verb));
  const rest = can.filter((verb) => !USUAL.includes(verb));
  return (
    <div class="row deeds-of-case no-print" role="group" aria-label={`What to do about ${name}`}>
      {buttons(usual)}
      {rest.length > 0 && (
        <details class="more-deeds">
          <summary class="button quiet">More</summary>
          <div class="row">{buttons(rest)}</div>
        </details>
      )}
      {open && (
        <VerbForm
          verb={open}
          of={name}
          key_={`case/${of.case}`}
          asked={of.verbs.find(({ verb }) => verb === open)?.fields ?? []}
          send={(values) => act(of, open, values, name, again)}
          close={() => setOpen(null)}
        />
      )}
    </div>
  );
}
