/* One student, read as a committee would: the figures agree with each other, what is decided stands, and two sheets come out. */
import { assert, noBarriers, open, overflow, settled, until, walk } from "../walk.mjs";

const LINE = /P\(pass\)\s(\d+|under\s1|over\s99)\s%/;

const PAPER_PX = 680; // 180 mm, what is between the margins

// Three weeks of the last four, of which one reached its goal, as the student's client would have told of them.
const GOAL = `insert into core.study_goal (school_id, student_id, goal_id, set_at, from_day, questions_a_week, device_id)
  select school_id, student_id, gen_random_uuid(), now() - interval '60 days', current_date - 60, 5000, 1
    from core.student where external_id = :'v1'`;
const WEEKS = `insert into core.study_checkin (school_id, student_id, checkin_id, week_from, made_at, study_minutes, questions,
                                               reviewed_percent, confidence_percent, device_id)
  select school_id, student_id, gen_random_uuid(), date_trunc('week', now() at time zone 'America/Chicago')::date - 7 * n,
         now() - n * interval '1 day',
         1200, case when n = 4 then 5000 else 50 end, 60, 80 + n, 1
    from core.student, unnest('{1,3,4}'::int[]) n where external_id = :'v1'`;

// Pages of a PDF as Chromium writes it.
const pagesOf = (pdf) => pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;

walk("A student's page", async ({ step, enter, school, somebody }) => {
  const dean = await enter(await somebody("student-dean", "Hazel Alder", "dean"));
  const { page } = dean;
  const at = "/students/1001";
  const [exam] = school.sql(
    "select planned_on from core.student s, core.attempts_of(s.school_id, s.student_id) where external_id = '1001'",
  );
  const toast = page.locator(".toast");
  const part = (name) => page.getByRole("region", { name, exact: true });

  await step("is one page from head to foot", async () => {
    await open(dean, at);
    for (const name of [
      "Readiness over time",
      "P(pass)",
      "Why",
      "Weak areas",
      "Results",
      "Study",
      "Plan and attempts",
      "Clearance",
      "Case and notes",
      "Timeline",
      "Who may see, who looked",
    ])
      await page.getByRole("heading", { name, exact: true }).waitFor();
    await page.getByText(/You see this as dean of the school/).waitFor();
    await page.locator("#readiness .drawing svg").waitFor();
  });

  await step("gives reasons that add up as printed", async () => {
    const cells = await page.locator("#why .shares td.end").allInnerTexts();
    const numbers = cells.map((text) => Number(text.replace("−", "-").replace(/[+% ]/g, "")));
    const smaller = await page.locator("#why .shares tr", { has: page.locator("button[aria-expanded=true]") }).count();
    assert.equal(smaller, 0, "the small ones are gathered");
    const total = numbers.pop();
    assert.ok(Math.abs(numbers.reduce((sum, number) => sum + number, 0) - total) < 1e-6, cells.join(" "));
  });

  await step("says every mark of the chart in the table beside it", async () => {
    const chart = part("Readiness over time");
    await chart.getByRole("button", { name: "As a table" }).click();
    await chart.getByRole("row").nth(1).waitFor();
    await chart.getByRole("button", { name: "As a chart" }).click();
    await chart.locator(".drawing svg").waitFor();
  });

  await step("compares another day, typed or with arrow keys, and keeps it in the address", async () => {
    await page.getByLabel("What if the exam were on").fill(exam.replace(/-\d\d$/, "-28"));
    const said = page.locator(".what-if [aria-live]");
    const figures = async () => LINE.test(await said.innerText());
    await until(figures, "figures of that day");
    assert.match(page.url(), /exam=/, "the address says the day");
    const before = await said.innerText();
    await page.getByRole("slider", { name: "Exam day to compare" }).press("ArrowRight");
    await until(async () => (await said.innerText()) !== before && (await figures()), "the next day's figures");
    await page.reload();
    await until(figures, "the same after loading anew");
  });

  await step("shows what was said night by night, each night that was kept, and keeps that in the address", async () => {
    await page.getByRole("button", { name: "What was said night by night" }).click();
    const chart = part("What was said night by night");
    await chart.getByText(/the school was told/).waitFor();
    assert.match(page.url(), /said=1/);
    await chart.locator(".drawing svg").waitFor();
    await chart.getByRole("button", { name: "As a table" }).click();
    const kept =
      "select count(*) from core.estimate_night join core.student using (school_id, student_id) where external_id = :'v1'";
    assert.equal(await chart.locator("tbody tr").count(), Number(school.sql(kept, "1001")[0]));
    await chart.getByRole("button", { name: "As a chart" }).click();
  });

  await step("says how weeks come here, and then what was meant, what was done and how sure the student is", async () => {
    await part("Study").getByText("stepguard checkin").waitFor();
    school.sql(GOAL, "1001");
    school.sql(WEEKS, "1001");
    await page.reload();
    const chart = part("Study");
    await chart.getByText("The goal was reached in 1 of 3 weeks").waitFor();
    await chart.getByText("of 1 nothing was said").waitFor();
    await chart.locator(".drawing svg").waitFor();
    await chart.getByText(/^81\s%,/).waitFor();
    assert.match(await chart.locator(".facts").innerText(), /The estimate\s+(\d+|under\s1|over\s99)\s%/);
    await chart.getByRole("button", { name: "As a table" }).click();
    const rows = await chart.locator("tbody tr").allInnerTexts();
    assert.equal(rows.length, 5, "this week and the one that nobody spoke of are there");
    assert.match(rows[2], /–.*–/s, "and that one is empty");
    await chart.getByRole("button", { name: "As a chart" }).click();
    await noBarriers(page);
  });

  await step("decides on clearance, and not on the estimate alone", async () => {
    // What was said of the weeks makes the estimate anew, and a decision stands on what was seen of it.
    await until(() => school.sql("select count(*) from core.progress where assessed_version < version")[0] === "0", "the estimates");
    await open(dean, at);
    await page.getByRole("button", { name: "Decide" }).click();
    const dialog = page.getByRole("dialog", { name: "Decide on clearance" });
    const decide = dialog.getByRole("button", { name: "Decide" });
    await dialog.getByLabel("Decision", { exact: true }).selectOption("not_cleared");
    await dialog.getByLabel("Reason", { exact: true }).fill("Two forms lie below the line; another form before the date is held.");
    await dialog.getByLabel(/^The estimate/).check();
    await dialog.getByText("The estimate alone is not enough").waitFor();
    assert.equal(await decide.isDisabled(), true);
    await dialog.getByLabel(/^The results themselves/).check();
    await noBarriers(page);
    await decide.click();
    await toast.getByText("Decided: not cleared.").waitFor();
    await page.locator("#clearance .log").getByText("another form before the date is held").waitFor();
  });

  await step("moves the exam, and hears which rule stands against it", async () => {
    await page.getByRole("button", { name: "Change the plan" }).click();
    const dialog = page.getByRole("dialog", { name: "Change the plan" });
    const year = Number(exam.slice(0, 4)) + 2;
    await dialog.getByLabel("Exam day", { exact: true }).fill(`${year}${exam.slice(4)}`);
    await dialog.getByLabel("Reason").fill("A slip, to see what is said");
    await dialog.getByRole("button", { name: "Record" }).click();
    await toast.getByText("Plan recorded.").waitFor();
    await page.locator("#plan .notice").first().waitFor();
    await page.getByRole("button", { name: "Change the plan" }).click();
    await dialog.getByLabel("Exam day", { exact: true }).fill(exam);
    await dialog.getByLabel("Reason").fill("Put right");
    await dialog.getByRole("button", { name: "Record" }).click();
    await until(async () => (await page.locator("#plan .notice").count()) === 0, "nothing to stand against it");
  });

  await step("has no barriers and nothing wider than a phone", async () => {
    await settled(dean);
    await noBarriers(page);
    await page.setViewportSize({ width: 320, height: 800 });
    await settled(dean);
    assert.ok((await overflow(page)) <= 0);
    await noBarriers(page);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  await step("makes two sheets, on Letter and on A4, from a wide window and a narrow one", async () => {
    for (const [id, format, width] of [
      ["1001", "Letter", 1280],
      ["1001", "A4", 1280],
      ["1023", "Letter", 1280],
      ["1010", "A4", 1280],
      ["1001", "Letter", 400],
    ]) {
      await page.setViewportSize({ width, height: 900 });
      await open(dean, `/students/${id}/packet`);
      await page.locator(".sheet .drawing svg").waitFor();
      await page.emulateMedia({ media: "print" });
      await page.setViewportSize({ width: PAPER_PX, height: 900 });
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      const cut = await page
        .locator(".sheet")
        .evaluateAll(
          (sheets) =>
            sheets.filter((sheet) => sheet.lastElementChild.getBoundingClientRect().bottom > sheet.getBoundingClientRect().bottom)
              .length,
        );
      assert.equal(cut, 0, `the foot of each sheet of ${id} is on it`);
      const pdf = await page.pdf({ format });
      assert.equal(pagesOf(pdf), 2, `${id} on ${format}`);
      await page.emulateMedia({ media: null });
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await noBarriers(page);
  });

  await step("enters in the ledger what leaves the office, and prints that on both sheets", async () => {
    await open(dean, "/students/1001/packet");
    await page.getByRole("button", { name: "It leaves the office…" }).click();
    const dialog = page.getByRole("dialog", { name: "It leaves the office" });
    await dialog.getByLabel("Who gets it").fill("Liaison of the accreditor");
    await dialog.getByLabel("What they need it for").fill("A visit");
    await dialog.getByLabel("On what ground").selectOption("accreditor");
    await dialog.getByRole("button", { name: "Enter it in the ledger" }).click();
    await toast.getByText("Entered in the ledger").waitFor();
    assert.equal(await page.locator(".sheet-foot").getByText("Given to Liaison of the accreditor").count(), 2);
  });

  await step("says the same of a student who is not there and of one who is not one's own", async () => {
    const adviser = await enter(await somebody("student-adviser", "Rowan Alder", "adviser"));
    await open(adviser, at);
    const refused = await adviser.page.locator("main").innerText();
    await open(adviser, "/students/no-such");
    assert.equal(
      (await adviser.page.locator("main").innerText()).replace("no-such", "1001").replace(/request: .*/, ""),
      refused.replace(/request: .*/, ""),
    );
  });

  await step("gives an adviser a ground, and the adviser sees what an adviser may", async () => {
    await open(dean, at);
    await page.getByRole("button", { name: "Give somebody a ground" }).click();
    const dialog = page.getByRole("dialog", { name: "Give somebody a ground" });
    await dialog.getByLabel("Who", { exact: true }).selectOption({ label: "Rowan Alder (adviser)" });
    await dialog.getByRole("button", { name: "Give the ground" }).click();
    await toast.getByText("Rowan Alder sees this student as adviser.").waitFor();
    const adviser = await enter(await somebody("student-adviser", "Rowan Alder", "adviser"));
    await open(adviser, at);
    await adviser.page.getByText(/You see this as/).waitFor();
    assert.equal(await adviser.page.getByRole("button", { name: "Decide" }).count(), 0);
    assert.equal(await adviser.page.getByRole("button", { name: "Give somebody a ground" }).count(), 0);
    await noBarriers(adviser.page);
    await open(adviser, `${at}/packet`);
    assert.equal(await adviser.page.getByRole("button", { name: "It leaves the office…" }).count(), 0);
  });
});
