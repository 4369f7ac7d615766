/*
 * Doing something to a case. Each deed names the revision that the person saw; the server refuses with what it is now where
 * somebody else was faster. What can be put back is offered as undo, which is a deed of its own on the server.
 */
import { answer, api } from "../api/client";
import type { paths } from "../api/schema";
import { Problem, problemFrom } from "../api/problem";
import { say } from "../state/toast";
import { count } from "../ui/words";
import { type CaseActed, type Verb, verbs } from "./verbs";

export type Values = Record<string, string>;
type Bulk = paths["/cases/bulk"]["post"]["requestBody"]["content"]["application/json"];
export interface Which {
  case: number;
  revision: number;
}

const NUMBERS = new Set(["to", "owner", "delta_points", "into", "task", "item", "note", "into_revision"]);

// What was typed, as the members of a request: empty fields are left out, numbers are numbers.
export const bodyOf = (values: Values): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== "")
      .map(([name, value]) => [name, NUMBERS.has(name) ? Number(value) : value]),
  );

const send = (which: Which, verb: Verb | "undo" | "task_change" | "plan_change" | "note_change", body: object) =>
  answer(
    api.POST("/cases/{case}/{verb}", {
      params: { path: { case: String(which.case), verb } },
      body: { ...body, revision: which.revision },
    }),
  );

export async function act(which: Which, verb: Verb, values: Values, name: string, after: () => unknown): Promise<CaseActed> {
  const done = await send(which, verb, bodyOf(values));
  say(
    `${verbs[verb].done}: ${name}.${done.say ? ` ${done.say}` : ""}`,
    done.undo_until
      ? async () => {
          await send(done, "undo", {});
          await after();
        }
      : undefined,
  );
  await after();
  return done;
}

export async function change(
  which: Which,
  verb: "task_change" | "plan_change" | "note_change",
  body: object,
  said: string,
): Promise<CaseActed> {
  const done = await send(which, verb, body);
  say(said);
  return done;
}

// One verb on many: what could not be done is said with its reason, what was done can be undone together.
export async function actOnMany(
  which: readonly Which[],
  verb: Verb,
  values: Values,
  after: () => unknown,
): Promise<readonly number[]> {
  const cases = which.map(({ case: id, revision }) => ({ case: id, revision }));
  const body = { verb, cases, ...bodyOf(values) } as Bulk;
  const { items, done, refused } = await answer(api.POST("/cases/bulk", { body }));
  const changed = items.flatMap((item) => (item.status === 200 && item.current ? [item.current] : []));
  const reasons = [...new Set(items.flatMap((item) => (item.status === 200 || !item.sentence ? [] : [item.sentence])))];
  say(
    `${verbs[verb].done}: ${count(done, "case")}.${refused ? ` Not done: ${refused}. ${reasons.join(" ")}` : ""}`,
    changed.length
      ? async () => {
          const kept: Problem[] = []; // somebody else was faster: the others are undone all the same
          for (const head of changed) await send(head, "undo", {}).catch((thrown: unknown) => kept.push(problemFrom(thrown)));
          await after();
          if (kept[0])
            throw new Problem({
              ...kept[0].is,
              detail: `Undone: ${changed.length - kept.length} of ${count(changed.length, "case")}. ${kept[0].message}`,
            });
        }
      : undefined,
  );
  await after();
  return items.flatMap((item) => (item.status === 200 && item.case ? [item.case] : []));
}
