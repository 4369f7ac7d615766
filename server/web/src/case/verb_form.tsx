/*
 * The form of any verb, made from its fields. What was typed is kept by the name of case and verb until it is sent, and a
 * conflict shows what the case is now beside it: the person decides again, with both in sight.
 */
import { useState } from "preact/hooks";
import { api } from "../api/client";
import { type Problem, problemFrom } from "../api/problem";
import { draft, forget } from "../state/draft";
import { useRead } from "../state/read";
import { Button } from "../ui/button";
import { Faster } from "../ui/faster";
import { Choice, DayField, errorOf, FormProblem, TextArea, TextField } from "../ui/field";
import { Dialog } from "../ui/dialog";
import { caseStates, type CaseHead, firstValues, type Verb, type VerbWords, verbs } from "./verbs";
import { fields } from "./fields";
import type { Values } from "./act";

const STAFF_SHOWN = 200;

export const useColleagues = () =>
  useRead((init) => api.GET("/colleagues", { ...init, params: { query: { limit: STAFF_SHOWN } } }), [], { live: false });

interface Props {
  verb: Verb;
  of: string; // whom or what it is done to, in words
  key_: string; // names the draft
  asked: readonly string[]; // the verb's members, as the case lists them
  send: (values: Values) => Promise<unknown>;
  close: () => void;
}

const WRITTEN = new Set(["sentence", "text", "title"]);

export function VerbForm({ verb, of, key_, asked, send, close }: Props) {
  const words: VerbWords = verbs[verb];
  const [values, setValues] = useState<Values>(() => firstValues(verb));
  const [problem, setProblem] = useState<Problem | null>(null);
  const [sendAsSeen] = useState(() => send); // what was decided rests on the case as it was when the form opened
  const colleagues = useColleagues();
  const names = asked.filter((name) => name in fields);
  const value = (name: string) => (WRITTEN.has(name) ? draft(`${key_}/${verb}/${name}`).value : (values[name] ?? ""));
  const change = (name: string) => (next: string) =>
    WRITTEN.has(name) ? void (draft(`${key_}/${verb}/${name}`).value = next) : setValues((was) => ({ ...was, [name]: next }));

  const submit = async () => {
    setProblem(null);
    try {
      await sendAsSeen(Object.fromEntries(names.map((name) => [name, value(name)])));
      names.filter((name) => WRITTEN.has(name)).forEach((name) => forget(`${key_}/${verb}/${name}`));
      close();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };

  const now = problem?.isConflict ? (problem.is.current as CaseHead | undefined) : undefined;
  return (
    <Dialog title={words.ask ?? words.words} close={close}>
      <p>
        <strong>{of}</strong>
        {words.why && <span class="quiet"> {words.why}</span>}
      </p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {names.map((name) => {
          const field = fields[name]!;
          const common = {
            label: field.label + (field.optional ? " (optional)" : ""),
            hint: field.hint,
            error: errorOf(problem, name),
            value: value(name),
            change: change(name),
            name,
          };
          const required = !field.optional;
          if (field.kind === "day") return <DayField key={name} {...common} required={required} />;
          if (field.kind === "text") return <TextArea key={name} {...common} required={required} rows={name === "text" ? 7 : 3} />;
          if (field.kind === "number")
            return <TextField key={name} {...common} required={required} inputMode="numeric" pattern="[0-9]+" />;
          if (field.kind === "line") return <TextField key={name} {...common} required={required} />;
          const options =
            field.kind === "choice"
              ? field.options!
              : (colleagues.data?.items ?? []).map(
                  (who) => [String(who.staff_id), `${who.name} (${who.roles.join(", ")})`] as const,
                );
          return (
            <Choice key={name} {...common} required={required} options={value(name) ? options : [["", "Choose…"], ...options]} />
          );
        })}
        {now && (
          <Faster>
            The case is now {caseStates[now.state].word}
            {now.owner ? `, with ${now.owner.name}` : ", with nobody"}. Close this to see it.
          </Faster>
        )}
        {!now && <FormProblem problem={problem} fields={names} />}
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            {words.words}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
