/* What several pages of one browser have in common: six connections, one cookie. And what a page does that nobody can reach. */
import { chromium } from "playwright-core";
import { person, signIn, SWITCHES } from "../office.mjs";
import { assert, open, settled, walk } from "../walk.mjs";

const PAGES = 8; // more than the six connections that a browser opens to a server
const ended = (page) => page.getByRole("dialog", { name: "Your session has ended" });

walk("Eight pages of one browser", async ({ step, enter, school, somebody }) => {
  const who = await somebody("hornbeam", "Hornbeam Yew", "dean");
  const dean = await enter(who);
  const pages = [];

  await step("each is shown, though each hears of what changes", async () => {
    while (pages.length < PAGES) {
      const page = await dean.context.newPage();
      pages.push(page);
      await page.goto("/students");
      await page.locator("tbody tr").first().waitFor();
    }
  });

  await step("what changes is heard by a page that does not listen itself", async () => {
    const asked = pages.at(-1).waitForRequest((request) => request.url().includes("/api/v1/students?"));
    school.sql("select pg_notify('sg_changed', school_id::text) from core.school");
    await asked;
  });

  await step("signs out on one, and the others are covered", async () => {
    await pages.at(-1).getByRole("button", { name: "Sign out" }).click();
    await pages.at(-1).getByLabel("E-mail address").waitFor();
    await ended(pages[0]).waitFor();
    assert.equal(await pages[0].locator(".frame.cover").count(), 1);
  });

  await step("signs in again on one, and the others go on", async () => {
    school.code(who);
    await signIn(pages.at(-1), who);
    await ended(pages[0]).waitFor({ state: "detached" });
    assert.equal(await pages[0].locator(".frame.cover").count(), 0);
  });
});

walk("Somebody else takes the cookie", async ({ step, enter, school, somebody }) => {
  const [one, two] = [await somebody("hornbeam", "Hornbeam Yew", "dean"), await somebody("osier", "Osier Alder", "dean")];
  const [id] = school.sql(
    "select case_id from core.case_file where state not in ('resolved', 'merged') order by case_id desc limit 1",
  );
  const dean = await enter(one);
  const other = await enter(two);
  const { page } = dean;
  const words = "Written by Hornbeam, and by nobody else.";

  await step("what one wrote is not sent as another's, and not left for them", async () => {
    await open(dean, `/cases/${id}`);
    await page.getByLabel("A new note").fill(words);
    const loaded = page.waitForEvent("load");
    await dean.context.addCookies(await other.context.cookies());
    const save = page.getByRole("button", { name: "Save the note" }).click();
    await Promise.race([loaded, save]); // what comes from the server by itself may have told the page before the click does
    save.catch(() => undefined);
    await loaded;
    await settled(dean);
    assert.deepEqual(school.sql("select count(*) from core.case_note where text = :'v1'", words), ["0"]);
    await page.getByRole("link", { name: "Osier Alder" }).first().waitFor();
    assert.equal(await page.getByLabel("A new note").inputValue(), "");
  });
});

walk("A server that is away", async ({ step, enter, somebody }) => {
  const dean = await enter(await somebody("hornbeam", "Hornbeam Yew", "dean"));
  const { page, context } = dean;
  let asked = 0;
  context.on("request", (request) => request.url().endsWith("/session") && asked++);

  await step("is asked once, however many keys are pressed and however long it lasts", async () => {
    await page.clock.install();
    await open(dean, "/help");
    await context.setOffline(true);
    await page.clock.fastForward("01:10");
    asked = 0;
    for (let i = 0; i < 40; i++) await page.keyboard.press("z");
    assert.ok(asked <= 1, `${asked} questions for 40 keys`);
    await page.clock.fastForward("14:30");
    await page.locator(".frame.cover").waitFor({ state: "attached" });
    asked = 0;
    await page.clock.runFor("00:30");
    assert.ok(asked <= 30 / 10 + 1, `${asked} questions in 30 s`);
  });

  await step("is there again, and the page goes on", async () => {
    await context.setOffline(false);
    await page.clock.runFor("00:20");
    await page.locator(".frame:not(.cover)").waitFor({ state: "attached" });
    dean.complaints.length = 0; // of what could not be loaded
  });
});

walk("A clock that is wrong, and an answer that fails", async ({ step, enter, somebody }) => {
  const dean = await enter(await somebody("hornbeam", "Hornbeam Yew", "dean"));
  const { page } = dean;

  await step("a clock half a day ahead ends no session", async () => {
    await page.clock.install({ time: Date.now() + 12 * 3600_000 });
    await open(dean, "/students");
    await page.clock.runFor("00:05");
    assert.equal(await page.getByRole("dialog").count(), 0);
  });

  await step("rows of one filter are not shown under another that failed", async () => {
    await page.locator("tbody tr").first().waitFor();
    await page.route(/students\?.*q=zzz/, (route) =>
      route.fulfill({
        status: 500,
        contentType: "application/problem+json",
        body: '{"status":500,"code":"internal","detail":"Out."}',
      }),
    );
    await page.evaluate(() => (history.pushState(null, "", "/students?q=zzz"), dispatchEvent(new PopStateEvent("popstate"))));
    await page.getByRole("alert").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 0);
    dean.complaints.length = 0; // of the answer that failed
  });
});

walk("Back, after signing out", async ({ step, school, somebody }) => {
  const who = await somebody("hornbeam", "Hornbeam Yew", "dean");
  const ignoreDefaultArgs = ["--disable-back-forward-cache"]; // playwright's own: a person's browser keeps the pages that it leaves
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: SWITCHES,
    ignoreDefaultArgs,
  });
  const { page } = await person(browser, school.url);

  await step("shows no record any more", async () => {
    school.code(who);
    await signIn(page, who);
    await page.goto("/students");
    await page.locator("tbody tr").first().waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL("**/sign-in");
    await page.goBack({ waitUntil: "commit" }).catch(() => undefined); // a page that was kept has nothing to load
    await page.waitForURL("**/sign-in?to=*");
    await page.getByLabel("E-mail address").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 0);
  });
  await browser.close();
});
