/* Every device that has enrolled. One that is lost is shut out at once; its results stay. */
import { useState } from "preact/hooks";
import { answer, api, download } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { useList } from "../../state/list";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { searchOf, useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choice, errorOf, FormProblem, TextArea } from "../../ui/field";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { moment, nameOf } from "../../ui/words";

type Device = components["schemas"]["Device"];

const states: Record<Device["state"], { words: string; tone: string }> = {
  in_force: { words: "in force", tone: "track" },
  revoked: { words: "shut out", tone: "risk" },
  expired: { words: "certificate has ended", tone: "borderline" },
  unfinished: { words: "never finished", tone: "unknown" },
};
const rowKey = (row: Device) => String(row.device_id);

export function Devices() {
  const [query, change] = useQuery();
  const filters = { state: query.state, student: query.student, sort: query.sort };
  const list = useList<Device>(
    (init, page) => api.GET("/devices", { ...init, params: { query: { ...filters, ...page } as never } }),
    [filters],
  );
  const [lost, setLost] = useState<Device | null>(null);
  const columns: readonly Column<Device>[] = [
    { id: "student", head: "Student", primary: true, cell: (row) => `${nameOf(row.student)} (${row.student.student_id})` },
    { id: "name", head: "Device", cell: (row) => row.name || "–" },
    {
      id: "state",
      head: "State",
      cell: (row) => (
        <>
          <Tag tone={states[row.state].tone}>{states[row.state].words}</Tag>{" "}
          {row.revoked_reason && <span class="small quiet">{row.revoked_reason}</span>}
        </>
      ),
    },
    { id: "enrolled", head: "Enrolled", sort: "enrolled", cell: (row) => moment(row.enrolled_at) },
    { id: "until", head: "Certificate until", sort: "until", cell: (row) => moment(row.certificate_until) },
    { id: "seen", head: "Student last seen", cell: (row) => moment(row.last_seen_at) },
    {
      id: "act",
      head: "Actions",
      hideHead: true,
      cell: (row) =>
        row.state === "in_force" ? (
          <Button kind="quiet" act={() => setLost(row)}>
            Shut out<span class="unseen"> the device of {nameOf(row.student)}</span>
          </Button>
        ) : null,
    },
  ];
  return (
    <div class="stack">
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <Choice
          label="State"
          value={query.state ?? ""}
          change={(state) => change({ state })}
          options={[["", "Any"], ...Object.entries(states).map(([state, { words }]) => [state, words] as const)]}
        />
        {may("export") && (
          <Button kind="quiet" act={() => download(`/devices${searchOf({ ...filters, format: "csv" })}`, "devices.csv")}>
            CSV
          </Button>
        )}
      </form>
      <Listed
        list={list}
        label="Devices"
        columns={columns}
        rowKey={rowKey}
        sort={{ by: query.sort ?? "-enrolled", change: (sort) => change({ sort }) }}
        empty={{ title: query.state ? "No device in this view" : "No device has enrolled yet" }}
      />
      {lost && <Revoke of={lost} close={() => setLost(null)} done={list.again} />}
    </div>
  );
}

function Revoke({ of, close, done }: { of: Device; close: () => void; done: () => void }) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      await answer(api.POST("/devices/{device}/revoke", { params: { path: { device: String(of.device_id) } }, body: { reason } }));
      say(`The device of ${nameOf(of.student)} is shut out. A new code lets another one in.`);
      close();
      done();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title={`Shut out the device of ${nameOf(of.student)}?`} close={close}>
      <p>It cannot sync any more, at once and for good. What it has sent stays.</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <TextArea label="Why" required rows={2} value={reason} change={setReason} error={errorOf(problem, "reason")} />
        <FormProblem problem={problem} fields={["reason"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="danger" type="submit">
            Shut it out
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
