/*
 * Every screen of pages.json, for the roles that have it: it loads, has a heading and a title, complains about nothing, has no
 * barrier that axe finds, and nothing on it has to be scrolled sideways; at 1280 and at 320 CSS pixels (which is 1280 at 400 %),
 * in light, dark and high contrast, with movement reduced.
 */
import { readFileSync } from "node:fs";
import { ROOT } from "../school.mjs";
import { assert, isLong, noBarriers, open, overflow, settled, walk } from "../walk.mjs";

const pages = JSON.parse(readFileSync(`${ROOT}/server/web/pages.json`, "utf8"));
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 320, height: 640 };
const LONG = [
  { width: 768, height: 1024 },
  { width: 1024, height: 768 },
  { width: 1920, height: 1080 },
  { width: 360, height: 740 },
];

// Who has a page: the dean has most; the others show theirs as they see it.
const visitors = [
  ["dean", ["dean"]],
  ["adviser", ["adviser"]],
  ["operator", ["operator"]],
  ["auditor", ["auditor"]],
  ["administrator", ["administrator"]],
];

async function looksRight(visitor, words) {
  const { page } = visitor;
  assert.equal(await page.locator("main h1").count(), 1, `${words}: one h1`);
  assert.match(await page.title(), /^.+ · Stepguard$/, `${words}: a title`);
  const over = await overflow(page);
  assert.ok(over <= 0, `${words}: ${over} px too wide`);
}

async function inEveryForm(visitor, path) {
  const { page } = visitor;
  const forms = [WIDE, NARROW, ...(isLong ? LONG : [])];
  for (const size of forms) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await open(visitor, path);
    await looksRight(visitor, `${size.width} px`);
    await noBarriers(page);
    await page.emulateMedia({ colorScheme: "dark" });
    if (isLong) await open(visitor, path);
    await settled(visitor);
    await looksRight(visitor, `${size.width} px, dark`);
    await noBarriers(page, ["color-contrast", "link-in-text-block"]);
  }
  await page.setViewportSize(WIDE);
}

walk(
  "Every screen, in each form",
  async ({ step, enter, school, somebody }) => {
    const [student] = school.sql("select external_id from core.student order by student_id offset 1 limit 1");
    const [of] = school.sql(
      "select case_id from core.case_file where state not in ('resolved', 'merged') order by case_id limit 1",
    );
    const operator = await somebody("operator", "Fern Alder", "operator");
    const brought = await (await bring(school, operator)).import_id;
    const [night] = school.sql("select max(night) from ops.run where finished_at is not null");
    const numbers = { ":student": student, ":case": of, ":import": brought, ":night": night };
    const at = (path) => path.replace(/:\w+/g, (name) => numbers[name]);
    const seen = new Set();

    for (const [role, roles] of visitors) {
      const who =
        role === "operator"
          ? operator
          : role === "adviser"
            ? await somebody("adviser1", "Rowan Aspen", "adviser")
            : await somebody(`a-${role}`, `${role[0].toUpperCase()}${role.slice(1)} Hazel`, ...roles);
      const visitor = await enter(who, { reducedMotion: "reduce" });
      const { rights } = await (await visitor.context.request.get("/api/v1/session")).json();
      for (const { path, page, title, right, or } of pages) {
        if (right === null || !(right in rights || or in rights) || (seen.has(page) && page !== "today" && page !== "students"))
          continue;
        if (role === "adviser" && path.includes(":")) continue; // another's student, perhaps: the adviser's walk has those
        seen.add(page);
        await step(`${title}, as ${role}`, () => inEveryForm(visitor, at(path)), {
          alone: true,
          skip: isWritten(page) ? false : "not written yet",
        });
      }
    }

    const stranger = await enter(undefined, { reducedMotion: "reduce" });
    for (const { path, page, title, right } of pages.filter((page) => page.right === null)) {
      seen.add(page);
      await step(`${title}, as nobody`, () => inEveryForm(stranger, path), {
        alone: true,
        skip: isWritten(page) ? false : "not written yet",
      });
    }

    await step("no screen was left out", () =>
      assert.deepEqual(
        pages.filter(({ page }) => !seen.has(page)).map(({ page }) => page),
        [],
      ),
    );
  },
  { limit_s: 900 },
);

walk("In high contrast, and without movement", async ({ step, enter, school }) => {
  const dean = await enter(school.dean, { reducedMotion: "reduce" });
  const { page, context } = dean;
  await step("high contrast keeps every word readable, and is kept", async () => {
    await context.addCookies([{ name: "theme", value: "contrast", url: school.url }]);
    for (const path of ["/", "/students", "/clearance"]) {
      await open(dean, path);
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "contrast");
      await noBarriers(page, ["color-contrast", "color-contrast-enhanced"]);
    }
  });
  await step("nothing moves for who asked for that", async () => {
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll("*")].flatMap((node) => {
        const { animationDuration, transitionDuration } = getComputedStyle(node);
        const longest = [...animationDuration.split(","), ...transitionDuration.split(",")].map(parseFloat);
        return Math.max(...longest) > 0.02 ? [node.outerHTML.slice(0, 80)] : [];
      }),
    );
    assert.deepEqual(moving, []);
  });
});

function isWritten(page) {
  try {
    readFileSync(`${ROOT}/server/web/src/pages/${page}/page.tsx`);
    return true;
  } catch {
    return false;
  }
}

// One import to look at: the roster as it is, with a row that changes and one that cannot be read.
async function bring(school, operator) {
  const { ask, context } = await school.door();
  await ask("POST", "session", { email: operator.email, password: operator.password, code: school.code(operator) });
  const rows = school.sql(
    "select concat_ws(',', external_id, given_name, 'Hackberry', email, class_year) from core.student order by student_id limit 1",
  );
  const file = ["student_id,given_name,family_name,email,class_year", ...rows, "9999,Teal,Sorrel,no address,2029"].join("\r\n");
  const made = await ask("POST", "imports?kind=roster&file_name=one.csv&mode=lenient&absent=keep", file, {
    "Content-Type": "text/csv",
  });
  await context.dispose();
  return made;
}
