/*
 * The door: wrong and right, by hand and by a password manager, for who is new, who lost the phone, and who has not got a second
 * factor yet.
 */
import { totp } from "../office.mjs";
import { PASSWORD } from "../school.mjs";
import { assert, noBarriers, open, settled, walk } from "../walk.mjs";

const EVIL = `<img src=x onerror="alert(1)"><script>alert(2)</script>"'&amp; {{7*7}}`;

walk("The door", async ({ step, enter, school, somebody }) => {
  const who = await somebody("laurel", "Laurel Myrtle", "dean");
  const guest = await enter(undefined, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = guest;
  const field = (label) => page.getByLabel(label, { exact: true });
  const first = async (password) => {
    await field("E-mail address").fill(who.email);
    await field("Password").fill(password);
    await page.getByRole("button", { name: "Go on" }).click();
  };

  await step("a wrong password is told, and not whether the address is right", async () => {
    await open(guest, "/sign-in");
    await first("not that one at all");
    const problem = page.getByRole("alert");
    await problem.getByText("The address, the password or the code is not right.").waitFor();
    assert.equal(await field("E-mail address").inputValue(), who.email);
    await noBarriers(page);
  });

  await step("the password is masked, named for managers, and can be pasted", async () => {
    assert.equal(await field("Password").getAttribute("type"), "password");
    assert.equal(await field("Password").getAttribute("autocomplete"), "current-password");
    assert.equal(await field("E-mail address").getAttribute("autocomplete"), "username");
    await page.evaluate((text) => navigator.clipboard.writeText(text), who.password);
    await field("Password").fill("");
    await field("Password").focus();
    await page.keyboard.press("Control+V");
    assert.equal(await field("Password").inputValue(), who.password);
  });

  await step("a wrong code is told in the same words", async () => {
    await page.getByRole("button", { name: "Go on" }).click();
    await field("Code").waitFor();
    assert.equal(await field("Code").getAttribute("autocomplete"), "one-time-code");
    await field("Code").fill("000000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("is not right").waitFor();
  });

  await step("a code with a space, pasted, is right", async () => {
    const code = school.code(who);
    await page.evaluate((text) => navigator.clipboard.writeText(text), `${code.slice(0, 3)} ${code.slice(3)}`);
    await field("Code").focus();
    await page.keyboard.press("Control+V");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
  });

  await step("signing out is on every page, and leaves nothing behind", async () => {
    for (const path of ["/", "/students", "/account", "/help"]) {
      await open(guest, path);
      assert.ok(await page.getByRole("button", { name: "Sign out", exact: true }).isVisible(), path);
    }
    await page.evaluate(() => {
      localStorage.setItem("left", "behind");
      sessionStorage.setItem("left", "behind");
    });
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL("**/sign-in");
    await settled(guest);
    const kept = await page.evaluate(async () => [
      localStorage.length,
      sessionStorage.length,
      (await caches.keys()).length,
      (await indexedDB.databases()).length,
    ]);
    assert.deepEqual(kept, [0, 0, 0, 0]);
    assert.deepEqual(
      (await guest.context.cookies()).filter(({ name }) => name.includes("sid")),
      [],
    );
  });

  await step("a recovery code opens it once", async () => {
    await open(guest, "/sign-in");
    await first(who.password);
    await field("Code").fill(who.recovery[0]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL("**/sign-in");
    await settled(guest);
    await first(who.password);
    await field("Code").fill(who.recovery[0]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("is not right").waitFor();
  });
});

walk("Somebody new", async ({ step, enter, school }) => {
  const email = "clover@quillfeather.example";
  const { code } = school.invite(email, "Clover Juneberry", "dean");
  const clover = await enter();
  const { page } = clover;
  let secret = "";

  await step("opens the invitation, and no server saw its code in an address", async () => {
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await open(clover, `/invitation#${code}`);
    assert.equal(await page.getByLabel("Code of your invitation").inputValue(), code);
    assert.deepEqual(
      asked.filter((url) => url.split("#")[0].includes(code)),
      [],
    );
  });

  await step("is told why a password is not good enough", async () => {
    await page.getByLabel("New password").fill("password");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.locator(".field-error").waitFor();
    await noBarriers(page);
  });

  await step("may look at what is typed, and sets one", async () => {
    const field = page.getByLabel("New password");
    await field.fill(PASSWORD);
    assert.equal(await field.getAttribute("type"), "password");
    await page.getByRole("button", { name: "Show the password" }).click();
    assert.equal(await field.getAttribute("type"), "text");
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByText("is set.").waitFor();
    assert.equal(new URL(page.url()).hash, "");
  });

  await step("signs in, and comes to nothing but the second factor", async () => {
    await page.getByRole("link", { name: "Sign in with it" }).click();
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("heading", { level: 1, name: "Set up a second factor" }).waitFor();
    await open(clover, "/students");
    await page.getByRole("heading", { level: 1, name: "Set up a second factor" }).waitFor();
  });

  await step("scans the picture, which says the same as the secret beside it", async () => {
    await page.getByRole("button", { name: "Set it up" }).click();
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    secret = (await page.locator("main code").first().innerText()).replace(/\s/g, "");
    assert.match(secret, /^[A-Z2-7]{32}$/);
    await noBarriers(page);
    const dark = await page.evaluate(() => document.querySelector("main svg path").getAttribute("d").split("M").length - 1);
    assert.ok(dark > 300, "a picture with something in it");
  });

  await step("a wrong code is told beside the field, the right one gives recovery codes", async () => {
    await page.getByLabel("The code that it shows now").fill("000000");
    await page.getByRole("button", { name: "It works" }).click();
    await page.locator(".field-error, .form-problem").first().waitFor();
    await page.getByLabel("The code that it shows now").fill(totp(secret));
    await page.getByRole("button", { name: "It works" }).click();
    await page.getByRole("heading", { level: 1, name: "Your recovery codes" }).waitFor();
    assert.equal(await page.locator(".recovery li").count(), 10);
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a file" }).click()]);
    assert.equal(file.suggestedFilename(), "stepguard-recovery-codes.txt");
  });

  await step("and everything that the role has is open", async () => {
    await page.getByRole("button", { name: "I have them" }).click();
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
    await settled(clover);
  });
});

walk("What people wrote is text", async ({ step, enter, school }) => {
  const dean = await enter(school.dean);
  const { page } = dean;
  const open_case = `select case_id || ' ' || external_id from core.case_file join core.student using (school_id, student_id)
                      where state not in ('resolved', 'merged') order by case_id desc offset 1 limit 1`;
  const [id, student] = school.sql(open_case)[0].split(" ");

  await step("a note with markup in it is shown letter by letter", async () => {
    await open(dean, `/cases/${id}`);
    await page.getByLabel("A new note").fill(EVIL);
    await page.getByRole("button", { name: "Save the note" }).click();
    await page.locator(".note-text").first().waitFor();
    assert.equal(await page.locator(".note-text").first().innerText(), EVIL);
    assert.equal(await page.locator("main img, main script").count(), 0);
  });

  await step("so is a name that came with the roster, wherever it is shown", async () => {
    const [before] = school.sql("select family_name from core.student where external_id = :'v1'", student);
    school.sql("update core.student set family_name = :'v2' where external_id = :'v1'", student, EVIL);
    for (const path of [
      "/",
      "/students",
      `/students/${student}`,
      `/cases/${id}`,
      "/cases",
      "/clearance",
      `/students/${student}/packet`,
    ]) {
      await open(dean, path);
      assert.equal(await page.locator("main img, main script").count(), 0, path);
    }
    await open(dean, `/cases/${id}`);
    assert.ok((await page.getByRole("heading", { level: 1 }).innerText()).includes(EVIL));
    school.sql("update core.student set family_name = :'v2' where external_id = :'v1'", student, before);
  });

  await step("no script can make markup of text: the browser refuses it", async () => {
    const refused = await page.evaluate(() => {
      try {
        document.createElement("div").innerHTML = "<b>x</b>";
        return "taken";
      } catch (thrown) {
        return thrown.name;
      }
    });
    assert.equal(refused, "TypeError");
    await page.waitForFunction(() => true);
    dean.complaints.splice(
      0,
      dean.complaints.length,
      ...dean.complaints.filter((text) => !/require-trusted-types-for|TrustedHTML/.test(text)),
    );
  });
});
