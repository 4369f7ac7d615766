/* The rules that make the dates: USMLE's, and the school's own over them. Each says since when it holds and where it comes from. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { paths } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Choice, DayField, errorOf, FormProblem, TextArea, TextField } from "../../ui/field";
import { Shown } from "../../ui/states";
import { type Column, Table } from "../../ui/table";
import { day } from "../../ui/words";

type Rule = paths["/calendar/rules"]["get"]["responses"]["200"]["content"]["application/json"]["items"][number];
type Change = paths["/calendar/rules"]["post"]["requestBody"]["content"]["application/json"];

const value = (rule: Rule) => (rule.day ? day(rule.day) : `${rule.number ?? "–"} ${rule.unit ?? ""}`);

const columns: readonly Column<Rule>[] = [
  { id: "words", head: "Rule", primary: true, cell: (rule) => rule.words },
  { id: "value", head: "Value", cell: value },
  {
    id: "by",
    head: "Whose",
    cell: (rule) => (rule.by === "usmle" ? "USMLE" : `the school${rule.class_year ? `, class of ${rule.class_year}` : ""}`),
  },
  {
    id: "since",
    head: "Holds",
    cell: (rule) => `from ${day(rule.valid_from)}${rule.valid_to ? ` until ${day(rule.valid_to)}` : ""}`,
  },
  {
    id: "source",
    head: "Source",
    cell: (rule) => (
      <span class="small quiet">
        {[rule.source, rule.grade && `grade ${rule.grade}`, rule.set_by?.name].filter(Boolean).join(", ")}
      </span>
    ),
  },
];

const own: readonly (readonly [Change["code"], string, "day" | "number"])[] = [
  ["taken_by", "The exam is taken by", "day"],
  ["passed_by", "The exam is passed by", "day"],
  ["attempt_limit", "Most attempts the school allows", "number"],
  ["block_start", "A clerkship block begins", "day"],
  ["lockout_days", "Days before a block without an exam", "number"],
  ["study_weeks", "Weeks of study before a retake", "number"],
  ["result_weeks", "Weeks to plan for a result", "number"],
  ["notice_days", "Days' notice to move an exam", "number"],
];

const rowKey = (rule: Rule) => `${rule.by}/${rule.code}/${rule.class_year ?? ""}/${rule.item ?? ""}/${rule.valid_from}`;

export function Rules() {
  const [open, setOpen] = useState(false);
  const rules = useRead((init) => api.GET("/calendar/rules", init), []);
  return (
    <Shown read={rules}>
      {(data) => (
        <div class="stack">
          <p class="prose quiet">
            An exam that is planned against a rule is recorded and named, not refused: the decision stays with people.
          </p>
          {may("policy") && (
            <p>
              <Button act={() => setOpen(true)}>Add or change a rule of the school</Button>
            </p>
          )}
          <Table label="Rules" columns={columns} rows={data.items} rowKey={rowKey} />
          {open && <RuleForm rules={data.items} close={() => setOpen(false)} done={rules.again} />}
        </div>
      )}
    </Shown>
  );
}

function RuleForm({ rules, close, done }: { rules: readonly Rule[]; close: () => void; done: () => Promise<void> }) {
  const [code, setCode] = useState<Change["code"]>("taken_by");
  const [year, setYear] = useState("");
  const [item, setItem] = useState("");
  const [what, setWhat] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const kind = own.find(([of]) => of === code)![2];
  const now = rules.find(
    (rule) => rule.by === "school" && rule.code === code && String(rule.class_year ?? "") === year && (rule.item ?? "") === item,
  );
  const send = async () => {
    setProblem(null);
    try {
      await answer(
        api.POST("/calendar/rules", {
          body: {
            code,
            reason,
            revision: now?.revision ?? 0,
            ...(year && { class_year: Number(year) }),
            ...(item && { item }),
            ...(kind === "day" ? { day: what } : { number: Number(what) }),
          },
        }),
      );
      say("The rule holds. Dates follow at once.");
      close();
      await done();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title="A rule of the school" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Choice
          label="Rule"
          value={code}
          change={(next) => (setCode(next as Change["code"]), setWhat(""))}
          options={own.map(([of, words]) => [of, words] as const)}
          error={errorOf(problem, "code")}
        />
        {kind === "day" ? (
          <DayField label="Day" required value={what} change={setWhat} error={errorOf(problem, "day")} />
        ) : (
          <TextField
            label="Number"
            inputMode="numeric"
            pattern="[0-9]+"
            required
            value={what}
            change={setWhat}
            error={errorOf(problem, "number")}
          />
        )}
        <TextField
          label="For the class of (optional)"
          inputMode="numeric"
          pattern="[0-9]{4}"
          value={year}
          change={setYear}
          error={errorOf(problem, "class_year")}
        />
        {code === "block_start" && <TextField label="Which block" value={item} change={setItem} error={errorOf(problem, "item")} />}
        <TextArea
          label="Why, and where it is written"
          required
          value={reason}
          change={setReason}
          error={errorOf(problem, "reason")}
          rows={3}
        />
        {now && <p class="small quiet">Now: {value(now)}. The change is kept beside it, with its day.</p>}
        <FormProblem problem={problem} fields={["code", "day", "number", "class_year", "item", "reason"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Set the rule
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
