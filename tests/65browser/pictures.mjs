/* A picture of each screen of pages.json, as a dean has it (and the operator and the auditor theirs): light, dark, phone. */
import { readFileSync } from "node:fs";
import { ROOT } from "./school.mjs";
import { open, schoolOf, somebody, visit, finish } from "./walk.mjs";

const [out, students] = process.argv.slice(2);
const pages = JSON.parse(readFileSync(`${ROOT}/server/web/pages.json`, "utf8"));
const forms = [
  ["light", { viewport: { width: 1280, height: 900 }, colorScheme: "light" }],
  ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, colorScheme: "light", deviceScaleFactor: 2 }],
];

try {
  const school = await schoolOf("shared", Number(students));
  const [student] = school.sql("select external_id from core.student order by student_id offset 1 limit 1");
  const [one] = school.sql("select case_id from core.case_file where state not in ('resolved', 'merged') order by case_id limit 1");
  const brought = school.sql("select import_id from ops.import order by import_id limit 1")[0] ?? "1";
  const [night] = school.sql("select max(night) from ops.run where finished_at is not null");
  const numbers = { ":student": student, ":case": one, ":import": brought, ":night": night };
  const auditor = await somebody(school, "auditor", "Sorrel Yew", "auditor");
  for (const [form, options] of forms) {
    const dean = await visit(school, school.dean, { ...options, reducedMotion: "reduce" });
    const checker = await visit(school, auditor, { ...options, reducedMotion: "reduce" });
    const stranger = await visit(school, undefined, { ...options, reducedMotion: "reduce" });
    const { rights } = await (await dean.context.request.get("/api/v1/session")).json();
    for (const { path, page, right } of pages) {
      const visitor = right === null ? stranger : right in rights ? dean : checker;
      await open(
        visitor,
        path.replace(/:\w+/g, (name) => numbers[name]),
      );
      await visitor.page.screenshot({ path: `${out}/${page}-${form}.png` });
    }
    for (const { context } of [dean, checker, stranger]) await context.close();
  }
  console.log(`${pages.length * forms.length} pictures in ${out}`);
} finally {
  await finish();
}
