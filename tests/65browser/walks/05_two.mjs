/* Two people at one case: what the other did shows by itself, nothing is overwritten, and no row moves under a hand. */
import { assert, open, settled, until, walk } from "../walk.mjs";

walk("Two browsers on one case", async ({ step, enter, school, somebody }) => {
  const hazel = await enter(await somebody("hazel", "Hazel Linden", "dean"));
  const rowan = await enter(await somebody("rowan", "Rowan Elder", "dean"));
  const [id] = school.sql(
    "select case_id from core.case_file where state in ('new', 'acknowledged', 'in_progress') and snooze_until is null order by case_id offset 2 limit 1",
  );
  const stored = (what) => school.sql(`select ${what} from core.case_file where case_id = :v1`, id)[0];
  const form = (visitor) => visitor.page.getByRole("dialog", { name: "Record a contact" });
  const SENTENCE = "Left word with the ward clerk.";

  await step("both open it, one begins to write", async () => {
    await Promise.all([open(hazel, `/cases/${id}`), open(rowan, `/cases/${id}`)]);
    await rowan.page.getByRole("button", { name: "Record contact" }).first().click();
    await form(rowan).getByLabel("In a sentence").fill(SENTENCE);
  });

  await step("the other's change shows by itself, beneath what is being written", async () => {
    await hazel.page.evaluate(() => (window.same = true));
    await rowan.page.evaluate(() => (window.same = true));
    await hazel.page.getByRole("button", { name: "Snooze" }).first().click();
    await hazel.page.getByRole("dialog", { name: "Snooze until" }).getByRole("button", { name: "Snooze", exact: true }).click();
    await hazel.page.locator(".toast", { hasText: "Snoozed" }).waitFor();
    await rowan.page.getByText("Snoozed until").first().waitFor();
    assert.equal(await rowan.page.evaluate(() => window.same), true);
    assert.equal(await form(rowan).getByLabel("In a sentence").inputValue(), SENTENCE);
  });

  await step("what rests on how it was is refused, says how it is, and keeps what was written", async () => {
    const before = stored("revision");
    await form(rowan).getByRole("button", { name: "Record contact" }).click();
    await form(rowan).getByText("Somebody else was faster.").waitFor();
    assert.equal(await form(rowan).getByLabel("In a sentence").inputValue(), SENTENCE);
    assert.equal(stored("revision"), before);
    assert.notEqual(stored("snooze_until"), "");
  });

  await step("seen, and sent again, it is taken", async () => {
    await rowan.page.keyboard.press("Escape");
    await form(rowan).waitFor({ state: "detached" });
    await rowan.page
      .getByRole("button", { name: /^Record (a )?contact$/ })
      .first()
      .click();
    assert.equal(await form(rowan).getByLabel("In a sentence").inputValue(), SENTENCE);
    await form(rowan).getByRole("button", { name: "Record contact" }).click();
    await form(rowan).waitFor({ state: "detached" });
    await hazel.page.getByText(SENTENCE).first().waitFor();
    assert.equal(await hazel.page.evaluate(() => window.same), true);
  });
});

walk("Two people at one life event", async ({ step, enter, school, somebody }) => {
  const hazel = await enter(await somebody("hazel", "Hazel Linden", "dean"));
  const { page } = hazel;
  const [student] = school.sql("select external_id from core.student order by student_id offset 3 limit 1");
  const dialog = (name) => page.getByRole("dialog", { name });
  const stored = (what) => school.sql(`select ${what} from core.life_event order by event_id desc limit 1`)[0];

  await step("a leave is noted", async () => {
    await open(hazel, `/students/${student}`);
    const panel = page.locator("section", { has: page.getByRole("heading", { name: "Life events", exact: true }) }).last();
    await panel.getByRole("button", { name: "Add", exact: true }).click();
    await dialog("Add a life event").getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "End or change leave" }).waitFor();
  });

  await step("somebody else changes it while it is open; both are shown, and nothing is overwritten", async () => {
    await page.getByRole("button", { name: "End or change leave" }).click();
    await dialog("Change: leave").getByLabel("Category").selectOption("family");
    school.sql("update core.life_event set ends_on = starts_on + 30, category = 'military', revision = revision + 1");
    await dialog("Change: leave").getByRole("button", { name: "Save" }).click();
    await dialog("Change: leave").getByText("Somebody else was faster.").waitFor();
    assert.match(await dialog("Change: leave").getByRole("alert").innerText(), /It is now: military, .* to /);
    assert.equal(await dialog("Change: leave").getByLabel("Category").inputValue(), "family");
    assert.equal(stored("category"), "military");
  });

  await step("seen, and still held to be right, it is taken", async () => {
    await dialog("Change: leave").getByRole("button", { name: "I have seen it; mine still holds" }).click();
    await dialog("Change: leave").getByRole("button", { name: "Save" }).click();
    await dialog("Change: leave").waitFor({ state: "detached" });
    assert.equal(stored("category"), "family");
  });
});

walk("No row moves under a hand", async ({ step, enter, school, somebody }) => {
  const hazel = await enter(await somebody("hazel", "Hazel Linden", "dean"));
  const rowan = await enter(await somebody("rowan", "Rowan Elder", "dean"));
  const list = hazel.page.locator("ol.queue");
  const order = () => list.locator("li.item").evaluateAll((rows) => rows.map((row) => row.dataset.case));
  let before = [];
  let gone = "";

  await step("one reads the queue with the pointer on it, the other snoozes its first row", async () => {
    await open(hazel, "/");
    await list.locator("li.item").nth(2).hover();
    before = await order();
    assert.ok(before.length > 3);
    await open(rowan, "/");
    const row = rowan.page.locator(`li.item[data-case="${before[0]}"]`);
    gone = before[0];
    await row.getByRole("button", { name: "Snooze" }).click();
    await rowan.page.getByRole("dialog", { name: "Snooze until" }).getByRole("button", { name: "Snooze", exact: true }).click();
    await rowan.page.locator(".toast", { hasText: "Snoozed" }).waitFor();
  });

  await step("every row stays where it is, and it says that the order has changed", async () => {
    await hazel.page.getByText("The order has changed.").waitFor();
    assert.deepEqual(await order(), before);
  });

  await step("when the pointer has left, the new order is there", async () => {
    await hazel.page.mouse.move(2, 2);
    await until(async () => !(await order()).includes(gone), "the row to be gone");
    assert.equal(await hazel.page.getByText("The order has changed.").count(), 0);
  });
});
