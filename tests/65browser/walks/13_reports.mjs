/*
 * What is written down and what is sent: a dean reads the night and takes it along, an adviser reads of their own students alone, an
 * auditor takes figures; somebody who keeps the machines sees what could not be delivered, and tries again.
 */
import { readFileSync } from "node:fs";
import { assert, noBarriers, open, overflow, settled, until, walk } from "../walk.mjs";

const AGE = "update core.session set stepped_up_at = now() - interval '1 hour'";
const FORMS = ["PDF", "HTML", "CSV", "JSON", "Text"];

// What the browser saved when that was pressed.
async function saved(page, press) {
  const [file] = await Promise.all([page.waitForEvent("download"), press()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

async function inBothThemes({ page }, path) {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      assert.ok((await overflow(page)) <= 0, `${path} at ${width} px, ${colorScheme}`);
      await noBarriers(page);
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

walk("A night, read and taken along", async ({ step, enter, school }) => {
  const dean = await enter(school.dean);
  const { page } = dean;
  const [night] = school.sql("select max(night) from ops.run where finished_at is not null");

  await step("finds the newest night by the keyboard, at the top", async () => {
    await open(dean, "/reports");
    const first = page.locator("table.list tbody a").first();
    await first.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/reports/nights/${night}`);
    await settled(dean);
    assert.match(await page.getByRole("heading", { level: 1 }).innerText(), /^Night of /);
  });

  await step("reads where students stand: a mark in a word, a number", async () => {
    const tiles = page.locator("ul.tiles li");
    assert.equal(await tiles.count(), 4);
    const words = await tiles.locator(".mark").allInnerTexts();
    assert.deepEqual(words, ["at risk", "borderline", "on track", "cannot say"]);
    const shown = (await tiles.locator(".tile-n").allInnerTexts()).map((text) => parseInt(text));
    const [counts] = school.sql("select manifest #> '{brief,counts}' from ops.run where night = :'v1'", night);
    const { at_risk, borderline, on_track, cannot_say } = JSON.parse(counts);
    assert.deepEqual(shown, [at_risk, borderline, on_track, cannot_say]);
  });

  await step("finds a sentence behind each name, and the student behind the link", async () => {
    const lines = page.locator(".lines li:has(.line-who)");
    assert.ok((await lines.count()) > 3);
    for (const text of await lines.locator(".line-why").allInnerTexts()) assert.match(text, /\S+ \S+.*\.$/);
    const name = await lines.first().getByRole("link").first().innerText();
    await lines.first().getByRole("link").first().click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.goBack();
    await settled(dean);
  });

  await step("has it in each form and theme without a barrier", () => inBothThemes(dean, "the night"));

  await step("proves anew who they are, and has it as a PDF", async () => {
    school.sql(AGE);
    const file = await saved(page, async () => {
      await page.getByRole("button", { name: "PDF", exact: true }).click();
      const proof = page.getByRole("dialog", { name: "Prove that it is you" });
      await proof.getByLabel("Or a code from your authenticator").fill(school.code(school.dean));
      await proof.getByRole("button", { name: "Go on" }).click();
    });
    assert.equal(file.name, `stepguard-brief-${night}.pdf`);
    assert.equal(file.bytes.subarray(0, 5).toString(), "%PDF-");
  });

  await step("and in each other form, with the words against passing it on", async () => {
    for (const form of FORMS.slice(1)) {
      const file = await saved(page, () => page.locator(".files").getByRole("button", { name: form }).click());
      assert.match(file.name, new RegExp(`^stepguard-brief-${night}\\.(html|csv|json|txt)$`));
      assert.match(file.bytes.toString().replace(/\s+/g, " "), /may not be passed on to any other party/);
    }
  });

  await step("takes a packet along from the student's page, and it is on the trail", async () => {
    const [id] = school.sql("select external_id from core.student order by student_id limit 1");
    await open(dean, `/students/${id}`);
    const file = await saved(page, () => page.getByRole("button", { name: /^Packet as PDF/ }).click());
    assert.match(file.name, new RegExp(`^stepguard-packet-${id}-.*\\.pdf$`));
    const looked = school.sql(
      "select count(*) from audit.event e join core.student s on s.student_id = any (e.students) where action = 'packet_file' and s.external_id = :'v1'",
      id,
    );
    assert.equal(looked[0], "1");
    await open(dean, `/students/${id}/packet`);
    await page.getByLabel(/^Files without the office's work/).check();
    const redacted = await saved(page, () => page.getByRole("button", { name: "JSON", exact: true }).click());
    assert.equal(JSON.parse(redacted.bytes.toString()).redacted, true);
  });

  await step("has a class and a period as files", async () => {
    await open(dean, "/reports?tab=class");
    await inBothThemes(dean, "the class report");
    const about = await saved(page, () => page.getByRole("button", { name: "PDF", exact: true }).click());
    assert.match(about.name, /^stepguard-class-20\d\d-.*\.pdf$/);
    await open(dean, "/reports?tab=accreditation&from=2026-01-01&to=2026-06-30");
    await inBothThemes(dean, "the accreditation bundle");
    const bundle = await saved(page, () => page.getByRole("button", { name: "CSV", exact: true }).click());
    assert.equal(bundle.name, "stepguard-accreditation-2026-01-01-2026-06-30.csv");
    await page.getByLabel("From").fill("2026-12-31");
    await page.getByText("The first day is after the last.").waitFor();
    assert.equal(await page.getByRole("button", { name: "PDF", exact: true }).count(), 0);
  });
});

walk("A night, as others see it", async ({ step, enter, school, somebody }) => {
  const [night] = school.sql("select max(night) from ops.run where finished_at is not null");

  await step("an adviser reads of their own students and of nobody else", async () => {
    const who = await somebody("adviser1", "Rowan Aspen", "adviser");
    const own = new Set(school.sql("select external_id from core.student where adviser_email = :'v1'", who.email));
    const adviser = await enter(who);
    await open(adviser, `/reports/nights/${night}`);
    await adviser.page.getByText("Your own students").waitFor();
    const links = adviser.page.locator("main a[href^='/students/']");
    const ids = await links.evaluateAll((all) => all.map((a) => a.pathname.split("/")[2]));
    assert.ok(ids.length > 0);
    assert.deepEqual(
      ids.filter((id) => !own.has(id)),
      [],
    );
    await open(adviser, "/reports");
    assert.equal(await adviser.page.getByRole("button", { name: "Class report" }).count(), 0);
    await inBothThemes(adviser, "an adviser's nights");
  });

  await step("an auditor takes figures, and finds no nights", async () => {
    const auditor = await enter(await somebody("a-auditor", "Auditor Hazel", "auditor"));
    await open(auditor, "/reports");
    for (const tab of ["Nights", "Class report"])
      assert.equal(await auditor.page.getByRole("button", { name: tab }).count(), 0, tab);
    await auditor.page.getByLabel("Academic year", { exact: true }).waitFor();
    await inBothThemes(auditor, "an auditor's bundle");
    const file = await saved(auditor.page, () => auditor.page.getByRole("button", { name: "Text", exact: true }).click());
    const names = school.sql("select family_name from core.student limit 5");
    for (const name of names) assert.ok(!file.bytes.toString().includes(name));
    await open(auditor, `/reports/nights/${night}`);
    await auditor.page.getByText("This is not open to you").waitFor();
  });
});

walk("What is sent", async ({ step, enter, school }) => {
  const dean = await enter(school.dean);
  const { page } = dean;
  const toast = page.locator(".toast");
  const [email] = [school.dean.email];

  await step("sees on Health what could not be delivered and why, and tries again", async () => {
    const [message] = school.sql(
      `select core.post_put(s.school_id, 'brief', 'walk/' || gen_random_uuid(), s.email, '{"n": 1}', now(), now(), s.staff_id)
         from core.staff s where s.email = :'v1'`,
      email,
    );
    school.sql(
      `update ops.message set state = 'failed', attempts = 9, ended_at = now(), last_reply = '550 5.1.1 no such mailbox'
        where message_id = :v1`,
      message,
    );
    await open(dean, "/health?messages=failed");
    const row = page.locator("#messages tbody tr", { hasText: "no such mailbox" });
    assert.match(await row.innerText(), /Brief of the night[\s\S]*failed/);
    await inBothThemes(dean, "messages");
    await row.getByRole("button", { name: /^Try again/ }).click();
    await toast.getByText(/is tried again/).waitFor();
    await row.waitFor({ state: "detached" });
    assert.equal(school.sql("select state from ops.message where message_id = :v1", message)[0], "waiting");
  });

  await step("chooses which mail to get", async () => {
    await open(dean, "/account");
    const brief = page.getByLabel(/^The brief of each night/);
    assert.equal(await brief.isChecked(), true);
    await brief.click();
    await toast.getByText(/it stays away/).waitFor();
    await page.reload();
    await settled(dean);
    assert.equal(await brief.isChecked(), false);
    await inBothThemes(dean, "the account");
    await brief.click();
    await toast.getByText(/it will come/).waitFor();
  });

  await step("writes the school's words to students; what is half written stays", async () => {
    await open(dean, "/policy?tab=texts");
    await page.getByLabel("Subject").fill("How are you?");
    await page.getByLabel("Text").fill("Dear {name}");
    await page.getByRole("link", { name: "Students", exact: true }).first().click();
    await settled(dean);
    await page.goBack();
    await settled(dean);
    assert.equal(await page.getByLabel("Subject").inputValue(), "How are you?");
    await page.getByRole("button", { name: "Keep these words" }).click();
    await page.getByText("Of words in braces there are {days} and {school}").waitFor();
    await page.getByLabel("Text").fill("It has been {days} days. We are here.\n{school}");
    await inBothThemes(dean, "the words");
    await page.getByRole("button", { name: "Keep these words" }).click();
    await toast.getByText("The words are kept").waitFor();
    await page.getByText(/^Version \d+, by/).waitFor();
  });

  await step("adds a webhook, and sees its secret once", async () => {
    await open(dean, "/staff?tab=webhooks");
    await page.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog", { name: "A webhook for a program" });
    await dialog.getByLabel("Address").fill("https://me:word@hooks.example/in");
    await dialog.getByRole("button", { name: "Make the webhook" }).click();
    await dialog.getByText(/have no name and password in it/).waitFor();
    await noBarriers(page);
    await dialog.getByLabel("Address").fill("https://hooks.example/in");
    await dialog.getByRole("button", { name: "Make the webhook" }).click();
    const once = page.getByRole("dialog", { name: "The webhook's secret" });
    assert.match(await once.locator("code").innerText(), /^whsec_[A-Za-z0-9+/]{43}=$/);
    await once.getByRole("button", { name: "I have it" }).click();
    const row = page.locator("tbody tr", { hasText: "hooks.example/in" }).first();
    await inBothThemes(dean, "webhooks");
    await row.getByRole("button", { name: /^Switch off/ }).click();
    await toast.getByText("It is told nothing any more.").waitFor();
    await until(() => row.getByText("off", { exact: true }).isVisible(), "it to be off");
  });
});
