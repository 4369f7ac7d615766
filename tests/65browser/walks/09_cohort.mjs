/*
 * A class on one page: every figure leads to as many students as it says, by pointer and by keyboard; the class is in the address;
 * what stands for nobody, for too few and for 20,000 students is shown as such.
 */
import { assert, noBarriers, open, overflow, settled, until, walk } from "../walk.mjs";

const CHARTS = ["readiness", "passing", "effort", "exams", "classes"];
const PARTS = ["states", "readiness", "passing", "effort", "areas", "exams", "funnel", "classes"];
const MARKS_MOST = 800;
const MANY = 20_000;

// How many students an address of the Students page has.
const totalAt = (page, address) =>
  page.evaluate(async (to) => {
    const response = await fetch(`/api/v1${to}&limit=1`);
    return response.ok ? (await response.json()).total : `refused: ${response.status}`;
  }, address);

const numberIn = (words) => Number(words.replace(/,/g, "").match(/\d+/)[0]);

// The words and addresses of links, the same address once.
const leads = (page, selector) =>
  page
    .locator(selector)
    .evaluateAll((links) => [
      ...new Map(links.map((link) => [link.getAttribute("href"), link.getAttribute("aria-label") ?? link.textContent])),
    ]);

async function everyLeads(page, selector, least) {
  const all = (await leads(page, selector)).filter(([to]) => to.startsWith("/students?"));
  assert.ok(all.length >= least, `${selector}: ${all.length} links`);
  for (const [to, words] of all)
    assert.equal(await totalAt(page, to), numberIn(words.replace(/^Week of [^:]*: /, "")), `${words}: ${to}`);
}

// An answer of the API, changed on its way.
const changed = (page, path, change) =>
  page.route(
    (url) => url.pathname === `/api/v1${path}`,
    async (route) => route.fulfill({ json: change(await (await route.fetch()).json()) }),
  );

function many(effort) {
  const state = ["at_risk", "borderline", "on_track", "cannot_say"];
  const of = (make) => Array.from({ length: MANY }, (_, i) => make(i));
  return {
    ...effort,
    n: MANY,
    points: {
      student_id: of((i) => String(i)),
      given_name: of(() => "Viridian"),
      family_name: of(() => "Hackberry"),
      class_year: of(() => 2028),
      effort: of((i) => (i * 7919) % 1800),
      readiness: of((i) => 45 + ((i * 104_729) % 4000) / 100),
      state: of((i) => state[i % state.length]),
    },
  };
}

walk("A class", async ({ step, enter, somebody }) => {
  const dean = await enter(await somebody("cohort-dean", "Larch Dunnock", "dean"));
  const { page } = dean;
  const drawn = (id) => page.locator(`#${id} .drawing svg`).waitFor();

  await step("shows every part, each with its words", async () => {
    await open(dean, "/cohort");
    for (const id of PARTS) await page.locator(`#${id} h2`).waitFor();
    for (const id of ["readiness", "passing", "effort", "exams"]) await drawn(id);
    const message = await page.locator("#readiness figcaption").innerText();
    assert.match(message, /Median \d+\.\d.* EPC, of \d+ students? with an estimate/);
    assert.match(await page.locator("#states").innerText(), /as of \w+ \d+, \d{4}, .* [A-Z]{2,5}/, "a moment with its zone");
  });

  await step("leads from every figure to as many students", async () => {
    await everyLeads(page, "#states a", 4);
    await everyLeads(page, "#readiness svg a", 3);
    await everyLeads(page, "#passing svg a", 2);
    await everyLeads(page, "#effort .regions a", 2);
    await everyLeads(page, "#exams svg a", 3);
    await everyLeads(page, "#funnel td a", 1);
    await everyLeads(page, "#areas td a", 0);
  });

  await step("is one stop for the Tab key; arrow keys go from bar to bar, Enter opens, back comes back", async () => {
    const bars = page.locator("#readiness svg a");
    assert.equal(await page.locator('#readiness svg a[tabindex="0"]').count(), 1);
    await bars.first().focus();
    await page.keyboard.press("ArrowRight");
    const said = await page.locator("#readiness .said").innerText();
    assert.match(said, /^\d+ students? with a readiness of/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/students\?.*readiness_min=/);
    await settled(dean);
    await page
      .getByText(`${numberIn(said)} student`)
      .first()
      .waitFor();
    await page.getByText(/readiness from \d+ to \d+ EPC/).waitFor();
    await page.goBack();
    await page.waitForURL(/\/cohort$/);
    await settled(dean);
  });

  await step("keeps the class in the address, and offers the others still", async () => {
    const picker = page.getByLabel("Class", { exact: true });
    const [, first] = await until(async () => {
      const options = await picker.locator("option").evaluateAll((all) => all.map((one) => one.value));
      return options.length > 1 && options;
    }, "classes to choose from");
    const all = await picker.locator("option").count();
    await picker.selectOption(first);
    await page.waitForURL(new RegExp(`class_year=${first}`));
    await settled(dean);
    await page.locator(".page-head", { hasText: `class of ${first}` }).waitFor();
    await until(async () => (await picker.locator("option").count()) === all, "all classes");
    await everyLeads(page, "#states .tile-n a", 1);
  });

  await step("gives every chart as a table, without barriers", async () => {
    await open(dean, "/cohort");
    for (const id of CHARTS) {
      const button = page.locator(`#${id}`).getByRole("button", { name: "As a table" });
      if ((await button.count()) === 0) continue; // nothing to show of it
      await button.click();
      await page.locator(`#${id} table.list`).waitFor();
    }
    await everyLeads(page, "#exams td:nth-child(2) a", 1);
    await noBarriers(page);
  });

  await step("draws 20,000 students as cells that count them all", async () => {
    await changed(page, "/cohort/effort", many);
    await open(dean, "/cohort");
    await drawn("effort");
    const cells = await page.locator("#effort svg a").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
    assert.ok(cells.length <= MARKS_MOST, `${cells.length} marks`);
    assert.equal(
      cells.reduce((sum, words) => sum + numberIn(words), 0),
      MANY,
    );
  });

  await step("says what is hidden, and leads nowhere from it", async () => {
    await changed(page, "/cohort", (cohort) => ({
      ...cohort,
      small_cell: 10,
      compared: null,
      no_exam_day: null,
      states: cohort.states.map((state) => ({ ...state, n: null, students: null })),
    }));
    await open(dean, "/cohort");
    assert.equal(await page.locator("#states .tile-n a").count(), 0);
    await page.getByText(/Figures of fewer than 10 students are hidden/).waitFor();
    await noBarriers(page);
  });

  await step("shows an auditor the whole school and lets them ask for no part of it, not by the address either", async () => {
    const auditor = await enter(await somebody("auditor", "Sorrel Yew", "auditor"));
    for (const path of ["/cohort", "/cohort?class_year=2028&track=us_md&period=90"]) {
      await open(auditor, path);
      await auditor.page.locator("#states").waitFor();
      assert.equal(await auditor.page.getByRole("alert").count(), 0);
      assert.equal(await auditor.page.locator("main select").count(), 0);
      assert.equal(await auditor.page.locator("main a[href^='/students']").count(), 0);
      await auditor.page.getByText("all classes").first().waitFor();
      await noBarriers(auditor.page);
    }
  });

  await step("is a page of its own where nobody is on the roster", async () => {
    const none = (counts) => counts.map((count) => ({ ...count, n: 0 }));
    await page.unrouteAll({ behavior: "wait" });
    const empty = ({ students, states }) => ({ n: 0, students: none(students), states: none(states), classes: [] });
    await changed(page, "/cohort", (cohort) => ({ ...cohort, ...empty(cohort) }));
    await page.setViewportSize({ width: 320, height: 640 });
    await open(dean, "/cohort");
    await page.getByText("No students here yet").waitFor();
    assert.ok((await overflow(page)) <= 0);
  });
});
