/* Who stands in for whom while they are away: the substitute sees the absent adviser's students, and only then. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { useColleagues } from "../../case/verb_form";
import { useList } from "../../state/list";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choice, DayField, errorOf, FormProblem, TextField } from "../../ui/field";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { day, today } from "../../ui/words";

type Cover = components["schemas"]["Cover"];
const rowKey = (row: Cover) => String(row.cover_id);
const states = { in_force: ["in force", "track"], coming: ["coming", "borderline"], over: ["over", "unknown"] } as const;

export function Covers() {
  const list = useList<Cover>((init, page) => api.GET("/covers", { ...init, params: { query: page } }), []);
  const [open, setOpen] = useState(false);
  const end = (row: Cover) => async () => {
    await answer(api.DELETE("/covers/{cover}", { params: { path: { cover: String(row.cover_id) } } }));
    say(`${row.staff.name} no longer stands in for ${row.absent.name}.`);
    list.again();
  };
  const columns: readonly Column<Cover>[] = [
    { id: "absent", head: "Away", primary: true, cell: (row) => row.absent.name },
    { id: "staff", head: "Stands in", cell: (row) => row.staff.name },
    { id: "when", head: "When", cell: (row) => `${day(row.from)} to ${day(row.until)}` },
    { id: "state", head: "State", cell: (row) => <Tag tone={states[row.state][1]}>{states[row.state][0]}</Tag> },
    { id: "why", head: "Why", cell: (row) => row.reason || "–" },
    { id: "by", head: "By", cell: (row) => row.granted_by.name },
    {
      id: "act",
      head: "Actions",
      hideHead: true,
      cell: (row) =>
        row.state === "over" ? null : (
          <Button kind="quiet" act={end(row)}>
            End it
            <span class="unseen">
              : {row.staff.name} for {row.absent.name}
            </span>
          </Button>
        ),
    },
  ];
  return (
    <div class="stack">
      <p>
        <Button kind="primary" act={() => setOpen(true)}>
          Arrange cover
        </Button>
      </p>
      <Listed
        list={list}
        label="Cover"
        columns={columns}
        rowKey={rowKey}
        empty={{
          title: "Nobody stands in for anybody",
          children: "While an adviser is away, somebody else can be given their students until a day.",
        }}
      />
      {open && <Arrange close={() => setOpen(false)} done={() => (setOpen(false), list.again())} />}
    </div>
  );
}

function Arrange({ close, done }: { close: () => void; done: () => void }) {
  const colleagues = useColleagues();
  const [absent, setAbsent] = useState("");
  const [staff, setStaff] = useState("");
  const [from, setFrom] = useState(today());
  const [until, setUntil] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const people = [
    ["", "Choose…"] as const,
    ...(colleagues.data?.items ?? []).map((who) => [String(who.staff_id), who.name] as const),
  ];
  const send = async () => {
    setProblem(null);
    try {
      await answer(
        api.POST("/covers", {
          body: { absent: Number(absent), staff: Number(staff), from, until, ...(reason && { reason }) } as never,
        }),
      );
      say("Cover is arranged.");
      done();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title="Arrange cover" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Choice
          label="Who is away"
          required
          value={absent}
          change={setAbsent}
          options={people}
          error={errorOf(problem, "absent")}
        />
        <Choice label="Who stands in" required value={staff} change={setStaff} options={people} error={errorOf(problem, "staff")} />
        <DayField label="From" required value={from} change={setFrom} error={errorOf(problem, "from")} />
        <DayField label="Until" required value={until} change={setUntil} error={errorOf(problem, "until")} />
        <TextField label="Why (optional)" value={reason} change={setReason} error={errorOf(problem, "reason")} />
        <FormProblem problem={problem} fields={["absent", "staff", "from", "until", "reason"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Arrange
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
