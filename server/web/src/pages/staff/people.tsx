/* Accounts of the office. An administrator lets people in and sees no student by it. */
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
import { moment } from "../../ui/words";

type Account = components["schemas"]["Account"];
type Role = Account["roles"][number];

const roles: Record<Role, string> = {
  dean: "Dean: all students, decisions, policy",
  adviser: "Adviser: the students assigned to them",
  operator: "Operator: roster, codes, devices; no results",
  auditor: "Auditor: who saw what; no records",
  administrator: "Administrator: accounts and settings; no records",
};

const rowKey = (row: Account) => String(row.staff_id);
const tones = { active: "track", invited: "borderline", disabled: "unknown" } as const;

export function People() {
  const list = useList<Account>((init, page) => api.GET("/staff", { ...init, params: { query: page } }), []);
  const [edited, setEdited] = useState<Account | "new" | null>(null);
  const [invited, setInvited] = useState<{ name: string; code: string } | null>(null);
  const invite = async (row: Account, reset: boolean) => {
    const { name, code } = await answer(
      api.POST("/staff/{staff}/invitation", {
        params: { path: { staff: String(row.staff_id) } },
        body: { reset_second_factor: reset },
      }),
    );
    setInvited({ name, code });
    list.again();
  };
  const columns: readonly Column<Account>[] = [
    {
      id: "name",
      head: "Name",
      primary: true,
      cell: (row) => (
        <>
          {row.name} <span class="small quiet">{row.email}</span>
        </>
      ),
    },
    { id: "roles", head: "Roles", cell: (row) => row.roles.join(", ") },
    { id: "status", head: "Status", cell: (row) => <Tag tone={tones[row.status]}>{row.status}</Tag> },
    {
      id: "proof",
      head: "Signs in by",
      cell: (row) =>
        [row.has_password && "password", row.second_factor && "second factor", row.single_sign_on && "single sign-on"]
          .filter(Boolean)
          .join(", ") || "–",
    },
    { id: "seen", head: "Last sign-in", cell: (row) => moment(row.last_sign_in_at) },
    {
      id: "act",
      head: "Actions",
      hideHead: true,
      cell: (row) => (
        <Button kind="quiet" act={() => setEdited(row)}>
          Change<span class="unseen"> {row.name}</span>
        </Button>
      ),
    },
  ];
  return (
    <div class="stack">
      <p>
        <Button kind="primary" act={() => setEdited("new")}>
          Invite somebody
        </Button>
      </p>
      <Listed list={list} label="Accounts" columns={columns} rowKey={rowKey} empty={{ title: "Nobody yet" }} />
      {edited && (
        <Person
          of={edited === "new" ? null : edited}
          close={() => setEdited(null)}
          done={(name, code) => {
            setEdited(null);
            if (code) setInvited({ name, code });
            list.again();
          }}
          invite={invite}
        />
      )}
      {invited && (
        <Once title={`The code for ${invited.name}`} secret={invited.code} done={() => setInvited(null)}>
          <p>
            Give it to them in person or by a way you trust. On <strong>{location.origin}/invitation</strong> it opens the account
            once; it expires.
          </p>
        </Once>
      )}
    </div>
  );
}

interface FormProps {
  of: Account | null;
  close: () => void;
  done: (name: string, code: string | null) => void;
  invite: (row: Account, reset: boolean) => Promise<void>;
}

function Person({ of, close, done, invite }: FormProps) {
  const [name, setName] = useState(of?.name ?? "");
  const [email, setEmail] = useState(of?.email ?? "");
  const [held, setHeld] = useState<readonly Role[]>(of?.roles ?? ["adviser"]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const change = async (more: { status?: "active" | "disabled"; end_sessions?: boolean }, said: string) => {
    setProblem(null);
    try {
      if (of) {
        const body = { revision: of.revision, name, email, roles: [...held], ...more };
        await answer(api.PATCH("/staff/{staff}", { params: { path: { staff: String(of.staff_id) } }, body }));
        say(said);
        done(name, null);
      } else {
        const { code } = await answer(api.POST("/staff", { body: { name, email, roles: [...held] } }));
        done(name, code);
      }
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title={of ? of.name : "Invite somebody"} close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void change({}, `${name} changed.`);
        }}
      >
        <TextField label="Name" required value={name} change={setName} error={errorOf(problem, "name")} />
        <TextField label="E-mail address" type="email" required value={email} change={setEmail} error={errorOf(problem, "email")} />
        <fieldset>
          <legend class="field-label">Roles</legend>
          {(Object.entries(roles) as [Role, string][]).map(([role, words]) => (
            <Check
              key={role}
              label={words}
              checked={held.includes(role)}
              change={(yes) => setHeld(yes ? [...held, role] : held.filter((one) => one !== role))}
            />
          ))}
          {errorOf(problem, "roles") && <p class="field-error">{errorOf(problem, "roles")}</p>}
        </fieldset>
        <FormProblem problem={problem} fields={["name", "email", "roles"]} />
        {of && (
          <div class="row">
            <Button act={() => invite(of, false).then(close)}>New code</Button>
            <Button act={() => invite(of, true).then(close)}>New code, and a new second factor</Button>
            <Button act={() => change({ end_sessions: true }, `${name} is signed out everywhere.`)}>Sign out everywhere</Button>
            {of.status === "disabled" ? (
              <Button act={() => change({ status: "active" }, `${name} may enter again.`)}>Let in again</Button>
            ) : (
              <Button kind="danger" act={() => change({ status: "disabled" }, `${name} may not enter any more.`)}>
                Shut out
              </Button>
            )}
          </div>
        )}
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={held.length === 0}>
            {of ? "Save" : "Invite"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
