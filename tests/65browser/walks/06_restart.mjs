/* The server goes away under an open page, and comes back. */
import { assert, open, settled, until, walk } from "../walk.mjs";

walk("The server restarted under an open page", async ({ step, enter, school, somebody }) => {
  const dean = await enter(await somebody("hazel", "Hazel Linden", "dean"));
  const { page } = dean;
  const [id] = school.sql("select case_id from core.case_file where state not in ('resolved', 'merged') order by case_id limit 1");
  const NOTE = "Written while the server was away.";
  const banner = page.getByText("The server cannot be reached.");
  const box = page.getByLabel("A new note");
  const notes = () => school.sql("select count(*) from core.case_note where text = :'v1'", NOTE)[0];

  await step("a page is open, and something is being written", async () => {
    await open(dean, `/cases/${id}`);
    await page.evaluate(() => (window.same = true));
    await box.fill(NOTE);
  });

  await step("the server stops, and the page says so", async () => {
    await school.stop();
    await banner.waitFor();
    assert.ok(await page.getByRole("heading", { level: 1 }).isVisible());
  });

  await step("saving says that it did not work, and keeps what was written", async () => {
    await page.getByRole("button", { name: "Save the note" }).click();
    await page.getByText("The server could not be reached.").first().waitFor();
    assert.equal(await box.inputValue(), NOTE);
  });

  await step("the server is back, and so is the page, by itself", async () => {
    await school.start();
    await banner.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => window.same), true);
    assert.equal(await box.inputValue(), NOTE);
  });

  await step("saved now, it is there once", async () => {
    await page.getByRole("button", { name: "Save the note" }).click();
    await page.locator(".note-text", { hasText: NOTE }).waitFor();
    assert.equal(notes(), "1");
    await settled(dean);
  });

  await step("what the browser said of it was the lost connection, and nothing else", async () => {
    const other = dean.complaints.filter((text) => !/net::ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK|HTTP2|ABORTED)/.test(text));
    assert.deepEqual(other, []);
    dean.complaints.length = 0;
  });
});

walk("An answer that is lost, and a button pressed twice", async ({ step, enter, school, somebody }) => {
  const dean = await enter(await somebody("teasel", "Teasel Linden", "dean"));
  const { page } = dean;
  const [student] = school.sql("select external_id from core.student order by student_id limit 1");
  const requests = () =>
    school.sql("select count(*) from core.record_request where student_id = (select min(student_id) from core.student)")[0];
  const url = "**/api/v1/access-requests";
  const dialog = page.getByRole("dialog", { name: "A student's request" });
  const enterIt = dialog.getByRole("button", { name: "Enter it" });
  const begin = async (words) => {
    await open(dean, "/privacy?tab=requests");
    await page.getByRole("button", { name: "Enter a request" }).click();
    await dialog.getByLabel("Student id").fill(student);
    await dialog.getByLabel("In the student’s words").fill(words);
  };

  await step("the server does it, and its answer is lost", async () => {
    await page.route(url, async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      await route.fetch();
      await route.abort();
    });
    await begin("All of it, please.");
    await enterIt.click();
    await dialog.getByText("The server could not be reached.").waitFor();
    assert.equal(requests(), "1");
    await page.unroute(url);
  });

  await step("sent once more, it is said to be done, and is there once", async () => {
    await enterIt.click();
    await dialog.getByText("This was done already").waitFor();
    assert.equal(requests(), "1");
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });

  await step("pressed twice, it is there once", async () => {
    await begin("The letters too.");
    await enterIt.dblclick();
    await dialog.waitFor({ state: "detached" });
    await settled(dean);
    assert.equal(requests(), "2");
    dean.complaints.length = 0; // the lost connection
  });
});
