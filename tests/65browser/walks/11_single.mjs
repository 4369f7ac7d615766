/* By the school's own sign-on: in, on where one was after the session ended, and a fresh proof; all of it by the provider's pages. */
import { Provider } from "../provider.mjs";
import { assert, noBarriers, open, settled, walk } from "../walk.mjs";

const END = "update core.session set ended_at = now(), ended_why = 'ended elsewhere' where ended_at is null";
const AGE = "update core.session set stepped_up_at = now() - interval '1 hour'";

walk(
  "Single sign-on",
  async ({ step, enter, school, somebody }) => {
    const who = await somebody("yarrow", "Yarrow Quince", "dean");
    const other = await somebody("myrtle", "Myrtle Quince", "dean");
    school.set("oidc_second_factor", 1); // the provider's word is enough
    const provider = await Provider.start(school);
    const yarrow = await enter();
    const { page, context } = yarrow;
    const [student] = school.sql("select external_id from core.student limit 1");
    const words = page.getByLabel("In the student’s words");
    const asked = page.getByRole("dialog", { name: "A student's request" });
    const tabOf = async (link) => {
      const [tab] = await Promise.all([context.waitForEvent("page"), link.click()]);
      await tab.getByRole("heading", { level: 1, name: "Today" }).waitFor();
      await tab.close();
      await page.bringToFront();
      await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // a browser without a screen shows all tabs
    };

    try {
      await step("one button, and in", async () => {
        await provider.sits(who);
        await open(yarrow, "/sign-in");
        await page.getByRole("link", { name: "With the school's sign-on" }).click();
        await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
        assert.equal(new URL(page.url()).origin, school.url);
        assert.equal(await page.evaluate(async () => (await (await fetch("/api/v1/session")).json()).session.method), "oidc");
      });

      await step("the session ends in the middle of a sentence", async () => {
        await open(yarrow, "/privacy?tab=requests");
        await page.getByRole("button", { name: "Enter a request" }).click();
        await asked.getByLabel("Student id").fill(student);
        await words.fill("All that was written");
        await page.evaluate(() => (window.same = true));
        school.sql(END);
        await asked.getByRole("button", { name: "Enter it" }).click();
        await page.getByRole("dialog", { name: "Your session has ended" }).waitFor();
      });

      await step("signed in by another tab, it is sent, and the page is the same", async () => {
        const ended = page.getByRole("dialog", { name: "Your session has ended" });
        await tabOf(ended.getByRole("link", { name: "Single sign-on, in another tab" }));
        await ended.waitFor({ state: "detached" });
        await asked.waitFor({ state: "detached" });
        await page.getByText("Entered; the clock runs").waitFor();
        assert.equal(await page.evaluate(() => window.same), true);
        assert.equal(school.sql("select count(*) from core.record_request")[0], "1");
      });

      await step("a fresh proof by another tab, and the file comes", async () => {
        await open(yarrow, "/students");
        school.sql(AGE);
        const file = page.waitForEvent("download");
        await page.getByRole("button", { name: "CSV" }).click();
        const proof = page.getByRole("dialog", { name: "Prove that it is you" });
        await tabOf(proof.getByRole("link", { name: "By single sign-on, in another tab" }));
        await proof.waitFor({ state: "detached" });
        assert.equal((await file).suggestedFilename(), "students.csv");
      });

      await step("somebody else's sign-on in another tab lets nobody on where this one was", async () => {
        await open(yarrow, "/privacy?tab=requests");
        await page.getByRole("button", { name: "Enter a request" }).click();
        await words.fill("Not for other eyes");
        school.sql(END);
        await provider.sits(other);
        await context.clearCookies({ domain: "127.0.0.1" }); // the provider's own session
        await asked.getByLabel("Student id").fill(student);
        await asked.getByRole("button", { name: "Enter it" }).click();
        const ended = page.getByRole("dialog", { name: "Your session has ended" });
        await tabOf(ended.getByRole("link", { name: "Single sign-on, in another tab" }));
        await page.getByRole("link", { name: "Myrtle Quince" }).first().waitFor();
        await settled(yarrow);
        assert.equal(await asked.count(), 0);
        assert.equal(school.sql("select count(*) from core.record_request")[0], "1");
      });

      await step("who gives up at the provider is told so, and may try again", async () => {
        await page.getByRole("button", { name: "Sign out", exact: true }).click();
        await page.waitForURL("**/sign-in");
        await provider.tell({ who: null });
        await context.clearCookies({ domain: "127.0.0.1" });
        await settled(yarrow);
        await page.getByRole("link", { name: "With the school's sign-on" }).click();
        await page.getByText("You did not sign in at your school's sign-in service.").waitFor();
        await noBarriers(page);
        await page.getByRole("link", { name: "Back to Stepguard" }).click();
        await page.getByRole("link", { name: "With the school's sign-on" }).waitFor();
      });
    } finally {
      await provider.stop();
    }
  },
  { own: ["single", 1, "--no-clients"] },
);
