/* Filters, order and tab stand in the address: it can be kept, sent to a colleague, loaded anew and gone back to. */
import { assert, open, settled, walk } from "../walk.mjs";

walk("What is looked at stands in the address", async ({ step, enter, school }) => {
  const dean = await enter(school.dean);
  const { page } = dean;
  const shown = () => page.locator("table.list tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key));
  let chosen = [];

  await step("a filter, a search and an order go into it", async () => {
    await open(dean, "/students");
    await page.getByLabel("State").selectOption("at_risk");
    await page.waitForURL(/state=at_risk/);
    await page.getByRole("button", { name: /^P\(pass\)/ }).click();
    await page.waitForURL(/sort=p/);
    await settled(dean);
    chosen = await shown();
    assert.ok(chosen.length > 0 && chosen.length < 48);
    const risks = await page.locator("table.list tbody .mark").allInnerTexts();
    assert.ok(risks.filter((word) => /cannot say|on track|borderline/.test(word)).length === 0);
  });

  await step("loaded anew, it shows the same", async () => {
    await page.reload();
    await settled(dean);
    assert.deepEqual(await shown(), chosen);
    assert.equal(await page.getByLabel("State").inputValue(), "at_risk");
    assert.equal(await page.getByRole("columnheader", { name: /P\(pass\)/ }).getAttribute("aria-sort"), "ascending");
  });

  await step("opened, and gone back from, it shows the same", async () => {
    await page.locator("table.list tbody a").first().click();
    await page.waitForURL(/\/students\/\w+/);
    await settled(dean);
    await page.goBack();
    await page.waitForURL(/state=at_risk/);
    await settled(dean);
    assert.deepEqual(await shown(), chosen);
  });

  await step("a colleague who is sent it comes to the same, after signing in", async () => {
    const path = new URL(page.url()).pathname + new URL(page.url()).search;
    const other = await enter();
    await other.page.goto(path);
    await other.page.waitForURL(/\/sign-in\?to=/);
    const data = { email: school.dean.email, password: school.dean.password, code: school.code(school.dean) };
    await other.page.getByLabel("E-mail address").fill(data.email);
    await other.page.getByLabel("Password", { exact: true }).fill(data.password);
    await other.page.getByRole("button", { name: "Go on" }).click();
    await other.page.getByLabel("Code", { exact: true }).fill(data.code);
    await other.page.getByRole("button", { name: "Sign in" }).click();
    await other.page.waitForURL(/state=at_risk/);
    await settled(other);
    assert.deepEqual(
      await other.page.locator("table.list tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key)),
      chosen,
    );
  });

  await step("a way in that leads elsewhere leads nowhere", async () => {
    const other = await enter();
    for (const to of ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]) {
      await other.page.goto(`/sign-in?to=${encodeURIComponent(to)}`);
      await settled(other);
    }
    const data = { email: school.dean.email, password: school.dean.password, code: school.code(school.dean) };
    await other.page.getByLabel("E-mail address").fill(data.email);
    await other.page.getByLabel("Password", { exact: true }).fill(data.password);
    await other.page.getByRole("button", { name: "Go on" }).click();
    await other.page.getByLabel("Code", { exact: true }).fill(data.code);
    await other.page.getByRole("button", { name: "Sign in" }).click();
    await other.page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
    assert.equal(new URL(other.page.url()).origin, school.url);
  });

  await step("a month, a tab and the filters of the queue do the same", async () => {
    for (const [path, words] of [
      ["/?severity=warning", "Clear filters"],
      ["/calendar?tab=rules", "Rules behind them"],
      ["/policy?tab=thresholds", "Thresholds"],
    ]) {
      await open(dean, path);
      await page.reload();
      await settled(dean);
      await page.getByRole("button", { name: words }).waitFor();
      assert.equal(new URL(page.url()).search, new URL(path, school.url).search);
    }
  });

  await step("what an address has is text: no name in it reaches into the page's objects", async () => {
    const own = () => page.evaluate(() => [{}.polluted, Object.keys(Object.prototype), [].polluted]);
    for (const search of [
      "__proto__[polluted]=yes",
      "__proto__=yes",
      "constructor=x",
      "toString=x",
      "constructor.prototype.polluted=yes",
      "q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    ]) {
      await open(dean, `/students?${search}`);
      assert.deepEqual(await own(), [undefined, [], undefined]);
      assert.equal(await page.locator("main img").count(), 0);
    }
  });
});
