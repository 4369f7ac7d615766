/*
 * Changing a rule clause by clause. The rule is a value; each part gets its value and a function that puts another in its place,
 * so the editor has no state but the whole rule. Numbers are fields, groups are lists, and what can be added is a short menu.
 */
import { useState } from "preact/hooks";
import { type Problem, problemFrom } from "../../api/problem";
import type { Expression, Item, Rule } from "../../record/rule";
import { Button } from "../../ui/button";
import { Check, Choice, DayField, errorOf, FormProblem, TextArea, TextField } from "../../ui/field";
import { instrument } from "../../ui/instrument";
import { plainly, type State, states } from "../../ui/words";

const numberOf = (text: string): number | undefined =>
  text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text);

function NumberField({
  label,
  value,
  change,
  optional,
}: {
  label: string;
  value: number | undefined;
  change: (value: number | undefined) => void;
  optional?: boolean;
}) {
  return (
    <TextField
      label={label + (optional ? " (optional)" : "")}
      inputMode="decimal"
      required={!optional}
      value={value === undefined ? "" : String(value)}
      change={(text) => change(numberOf(text))}
    />
  );
}

const scales: Record<Item["scale"], string> = {
  epc: "EPC",
  percent: "percent",
  three_digit: "three-digit",
  nbme800: "10 to 800",
  cbse_old: "old CBSE",
  own: "its own scale",
};

const INSTRUMENTS = ["cbse", "cbssa", "uwsa1", "uwsa2", "uwsa3", "free120"];

const blanks: Record<string, { words: string; make: () => Expression }> = {
  checks: {
    words: "results that reach a score",
    make: () => ({ checks: { at_least: 1, pick: "latest", of: [{ instrument: "cbssa", scale: "epc", min_score: 65 }] } }),
  },
  last_check: {
    words: "a check near the exam",
    make: () => ({ last_check: { within_days_of_exam: 28, of: [{ instrument: "cbssa", scale: "epc" }] } }),
  },
  p_pass: { words: "the estimate", make: () => ({ p_pass: { at_least: 0.9, low_at_least: 0.75 } }) },
  state: { words: "the estimate's state", make: () => ({ state: { in: ["on_track"] } }) },
  exam: { words: "an exam inside the rules", make: () => ({ exam: { planned: true, inside_rules: true } }) },
  attempt: { words: "a limit of attempts", make: () => ({ attempt: { most: 3 } }) },
  all: { words: "a group: all of", make: () => ({ all: [{ exam: { planned: true } }] }) },
  any: { words: "a group: one of", make: () => ({ any: [{ exam: { planned: true } }] }) },
};

interface Part<T> {
  of: T;
  change: (next: T) => void;
}

function Items({ of, change }: Part<Item[]>) {
  const put = (i: number, next: Item) => change(of.map((item, j) => (i === j ? next : item)));
  return (
    <>
      {of.map((item, i) => (
        <div key={i} class="filters">
          <Choice
            label="Instrument"
            value={item.instrument}
            change={(instrument) => put(i, { ...item, instrument })}
            options={[...new Set([...INSTRUMENTS, item.instrument])].map((code) => [code, instrument(code)] as const)}
          />
          <Choice
            label="Scale"
            value={item.scale}
            change={(scale) => put(i, { ...item, scale: scale as Item["scale"] })}
            options={Object.entries(scales)}
          />
          <NumberField
            label="At least"
            optional
            value={item.min_score}
            change={(min_score) =>
              put(i, { instrument: item.instrument, scale: item.scale, ...(min_score !== undefined && { min_score }) })
            }
          />
          {of.length > 1 && (
            <Button kind="quiet" act={() => change(of.filter((_, j) => j !== i))}>
              Remove<span class="unseen"> {instrument(item.instrument)}</span>
            </Button>
          )}
        </div>
      ))}
      <p>
        <Button kind="quiet" act={() => change([...of, { instrument: "cbse", scale: "epc" }])}>
          Add an instrument
        </Button>
      </p>
    </>
  );
}

function Leaf({ of, change }: Part<Expression>) {
  if (of.checks) {
    const is = of.checks;
    const put = (some: Partial<typeof is>) => change({ checks: { ...is, ...some } });
    return (
      <>
        <div class="filters">
          <NumberField label="How many" value={is.at_least} change={(at_least) => put({ at_least: at_least ?? 1 })} />
          <Choice
            label="Of"
            value={is.pick ?? "any"}
            change={(pick) => put({ pick: pick as "any" | "latest" })}
            options={[
              ["latest", "the newest"],
              ["any", "all there are"],
            ]}
          />
          <NumberField label="Days back" optional value={is.within_days} change={(within_days) => put({ within_days })} />
          <NumberField
            label="Days before the exam"
            optional
            value={is.within_days_of_exam}
            change={(within_days_of_exam) => put({ within_days_of_exam })}
          />
        </div>
        <div class="filters">
          <Check label="Timed" checked={is.timed ?? false} change={(timed) => put({ timed })} />
          <Check label="Not seen before" checked={is.new_form ?? false} change={(new_form) => put({ new_form })} />
          <Check label="Official" checked={is.official ?? false} change={(official) => put({ official })} />
        </div>
        <Items of={is.of} change={(items) => put({ of: items })} />
      </>
    );
  }
  if (of.last_check) {
    const is = of.last_check;
    const put = (some: Partial<typeof is>) => change({ last_check: { ...is, ...some } });
    return (
      <>
        <NumberField
          label="Days before the exam"
          value={is.within_days_of_exam}
          change={(days) => put({ within_days_of_exam: days ?? 1 })}
        />
        <Items of={is.of} change={(items) => put({ of: items })} />
      </>
    );
  }
  if (of.p_pass) {
    const is = of.p_pass;
    return (
      <div class="filters">
        <NumberField
          label="P(pass) at least (0 to 1)"
          value={is.at_least}
          change={(at_least) => change({ p_pass: { ...is, at_least: at_least ?? 0 } })}
        />
        <NumberField
          label="Lower end of the interval"
          optional
          value={is.low_at_least}
          change={(low_at_least) => change({ p_pass: { ...is, low_at_least } })}
        />
      </div>
    );
  }
  if (of.state) {
    const held = of.state.in;
    return (
      <div class="filters">
        {(Object.entries(states) as [State, { word: string }][]).map(([state, { word }]) => (
          <Check
            key={state}
            label={plainly(word)}
            checked={held.includes(state)}
            change={(yes) => change({ state: { ...of.state, in: yes ? [...held, state] : held.filter((one) => one !== state) } })}
          />
        ))}
      </div>
    );
  }
  if (of.attempt)
    return (
      <NumberField label="At most attempt" value={of.attempt.most} change={(most) => change({ attempt: { most: most ?? 1 } })} />
    );
  if (of.exam)
    return (
      <div class="filters">
        <Check
          label="An exam is planned"
          checked={of.exam.planned ?? false}
          change={(planned) => change({ exam: { ...of.exam, planned } })}
        />
        <Check
          label="Nothing in the calendar stands against it"
          checked={of.exam.inside_rules ?? false}
          change={(inside_rules) => change({ exam: { ...of.exam, inside_rules } })}
        />
      </div>
    );
  return null;
}

function Clause({ of, change, remove }: Part<Expression> & { remove?: () => void }) {
  const name = (Object.keys(of)[0] ?? "all") as keyof Expression;
  const list = of.all ?? of.any;
  const kind = of.all ? "all" : "any";
  const [added, setAdded] = useState("checks");
  return (
    <fieldset class="clause-edit">
      <legend>{name === "not" ? "not" : (blanks[name]?.words ?? plainly(name))}</legend>
      {list ? (
        <div class="stack">
          {list.map((part, i) => (
            <Clause
              key={i}
              of={part}
              change={(next) => change({ [kind]: list.map((one, j) => (i === j ? next : one)) })}
              {...(list.length > 1 && { remove: () => change({ [kind]: list.filter((_, j) => j !== i) }) })}
            />
          ))}
          <div class="filters">
            <Choice
              label="Add"
              value={added}
              change={setAdded}
              options={Object.entries(blanks).map(([of, { words }]) => [of, words] as const)}
            />
            <Button act={() => change({ [kind]: [...list, blanks[added]!.make()] })}>Add</Button>
          </div>
        </div>
      ) : of.not ? (
        <Clause of={of.not} change={(next) => change({ not: next })} />
      ) : (
        <Leaf of={of} change={change} />
      )}
      {remove && (
        <Button kind="quiet" act={remove}>
          Remove<span class="unseen"> this clause: {blanks[name]?.words}</span>
        </Button>
      )}
    </fieldset>
  );
}

export function Editor({ rule: given, save }: { rule: Rule; save: (rule: Rule, reason: string) => Promise<void> }) {
  const [rule, setRule] = useState(given);
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const put = (some: Partial<Rule>) => setRule({ ...rule, ...some });
  const send = async () => {
    setProblem(null);
    try {
      await save(JSON.parse(JSON.stringify(rule)) as Rule, reason); // members that were emptied are left out
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextField label="Title" required value={rule.title} change={(title) => put({ title })} error={errorOf(problem, "title")} />
      <Clause of={rule.require} change={(require) => put({ require })} />
      <div class="filters">
        <Choice
          label="To be met"
          value={rule.by.date === undefined ? "days" : "date"}
          change={(kind) => put({ by: kind === "date" ? { date: "" } : { days_before_exam: 14 } })}
          options={[
            ["days", "so many days before the exam"],
            ["date", "by a day"],
          ]}
        />
        {rule.by.date === undefined ? (
          <NumberField
            label="Days"
            value={rule.by.days_before_exam}
            change={(days) => put({ by: { days_before_exam: days ?? 0 } })}
          />
        ) : (
          <DayField label="Day" required value={rule.by.date} change={(date) => put({ by: { date } })} />
        )}
        <Choice
          label="What cannot be known by then"
          value={rule.missing ?? "cannot_say"}
          change={(missing) => put({ missing: missing as "cannot_say" | "does_not_meet" })}
          options={[
            ["cannot_say", "stays “cannot say”"],
            ["does_not_meet", "counts as not met"],
          ]}
        />
        <NumberField
          label="A clearance holds for days"
          optional
          value={rule.valid_days}
          change={(valid_days) => put({ valid_days })}
        />
      </div>
      <TextArea
        label="What a conditional clearance means (optional)"
        rows={2}
        value={rule.conditional?.means ?? ""}
        change={(means) => put({ conditional: means ? { ...rule.conditional, means } : undefined })}
      />
      <TextField
        label="Where the rule is written (optional)"
        value={rule.source ?? ""}
        change={(source) => put({ source: source || undefined })}
      />
      <TextField label="Why this change" value={reason} change={setReason} error={errorOf(problem, "reason")} />
      <FormProblem problem={problem} fields={["title", "reason"]} />
      <p>
        <Button kind="primary" type="submit">
          Save the draft
        </Button>
      </p>
    </form>
  );
}
