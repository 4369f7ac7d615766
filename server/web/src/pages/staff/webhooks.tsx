/* Where programs of others are told: of nights, urgent cases, escalations. Whether they answer, and why not. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { useList } from "../../state/list";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Check, errorOf, FormProblem, TextField } from "../../ui/field";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import { Once } from "../../ui/once";
import type { Column } from "../../ui/table";
import { count, moment } from "../../ui/words";

type Webhook = components["schemas"]["Webhook"];
type Event = Webhook["events"][number];

const events: Record<Event, string> = {
  night: "A night was reported on: its counts",
  urgent: "A case became urgent",
  escalation: "Nobody took a case on in time",
};
const states: Record<Webhook["status"], { words: string; tone: string }> = {
  on: { words: "on", tone: "track" },
  off: { words: "off", tone: "unknown" },
  failing: { words: "stopped", tone: "risk" },
};
const rowKey = (row: Webhook) => String(row.webhook_id);

export function Webhooks() {
  const list = useList<Webhook>((init, page) => api.GET("/webhooks", { ...init, params: { query: page } }), []);
  const [open, setOpen] = useState<Webhook | "new" | null>(null);
  const [made, setMade] = useState<string | null>(null);
  const turn = (row: Webhook, status: "on" | "off") => async () => {
    const params = { path: { webhook: String(row.webhook_id) } };
    await answer(api.PATCH("/webhooks/{webhook}", { params, body: { revision: row.revision, status } }));
    say(status === "on" ? "It is told again from now on." : "It is told nothing any more.");
    list.again();
  };
  const columns: readonly Column<Webhook>[] = [
    {
      id: "url",
      head: "Address",
      primary: true,
      cell: (row) => (
        <span class="break">
          {row.url}
          {row.about && <span class="small quiet"> {row.about}</span>}
        </span>
      ),
    },
    { id: "events", head: "Told of", cell: (row) => row.events.join(", ") },
    {
      id: "status",
      head: "State",
      cell: (row) => (
        <>
          <Tag tone={states[row.status].tone}>{states[row.status].words}</Tag>
          {row.status === "failing" && <span class="small quiet"> it failed {count(row.failures, "time")} in a row</span>}
        </>
      ),
    },
    { id: "ok", head: "Last taken", cell: (row) => (row.last_ok_at ? moment(row.last_ok_at) : "never") },
    {
      id: "failed",
      head: "Last refused",
      cell: (row) =>
        row.last_failed_at ? (
          <>
            {moment(row.last_failed_at)} <span class="small quiet">{row.last_reply}</span>
          </>
        ) : (
          "never"
        ),
    },
    {
      id: "act",
      head: "Actions",
      hideHead: true,
      cell: (row) => (
        <span class="row">
          <Button kind="quiet" act={() => setOpen(row)}>
            Change<span class="unseen"> {row.url}</span>
          </Button>
          <Button kind="quiet" act={turn(row, row.status === "on" ? "off" : "on")}>
            Switch {row.status === "on" ? "off" : "on"}
            <span class="unseen"> {row.url}</span>
          </Button>
        </span>
      ),
    },
  ];
  return (
    <div class="stack">
      <p class="prose quiet">
        A webhook is called with counts and a link into the office, never with names. Each call is signed (Standard Webhooks), so
        that the program knows that it comes from here.
      </p>
      <p>
        <Button kind="primary" act={() => setOpen("new")}>
          New webhook
        </Button>
      </p>
      <Listed
        list={list}
        label="Webhooks"
        columns={columns}
        rowKey={rowKey}
        empty={{ title: "No program is told", children: "A webhook lets a program of the school act on what Stepguard finds." }}
      />
      {open && (
        <WebhookForm
          of={open === "new" ? null : open}
          close={() => setOpen(null)}
          done={(secret) => (setOpen(null), setMade(secret), list.again())}
        />
      )}
      {made && (
        <Once title="The webhook's secret" secret={made} done={() => setMade(null)}>
          <p>The program checks the signature of each call with it. It is shown this one time.</p>
        </Once>
      )}
    </div>
  );
}

interface FormProps {
  of: Webhook | null;
  close: () => void;
  done: (secret: string | null) => void;
}

function WebhookForm({ of, close, done }: FormProps) {
  const [url, setUrl] = useState(of?.url ?? "");
  const [about, setAbout] = useState(of?.about ?? "");
  const [held, setHeld] = useState<readonly Event[]>(of?.events ?? ["night"]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    const body = { url, about, events: [...held] };
    try {
      if (of) {
        const params = { path: { webhook: String(of.webhook_id) } };
        await answer(api.PATCH("/webhooks/{webhook}", { params, body: { ...body, revision: of.revision } }));
        say("It is told as you said from now on.");
        done(null);
      } else done((await answer(api.POST("/webhooks", { body }))).secret);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title={of ? "Change a webhook" : "A webhook for a program"} close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <TextField
          label="Address"
          type="url"
          required
          hint="https, and without a name and password in it"
          value={url}
          change={setUrl}
          error={errorOf(problem, "url")}
        />
        <TextField label="What it is for" value={about} change={setAbout} error={errorOf(problem, "about")} />
        <fieldset>
          <legend class="field-label">What it is told</legend>
          {(Object.entries(events) as [Event, string][]).map(([event, words]) => (
            <Check
              key={event}
              label={words}
              checked={held.includes(event)}
              change={(yes) => setHeld(yes ? [...held, event] : held.filter((one) => one !== event))}
            />
          ))}
        </fieldset>
        <FormProblem problem={problem} fields={["url", "about"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={held.length === 0}>
            {of ? "Change it" : "Make the webhook"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
