/* Tokens of programs: what each may read, until when, whether it still works and why not. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Check, errorOf, FormProblem, TextField } from "../../ui/field";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import { Once } from "../../ui/once";
import type { Column } from "../../ui/table";
import { moment } from "../../ui/words";

type Token = components["schemas"]["Token"];
type Scope = Token["scopes"][number];

const scopes: Record<Scope, string> = {
  records: "Read estimates, results and cases",
  cohort: "Read figures of classes",
  model_read: "Read the model's figures",
  export: "Take lists out as files",
  roster: "Read the roster",
  trail: "Read who saw what",
  settings_read: "Read settings",
  colleagues: "Read names of staff",
};
const DAYS = 90;
const tones = { active: "track", revoked: "unknown", expired: "unknown", stopped: "borderline" } as const;
const rowKey = (row: Token) => String(row.token_id);

export function Programs() {
  const list = useList<Token>((init, page) => api.GET("/tokens", { ...init, params: { query: page } }), []);
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<{ name: string; token: string } | null>(null);
  const revoke = (row: Token) => async () => {
    await answer(api.DELETE("/tokens/{token}", { params: { path: { token: String(row.token_id) } } }));
    say(`${row.name} is revoked.`);
    list.again();
  };
  const columns: readonly Column<Token>[] = [
    { id: "name", head: "Program", primary: true, cell: (row) => row.name },
    {
      id: "scopes",
      head: "May",
      cell: (row) => row.scopes.map((scope) => (row.stopped_scopes.includes(scope) ? `${scope} (stopped)` : scope)).join(", "),
    },
    { id: "state", head: "State", cell: (row) => <Tag tone={tones[row.state]}>{row.state}</Tag> },
    { id: "by", head: "Made by", cell: (row) => row.created_by?.name ?? "–" },
    { id: "until", head: "Until", cell: (row) => moment(row.expires_at) },
    { id: "used", head: "Last used", cell: (row) => moment(row.last_used_at) },
    {
      id: "act",
      head: "Actions",
      hideHead: true,
      cell: (row) =>
        row.state === "revoked" || row.state === "expired" ? null : (
          <Button kind="quiet" act={revoke(row)}>
            Revoke<span class="unseen"> {row.name}</span>
          </Button>
        ),
    },
  ];
  return (
    <div class="stack">
      <p class="prose quiet">
        A token lets a program ask what you may ask yourself, within its scopes. It stops when you lose the right or leave.
      </p>
      <p>
        <Button kind="primary" act={() => setOpen(true)}>
          New token
        </Button>
      </p>
      <Listed list={list} label="Tokens" columns={columns} rowKey={rowKey} empty={{ title: "No program has a token" }} />
      {open && (
        <NewToken close={() => setOpen(false)} done={(name, token) => (setOpen(false), setMade({ name, token }), list.again())} />
      )}
      {made && (
        <Once title={`The token of ${made.name}`} secret={made.token} done={() => setMade(null)}>
          <p>It is sent as “Authorization: Bearer …”. Keep it where the program keeps its secrets.</p>
        </Once>
      )}
    </div>
  );
}

function NewToken({ close, done }: { close: () => void; done: (name: string, token: string) => void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState(String(DAYS));
  const [held, setHeld] = useState<readonly Scope[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      const { token } = await answer(api.POST("/tokens", { body: { name, scopes: [...held], days: Number(days) } }));
      done(name, token);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title="A token for a program" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <TextField label="Name of the program" required value={name} change={setName} error={errorOf(problem, "name")} />
        <TextField
          label="Days until it expires"
          inputMode="numeric"
          pattern="[0-9]+"
          required
          value={days}
          change={setDays}
          error={errorOf(problem, "days")}
        />
        <fieldset>
          <legend class="field-label">What it may do</legend>
          {(Object.entries(scopes) as [Scope, string][])
            .filter(([scope]) => may(scope))
            .map(([scope, words]) => (
              <Check
                key={scope}
                label={words}
                checked={held.includes(scope)}
                change={(yes) => setHeld(yes ? [...held, scope] : held.filter((one) => one !== scope))}
              />
            ))}
        </fieldset>
        <FormProblem problem={problem} fields={["name", "days"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={held.length === 0}>
            Make the token
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
