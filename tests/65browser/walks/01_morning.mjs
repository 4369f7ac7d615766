/* A dean's quarter of an hour: whom to see, what was done about it, one decision, one packet for the committee, and home. */
import { signIn } from "../office.mjs";
import { assert, open, settled, until, walk } from "../walk.mjs";

walk("A dean's morning", async ({ step, enter, school, somebody }) => {
  const who = await somebody("hazel", "Hazel Linden", "dean");
  await somebody("adviser1", "Rowan Aspen", "adviser");
  const dean = await enter();
  const { page } = dean;
  const rows = page.locator("ol.queue li.item");
  const toast = page.locator(".toast");
  const first = (state) => rows.filter({ has: page.getByRole("button", { name: "Acknowledge" }) }).nth(state);
  const caseOf = (row) => row.getAttribute("data-case");
  const stateOf = (id) => school.sql("select state from core.case_file where case_id = :v1", id)[0];
  const focus = (row) => row.locator("a.name").focus();

  await step("signs in with a password and a code", async () => {
    school.code(who);
    await signIn(page, who);
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
    await settled(dean);
    assert.ok((await rows.count()) >= 6, "a queue to work on");
  });

  await step("reads each row: a mark in a word, a reason with its numbers, days, an owner", async () => {
    for (const row of await rows.all()) {
      assert.match(await row.locator(".why").innerText(), /\S+ \S+/);
      assert.match(await row.locator(".mark").first().innerText(), /\w+/);
      assert.equal(await row.locator("dt").count(), 3);
    }
  });

  const triaged = [];
  await step("acknowledges one by a key", async () => {
    await page.keyboard.press("j");
    const row = rows.first();
    assert.equal(await row.locator("a.name").evaluate((name) => name === document.activeElement), true);
    triaged.push(await caseOf(row));
    await page.keyboard.press("a");
    await toast.getByText("Acknowledged").waitFor();
    await until(() => stateOf(triaged[0]) === "acknowledged", "it to be so");
  });

  await step("takes it back by a key", async () => {
    await page.keyboard.press("u");
    await toast.getByText("Undone.").waitFor();
    assert.equal(stateOf(triaged[0]), "new");
  });

  await step("assigns the second to an adviser", async () => {
    await settled(dean);
    const row = rows.nth(1);
    const id = await caseOf(row);
    await focus(row);
    await page.keyboard.press("o");
    const dialog = page.getByRole("dialog", { name: "Whose case is it?" });
    const colleague = dialog.getByLabel("To", { exact: true });
    await colleague.locator("option", { hasText: who.name }).waitFor({ state: "attached" });
    await colleague.selectOption({ label: `${who.name} (dean)` });
    await dialog.getByRole("button", { name: "Assign" }).click();
    await toast.getByText("Assigned").waitFor();
    assert.equal(
      school.sql("select s.name from core.case_file c join core.staff s on s.staff_id = c.owner_id where case_id = :v1", id)[0],
      who.name,
    );
  });

  const byDialog = async (row, key, dialog, button, state) => {
    await settled(dean);
    const id = await caseOf(row);
    await focus(row);
    await page.keyboard.press(key);
    await page.getByRole("dialog", { name: dialog }).getByRole("button", { name: button, exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await until(() => state(id), `${button} of case ${id}`);
  };

  await step("snoozes the third for three days", () =>
    byDialog(
      rows.nth(2),
      "s",
      "Snooze until",
      "Snooze",
      (id) => school.sql("select snooze_until is not null from core.case_file where case_id = :v1", id)[0] === "t",
    ),
  );

  await step("watches the fourth until it gets worse", () =>
    byDialog(rows.nth(3), "w", "Watch until worse", "Watch", (id) => stateOf(id) === "watching"),
  );

  await step("acknowledges the fifth by its button", async () => {
    await settled(dean);
    const row = first(0);
    const id = await caseOf(row);
    await row.getByRole("button", { name: "Acknowledge" }).click();
    await until(() => stateOf(id) === "acknowledged", "it to be so");
  });

  let student = "";
  await step("opens a student, and reads where they stand, since when, and why", async () => {
    await settled(dean);
    const name = await rows.first().locator("a.name").innerText();
    await rows.first().locator("a.name").click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await settled(dean);
    student = new URL(page.url()).pathname;
    for (const part of ["Readiness over time", "P(pass)", "Results", "Plan and attempts", "Clearance", "Case and notes"])
      await page.getByRole("heading", { level: 2, name: part, exact: true }).first().waitFor();
  });

  await step("records an e-mail, with a sentence that the student can read", async () => {
    await page.getByRole("button", { name: "Record contact" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Record a contact" });
    assert.match(await dialog.innerText(), /The student can read this/);
    await dialog.getByLabel("In a sentence").fill("We meet on Thursday.");
    await dialog.getByRole("button", { name: "Record contact" }).click();
    await toast.getByText("Contact recorded").waitFor();
    await page.getByText("We meet on Thursday.").first().waitFor();
  });

  await step("watches them from their own page", async () => {
    await settled(dean);
    await page.getByRole("button", { name: "Watch", exact: true }).first().click();
    const dialog = page.getByRole("dialog", { name: "Watch until worse" });
    await dialog.getByLabel(/Points/).fill("8");
    await dialog.getByRole("button", { name: "Watch", exact: true }).click();
    await toast.getByText("Watching").waitFor();
  });

  await step("clears one to sit, after having looked at more than the estimate", async () => {
    await open(dean, "/clearance?state=undecided&sort=-last_safe_on");
    await page
      .getByRole("link", { name: /^Decide/ })
      .first()
      .click();
    await settled(dean);
    const [id] = new URL(page.url()).pathname.split("/").slice(-1);
    await page.getByRole("button", { name: "Decide", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Decide on clearance" });
    await dialog.getByLabel("Decision").selectOption("cleared");
    await dialog.getByRole("textbox", { name: "Reason" }).fill("Two forms above the line, and the plan holds.");
    await dialog.getByRole("checkbox").nth(1).check();
    await dialog.getByRole("checkbox").nth(2).check();
    await dialog.getByRole("button", { name: /^Decide/ }).click();
    await toast.getByText("Decided: cleared.").waitFor();
    const decided =
      "select c.state from core.clearance c join core.student s using (school_id, student_id) where external_id = :'v1' order by revision desc limit 1";
    assert.deepEqual(school.sql(decided, id), ["cleared"]);
    student = `/students/${id}`;
  });

  await step("prints the packet for the committee: two pages", async () => {
    await open(dean, `${student}/packet`);
    const paper = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    assert.equal(paper.toString("latin1").match(/\/Type\s*\/Page\b/g).length, 2);
  });

  await step("signs out, and nothing is left in this browser", async () => {
    await open(dean, "/");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/sign-in");
    await settled(dean);
    const cookies = await dean.context.cookies();
    assert.deepEqual(
      cookies.filter(({ name }) => name === "__Host-sid"),
      [],
    );
    await page.goBack();
    await page.waitForURL("**/sign-in*");
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    assert.equal(await rows.count(), 0);
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  });
});
