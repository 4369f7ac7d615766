/*
 * Without a pointer: everything that can be done can be reached, in an order, with a focus that is seen; dialogs keep it and
 * give it back.
 */
import { assert, open, settled, walk } from "../walk.mjs";

const MOST = 900; // presses of Tab: more than any of these pages has stops

// What can be used with a pointer, as far as it is shown.
const usable = () => {
  const shown = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const of = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const all = [...document.querySelectorAll(of)].filter((node) => shown(node) && !node.disabled && node.tabIndex >= 0);
  all.forEach((node, i) => (node.dataset.stop = String(i)));
  return all.length;
};

// Where the focus is, and whether an eye finds it there.
const stop = () => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const of = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const { top, bottom, width, height } = node.getBoundingClientRect();
  return {
    n: node.dataset.stop ?? null,
    seen: of(node) || of(node.closest("label") ?? node),
    inView: bottom > 0 && top < innerHeight && width > 0 && height > 0,
    words: (node.getAttribute("aria-label") || node.innerText || node.outerHTML).slice(0, 60).replace(/\s+/g, " "),
  };
};

async function tabThrough(page) {
  const all = await page.evaluate(usable);
  const reached = new Set();
  const unseen = [];
  let last = null;
  for (let i = 0; i < MOST; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(stop);
    if (at === null || (at.n !== last && reached.has(at.n))) break; // round again
    const isSame = at.n !== null && at.n === last; // a date has a stop for its month, day, year and calendar, marked by the browser
    last = at.n;
    if (at.n !== null) reached.add(at.n);
    if (!isSame && (!at.seen || !at.inView)) unseen.push(at.words);
  }
  const left = await page.evaluate(
    (seen) =>
      [...document.querySelectorAll("[data-stop]")]
        .filter((node) => !seen.includes(node.dataset.stop))
        .map((node) => node.outerHTML.slice(0, 120)),
    [...reached],
  );
  return { all, left, unseen };
}

walk("By keyboard alone", async ({ step, enter, school }) => {
  const dean = await enter(school.dean);
  const { page } = dean;
  const [student] = school.sql("select external_id from core.student order by student_id offset 1 limit 1");
  const [id] = school.sql(
    "select case_id from core.case_file where state not in ('resolved', 'merged') order by case_id desc limit 1",
  );
  const screens = [
    ["Today", "/"],
    ["Student", `/students/${student}`],
    ["Case", `/cases/${id}`],
    ["Clearance", "/clearance"],
    ["Policy", "/policy"],
    ["Students", "/students"],
    ["Cohort", "/cohort"],
  ];

  for (const [title, path] of screens)
    await step(
      `${title}: each thing that can be used is reached, and seen when it is`,
      async () => {
        await open(dean, path);
        const { all, left, unseen } = await tabThrough(page);
        assert.ok(all > 15);
        assert.deepEqual({ left, unseen }, { left: [], unseen: [] });
      },
      { alone: true },
    );

  await step("the first stop leads past the menu", async () => {
    await open(dean, "/students");
    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: "Skip to the page" });
    assert.equal(await skip.evaluate((link) => link === document.activeElement && link.getBoundingClientRect().top >= 0), true);
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)), true);
  });

  await step("a page that was opened by a link begins at its heading", async () => {
    await page.getByRole("link", { name: "Clearance", exact: true }).first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Clearance" }).waitFor();
    await settled(dean);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
  });

  await step("a dialog keeps the focus, Escape closes it, and the focus is back where it was", async () => {
    await open(dean, `/cases/${id}`);
    const opener = page.getByRole("button", { name: "Resolve", exact: true }).first();
    await opener.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Resolve the case" });
    await dialog.waitFor();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      const where = await page.evaluate(() => [
        document.activeElement === document.body,
        document.querySelector("dialog").contains(document.activeElement),
      ]);
      assert.ok(where[0] || where[1], "the focus left the dialog for the page beneath");
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await opener.evaluate((button) => button === document.activeElement), true);
  });

  await step("single keys can be switched off", async () => {
    await open(dean, "/account");
    await page.getByLabel(/^Single keys/).uncheck();
    await open(dean, "/");
    await page.keyboard.press("j");
    assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
    await dean.context.clearCookies({ name: "keys" });
  });

  await step("every target is 24 by 24, or has room around it", async () => {
    for (const path of ["/", "/students", `/cases/${id}`]) {
      await open(dean, path);
      const small = await page.evaluate(() => {
        const boxes = [...document.querySelectorAll("button, input, select, summary, a.button")]
          .filter((node) => node.checkVisibility())
          .map((node) => [node, (node.closest("label") ?? node).getBoundingClientRect()]);
        return boxes
          .filter(([, box]) => box.width > 1 && (box.width < 24 || box.height < 24))
          .filter(([node, box]) =>
            boxes.some(
              ([other, near]) =>
                other !== node &&
                Math.hypot(box.x + box.width / 2 - near.x - near.width / 2, box.y + box.height / 2 - near.y - near.height / 2) < 24,
            ),
          )
          .map(([node]) => node.outerHTML.slice(0, 100));
      });
      assert.deepEqual(small, [], path);
    }
  });
});
