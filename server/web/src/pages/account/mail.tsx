/* Which mail one wants. What is urgent comes in any case; and a school may send none at all. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { problemFrom } from "../../api/problem";
import { useRead } from "../../state/read";
import { complain, say } from "../../state/toast";
import { Check } from "../../ui/field";
import { Panel } from "../../ui/layout";
import { Shown } from "../../ui/states";

type Choice = components["schemas"]["MailChoice"];
type Kind = Choice["offered"][number];

const kinds: Record<Kind, { label: string; hint: string }> = {
  brief: { label: "The brief of each night", hint: "What changed in the school, as a list of counts and a link." },
  digest: { label: "A digest of your students", hint: "On nights on which something changed among them." },
  reminder: { label: "Reminders", hint: "When a follow-up of yours is due, or a case of yours runs out of time." },
};

export function Mail() {
  const read = useRead((init) => api.GET("/me/mail", init), [], { live: false });
  const [busy, setBusy] = useState(false);
  const change = (of: Choice, kind: Kind) => async (yes: boolean) => {
    if (busy) return;
    setBusy(true);
    try {
      await answer(api.PUT("/me/mail", { body: { revision: of.revision, [kind]: yes } }));
      say(yes ? `${kinds[kind].label}: it will come.` : `${kinds[kind].label}: it stays away.`);
    } catch (thrown) {
      complain(problemFrom(thrown));
    } finally {
      await read.again();
      setBusy(false);
    }
  };
  return (
    <Shown read={read} lines={3}>
      {(data) =>
        data.offered.length === 0 ? null : (
          <Panel
            title="Mail to you"
            note={
              data.mail_on
                ? data.mail_names
                  ? "Your school has students' names in its mail."
                  : "Counts and a link, no names."
                : "Your school sends no mail at present; this is for when it does."
            }
          >
            <div class="stack">
              {data.offered.map((kind) => (
                <Check
                  key={kind}
                  label={kinds[kind].label}
                  hint={kinds[kind].hint}
                  checked={data[kind]}
                  change={(yes) => void change(data, kind)(yes)}
                />
              ))}
              <p class="small quiet">What is urgent, and what nobody else took on, comes in any case.</p>
            </div>
          </Panel>
        )
      }
    </Shown>
  );
}
