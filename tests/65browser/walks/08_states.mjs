/*
 * What is shown when there is nothing, when there is one, when there are many, when it takes long, when it fails, when it is old,
 * when it is not for this person, and when it is not there at all. Troubles that a healthy server does not have are put between
 * page and server.
 */
import { execFileSync } from "node:child_process";
import { ROOT, until } from "../school.mjs";
import { assert, isLong, noBarriers, open, overflow, settled, walk } from "../walk.mjs";

const LISTS = ["/", "/students", "/cases", "/clearance", "/calendar", "/cohort", "/imports", "/privacy", "/model"];
const MANY = 200;
const HUGE = 20_000;

const trouble = (status) => (route) =>
  route.fulfill({
    status,
    contentType: "application/problem+json",
    body: JSON.stringify({
      type: "about:blank",
      title: "Trouble",
      status,
      code: "trouble",
      detail: "The database does not answer.",
      remedy: "Try again in a minute.",
      request_id: "r-1",
    }),
  });

walk("Loading, failed, old, not for you, not there", async ({ step, enter, school, somebody }) => {
  const dean = await enter(school.dean);
  const { page } = dean;
  const queue = "**/api/v1/queue*";

  await step("what takes long is said to be loading, in the shape of what comes", async () => {
    let go = () => undefined;
    const later = new Promise((resolve) => (go = resolve));
    await page.route(queue, async (route) => (await later, route.continue()));
    await page.goto("/");
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor(); // its own, not that of the frame
    await page.locator(".loading").waitFor();
    assert.match(await page.locator(".loading").innerText(), /Loading/);
    await noBarriers(page);
    go();
    await page.locator("ol.queue").waitFor();
    await page.unroute(queue);
  });

  await step("what fails says so, with the number of the request, and another try helps", async () => {
    await page.route(queue, trouble(500));
    await page.goto("/");
    const failed = page.getByRole("alert");
    await failed.getByText("This could not be shown").waitFor();
    assert.match(await failed.innerText(), /The database does not answer\. Try again in a minute\.[\s\S]*r-1/);
    await noBarriers(page);
    await page.unroute(queue);
    await failed.getByRole("button", { name: "Try again" }).click();
    await page.locator("ol.queue").waitFor();
  });

  await step("a server that is busy is asked again by itself", async () => {
    let asked = 0;
    await page.route(queue, (route) => (++asked < 4 ? trouble(503)(route) : route.continue()));
    await page.goto("/");
    await page.locator("ol.queue").waitFor();
    assert.ok(asked >= 4);
    await page.unroute(queue);
  });

  await step("what could not be renewed stays, and says that it is old", async () => {
    await settled(dean);
    await page.route(queue, trouble(500));
    school.sql("select pg_notify('sg_changed', school_id::text) from core.school");
    await page.getByText("Not up to date.").waitFor();
    assert.ok((await page.locator("ol.queue li.item").count()) > 0);
    await page.unroute(queue);
    school.sql("select pg_notify('sg_changed', school_id::text) from core.school");
    await page.getByText("Not up to date.").waitFor({ state: "detached" });
  });

  await step("a list that fails says so too", async () => {
    await page.route("**/api/v1/students?*", trouble(500));
    await page.goto("/students");
    await page.getByRole("alert").getByText("This could not be shown").waitFor();
    await page.unroute("**/api/v1/students?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("table.list").waitFor();
  });

  await step("an address that is none says so and leads on", async () => {
    await open(dean, "/nowhere/at-all");
    await page.getByText("There is no such page").waitFor();
    await noBarriers(page);
    await page.getByRole("link", { name: "Go to the first page" }).click();
    await page.getByRole("heading", { level: 1, name: "Today" }).waitFor();
  });

  await step("who has no right is told what is missing and whom to ask", async () => {
    const auditor = await enter(await somebody("auditor", "Sorrel Yew", "auditor"));
    await open(auditor, "/students");
    await auditor.page.getByText("This is not open to you").waitFor();
    assert.match(await auditor.page.locator("main").innerText(), /ask the administrator/);
    await noBarriers(auditor.page);
  });

  await step("why something cannot be shown stays to be read, whatever else changes", async () => {
    await open(dean, "/students/no-such");
    let go = () => undefined;
    let again = 0;
    const later = new Promise((resolve) => (go = resolve));
    await page.route("**/api/v1/students/no-such*", async (route) => (again++, await later, route.continue()));
    school.sql("select pg_notify('sg_changed', school_id::text) from core.school");
    await until(() => again > 0, "it to be asked for anew");
    assert.match(await page.locator("main").innerText(), /There is no such page for you/);
    go();
    await settled(dean);
    await page.unroute("**/api/v1/students/no-such*");
  });

  await step("the browser spoke of the failed answers and of nothing else", () => {
    const other = dean.complaints.filter((text) => !/status of 50[03]/.test(text));
    dean.complaints.length = 0;
    assert.deepEqual(other, []);
  });
});

walk(
  "Nobody, one, and two hundred",
  async ({ step, enter, school }) => {
    const dean = await enter(school.dean);
    const { page } = dean;
    const fitsEverywhere = async () => {
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        for (const path of LISTS) {
          await open(dean, path);
          assert.ok((await overflow(page)) <= 0, `${path} at ${width} px is ${await overflow(page)} px too wide`);
          await noBarriers(page);
        }
      }
    };
    await step("one student: every list is whole", fitsEverywhere);

    await step("nobody: every list says what would be here, and how it comes here", async () => {
      school.sql("set session_replication_role = replica; truncate core.student cascade");
      await fitsEverywhere();
      for (const [path, words] of [
        ["/", "Nobody needs you today"],
        ["/students", "No students yet"],
        ["/clearance", "Nobody plans an exam yet"],
        ["/model", "No band has enough outcomes to show yet"],
      ]) {
        await open(dean, path);
        await page.getByText(words).waitFor();
      }
    });

    await step("two hundred: in one list, with the count", async () => {
      const folder = `${school.dir}/many`;
      execFileSync(`${ROOT}/tests/cohort/make`, [
        "--students",
        String(MANY),
        "--today",
        new Date().toISOString().slice(0, 10),
        "--out",
        folder,
      ]);
      execFileSync("chmod", ["-R", "a+rX", folder]);
      school.run("roster", "import", `${folder}/students.csv`);
      school.run("plans", "import", `${folder}/exams.csv`);
      await until(
        () => school.sql("select count(*) from core.progress where assessed_version < version")[0] === "0",
        "every estimate",
      );
      await fitsEverywhere();
      await open(dean, "/students");
      await page.getByText(`${MANY} students in this view`).waitFor();
      const rows = Number(await page.locator("table.list").getAttribute("aria-rowcount"));
      assert.equal(rows, MANY + 1);
    });

    await step("only the rows near the window are in the document, and all can be reached", async () => {
      assert.ok((await page.locator("table.list tbody tr[data-key]").count()) < MANY);
      await toTheEnd(page, MANY);
    });

    await step("what changed while more is asked for is shown too", async () => {
      await open(dean, "/students");
      const first = page.locator('table.list tbody tr[aria-rowindex="2"]');
      let go = () => undefined;
      let renewed = 0,
        more = 0;
      const later = new Promise((resolve) => (go = resolve));
      await page.route("**/api/v1/students*", async (route) => {
        const byItself = "x-stepguard-background" in route.request().headers();
        if (byItself) renewed++;
        else more++;
        if (byItself) await later;
        await route.continue().catch(() => undefined); // it may be given up
      });
      const [id] = school.sql("select external_id from core.student order by family_name || ' ' || given_name limit 1");
      school.sql("update core.student set given_name = given_name || 'a' where external_id = :'v1'", id);
      const [name] = school.sql("select given_name from core.student where external_id = :'v1'", id);
      school.sql("select pg_notify('sg_changed', school_id::text) from core.school");
      await until(() => renewed > 0, "the rows to be asked for anew");
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await until(() => more > 0, "more to be asked for");
      go();
      await toTheEnd(page, MANY);
      await settled(dean);
      await page.evaluate(() => scrollTo(0, 0));
      await first.filter({ hasText: name }).waitFor();
      await page.unroute("**/api/v1/students*");
    });
  },
  { own: ["small", 1, "--no-clients"], limit_s: 600 },
);

async function toTheEnd(page, all, wait_ms) {
  const last = page.locator(`table.list tbody tr[aria-rowindex="${all + 1}"]`);
  await until(
    async () => {
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      return (await last.count()) > 0;
    },
    `row ${all}`,
    wait_ms,
  );
  await last.scrollIntoViewIfNeeded();
  assert.ok(await last.isVisible());
}

walk(
  "Twenty thousand students",
  async ({ step, enter, school }) => {
    const dean = await enter(school.dean);
    const { page } = dean;
    await step("they are on the roster", () => {
      const folder = `${school.dir}/huge`;
      const script =
        "import os, sys; sys.path.insert(0, sys.argv[1]); import office; os.makedirs(sys.argv[2]); office.roster_write(sys.argv[2], int(sys.argv[3]))";
      execFileSync("/usr/bin/python3", ["-c", script, `${ROOT}/tests/70load`, folder, String(HUGE)], {
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
      });
      execFileSync("chmod", ["-R", "a+rX", folder]);
      school.run("roster", "import", "--past-brake", "the classes of a large school", `${folder}/roster.csv`);
      school.run("plans", "import", `${folder}/exams.csv`);
    });
    await step(
      "Students begins at once, and scrolls to its end",
      async () => {
        await open(dean, "/students");
        assert.ok((await page.locator("table.list tbody tr[data-key]").count()) < 200);
        const [all] = school.sql("select count(*) from core.student where status <> 'inactive'");
        await toTheEnd(page, Number(all), 300_000); // a hundred times a quarter of a second, and more beside other work
      },
      { timeout: 600_000 },
    );
    await step("Today, Cases, Clearance, Calendar and Cohort stand", async () => {
      for (const path of ["/", "/cases", "/clearance", "/calendar", "/cohort"]) await open(dean, path);
    });
    await step("the month counts them all, and a day of it lists its own", async () => {
      await open(dean, "/calendar");
      await page.getByText("Choose a day").waitFor();
      const cells = page.locator("table.month button.day");
      const first = await cells.first().locator(".unseen").innerText();
      const n = [...first.matchAll(/: (\d+)/g)].reduce((sum, [, one]) => sum + Number(one), 0);
      await cells.first().click();
      await settled(dean);
      assert.equal(await page.locator(".agenda-day li").count(), n, first);
      // While twenty thousand estimates are made a read may be told to come back; the pages do, by themselves (above).
      dean.complaints.splice(0, Infinity, ...dean.complaints.filter((text) => !/status of 503/.test(text)));
    });
  },
  { own: ["huge", 1, "--no-clients"], skip: isLong ? false : "tests/65browser/run --long", limit_s: 1800 },
);
