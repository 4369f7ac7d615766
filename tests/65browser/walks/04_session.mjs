/*
 * A session that ends, a proof that has grown old, a person who was away: nothing that was written is lost, nothing is sent
 * twice.
 */
import { assert, open, settled, walk, WAIT_MS } from "../walk.mjs";

const NOTE = "We agreed on a quieter week; the plan follows by Friday.";
const END = `update core.session s set ended_at = now(), ended_why = 'ended elsewhere' from core.staff p
              where p.staff_id = s.staff_id and p.email = :'v1' and ended_at is null`;
const AGE = `update core.session s set stepped_up_at = stepped_up_at - interval '1 hour' from core.staff p
              where p.staff_id = s.staff_id and p.email = :'v1'`;

walk("A session that ends in the middle of a note", async ({ step, enter, school, somebody }) => {
  const who = await somebody("juniper", "Juniper Birch", "dean");
  const [id] = school.sql(
    "select case_id from core.case_file where state not in ('resolved', 'merged') order by case_id desc limit 1",
  );
  const dean = await enter(who);
  const { page } = dean;
  const box = page.getByLabel("A new note");
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  let saved; // the one press of the button: before the page learns that the session ended, or as soon as the dialog is gone
  const notes = () => Number(school.sql("select count(*) from core.case_note where text = :'v1'", NOTE)[0]);

  await step("writes, while the session ends elsewhere", async () => {
    await open(dean, `/cases/${id}`);
    await box.fill(NOTE.slice(0, 20));
    school.sql(END, who.email);
    await box.fill(NOTE);
  });

  await step("saves, is asked to sign in over the page, and the page is covered meanwhile", async () => {
    saved = page.getByRole("button", { name: "Save the note" }).click({ timeout: 2 * WAIT_MS });
    saved.catch(() => undefined);
    await dialog.waitFor();
    assert.equal(await page.locator(".frame.cover").count(), 1);
    assert.equal(notes(), 0);
  });

  await step("signs in, and the note is there once", async () => {
    await dialog.getByLabel("Password", { exact: true }).fill(who.password);
    await dialog.getByRole("button", { name: "Go on" }).click();
    await dialog.getByLabel("Code", { exact: true }).fill(school.code(who));
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await dialog.waitFor({ state: "detached" });
    await saved;
    await page.locator(".note-text", { hasText: NOTE }).waitFor();
    await settled(dean);
    assert.equal(notes(), 1);
    assert.equal(await box.inputValue(), "");
    assert.equal(await page.locator(".frame.cover").count(), 0);
  });

  await step("is asked to prove it anew for a file, cancels, and nothing is sent", async () => {
    await open(dean, "/students");
    school.sql(AGE, who.email);
    await page.getByRole("button", { name: "CSV" }).click();
    const proof = page.getByRole("dialog", { name: "Prove that it is you" });
    await proof.getByRole("button", { name: "Cancel" }).click();
    await page.locator(".toast", { hasText: "nothing was sent" }).waitFor();
  });

  await step("asks again, proves it, and has the file", async () => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      (async () => {
        await page.getByRole("button", { name: "CSV" }).click();
        const proof = page.getByRole("dialog", { name: "Prove that it is you" });
        await proof.getByLabel("Password").fill("violet anvils hum loudly");
        await proof.getByRole("button", { name: "Go on" }).click();
        await proof.getByText("The password or the code is not right.").waitFor();
        await proof.getByText("one of them is enough").waitFor();
        await proof.getByLabel("Or a code from your authenticator").fill(school.code(who));
        await proof.getByRole("button", { name: "Go on" }).click();
      })(),
    ]);
    assert.equal(file.suggestedFilename(), "students.csv");
  });
});

walk("Away from the desk", async ({ step, enter, school, somebody }) => {
  const who = await somebody("juniper", "Juniper Birch", "dean");
  const dean = await enter(who);
  const { page } = dean;
  const warning = page.getByRole("dialog", { name: "Are you still there?" });

  await step("is warned two minutes before the end, and stays by one key", async () => {
    await page.clock.install();
    await open(dean, "/help");
    await page.clock.fastForward("13:30");
    await warning.waitFor();
    assert.match(await warning.getByRole("timer").innerText(), /^1:\d\d$/);
    await page.keyboard.press("Enter"); // the dialog's own first button closes it, which is to stay
    await warning.waitFor({ state: "detached" });
  });

  await step("did stay: the server knows", async () => {
    const seen =
      "select max(last_seen_at) > now() - interval '30 s' from core.session join core.staff using (staff_id) where email = :'v1'";
    assert.deepEqual(school.sql(seen, who.email), ["t"]);
  });

  await step("was away too long, and is asked to sign in over the page", async () => {
    school.sql(END, who.email);
    await page.clock.fastForward("15:30");
    await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
  });
});
