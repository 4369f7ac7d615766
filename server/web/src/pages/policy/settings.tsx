/* The numbers the office works by: each with its bounds, its default and where it comes from. A change says who and when. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { useColleagues } from "../../case/verb_form";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choice, errorOf, FormProblem, TextField } from "../../ui/field";
import { Listed } from "../../ui/listed";
import type { Column } from "../../ui/table";
import { moment, plainly } from "../../ui/words";

type Setting = components["schemas"]["Setting"];
const rowKey = (row: Setting) => row.key;

const set = (row: Pick<Setting, "key" | "revision">, value: number | null) =>
  answer(api.PUT("/settings/{key}", { params: { path: { key: row.key } }, body: { revision: row.revision, value } }));

// Numbers that stand for something else are shown and chosen as that.
const FALLBACK = "fallback_owner";
const isSwitch = (row: Setting) => row.low === 0 && row.high === 1 && /^(mail|student)_/.test(row.key);

const isChosen = (row: Setting) => row.key === FALLBACK || isSwitch(row);

function Value({ of, name }: { of: Setting; name: (staff: number) => string }) {
  if (of.key === FALLBACK) return <>{of.value === 0 ? "every dean" : name(of.value)}</>;
  return <>{isSwitch(of) ? (of.value === 1 ? "on" : "off") : of.value}</>;
}

export function Settings() {
  const colleagues = useColleagues();
  const name = (staff: number): string =>
    colleagues.data?.items.find((one) => one.staff_id === staff)?.name ?? `colleague ${staff}`;
  const list = useList<Setting>((init, page) => api.GET("/settings", { ...init, params: { query: page } }), []);
  const [open, setOpen] = useState<Setting | null>(null);
  const columns: readonly Column<Setting>[] = [
    { id: "key", head: "What", primary: true, cell: (row) => plainly(row.key) },
    {
      id: "value",
      head: "Value",
      end: true,
      cell: (row) => (
        <>
          <strong>
            <Value of={row} name={name} />
          </strong>{" "}
          {row.own && (
            <span class="small quiet">
              (default <Value of={{ ...row, value: row.default }} name={name} />)
            </span>
          )}
        </>
      ),
    },
    { id: "bounds", head: "Between", cell: (row) => (isChosen(row) ? "–" : `${row.low} and ${row.high}`) },
    { id: "source", head: "Source of the default", cell: (row) => <span class="small quiet">{row.source}</span> },
    { id: "set", head: "Set by", cell: (row) => (row.set_by ? `${row.set_by.name}, ${moment(row.set_at)}` : "–") },
    {
      id: "act",
      head: "Actions",
      hideHead: true,
      cell: (row) =>
        may(row.right) ? (
          <Button kind="quiet" act={() => setOpen(row)}>
            Change<span class="unseen"> {plainly(row.key)}</span>
          </Button>
        ) : null,
    },
  ];
  return (
    <>
      <Listed list={list} label="Numbers of the office" columns={columns} rowKey={rowKey} empty={{ title: "There are none" }} />
      {open && <Change of={open} close={() => setOpen(null)} done={list.again} />}
    </>
  );
}

function Change({ of, close, done }: { of: Setting; close: () => void; done: () => void }) {
  const [value, setValue] = useState(String(of.value));
  const [problem, setProblem] = useState<Problem | null>(null);
  const colleagues = useColleagues();
  const options: readonly (readonly [string, string])[] | null =
    of.key === FALLBACK
      ? [["0", "Every dean"], ...(colleagues.data?.items ?? []).map((one) => [String(one.staff_id), one.name] as const)]
      : isSwitch(of)
        ? [
            ["1", "On"],
            ["0", "Off"],
          ]
        : null;
  const send = async (next: number | null) => {
    setProblem(null);
    try {
      const now = await set(of, next);
      say(options ? `${plainly(of.key)} is changed.` : `${plainly(of.key)} is ${now.value}.`, async () => {
        await set(now, of.own ? of.value : null);
        done();
      });
      close();
      done();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title={plainly(of.key)} close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send(Number(value));
        }}
      >
        {options ? (
          <Choice
            label="Which"
            hint={of.source}
            value={value}
            change={setValue}
            options={options}
            error={errorOf(problem, "value")}
          />
        ) : (
          <TextField
            label={`From ${of.low} to ${of.high}`}
            inputMode="decimal"
            required
            hint={`Default ${of.default}: ${of.source}`}
            value={value}
            change={setValue}
            error={errorOf(problem, "value")}
          />
        )}
        <FormProblem problem={problem} fields={["value"]} />
        <div class="dialog-foot">
          {of.own && <Button act={() => send(null)}>Back to the default</Button>}
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Set it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
