/* What an adviser is not shown: other people's students, by no page, no address and no answer of the server. */
import { assert, open, settled, walk } from "../walk.mjs";

const refusal = "There is no such page for you";

walk("An adviser's limits", async ({ step, enter, school, somebody }) => {
  const who = await somebody("adviser1", "Rowan Aspen", "adviser");
  const own = new Set(school.sql("select external_id from core.student where adviser_email = :'v1'", who.email));
  const others = school.sql("select external_id from core.student where adviser_email <> :'v1'", who.email);
  const [another] = others;
  const [anothersCase] = school.sql(
    "select case_id from core.case_file join core.student using (school_id, student_id) where adviser_email <> :'v1' limit 1",
    who.email,
  );
  const adviser = await enter(who);
  const { page, context } = adviser;
  const bodies = [];
  context.on("response", async (response) => {
    if (/\/api\/v1\/(?!events)/.test(response.url()))
      bodies.push({ url: response.url(), text: await response.text().catch(() => "") });
  });

  await step("sees their own students, all of them, and nobody else", async () => {
    await open(adviser, "/students");
    const shown = await page.locator("table.list tbody tr").evaluateAll((rows) => rows.map((row) => row.dataset.key));
    assert.deepEqual(new Set(shown), own);
  });

  await step("has a queue, cases, clearance and a calendar of their own", async () => {
    for (const path of ["/", "/cases", "/clearance", "/calendar"]) await open(adviser, path);
    const links = await page.locator("main a[href^='/students/']").evaluateAll((all) => all.map((a) => a.pathname.split("/")[2]));
    assert.deepEqual(
      links.filter((id) => !own.has(id)),
      [],
    );
  });

  await step("finds in the menu what the role has, and no more", async () => {
    const words = await page.locator(".wide-only nav a").allInnerTexts();
    for (const title of ["Cohort", "Model", "Imports", "Access and privacy", "Staff and programs"])
      assert.ok(!words.includes(title), title);
    assert.ok(words.includes("Students"));
  });

  await step("is told so at a page that is not theirs", async () => {
    for (const [path, title] of [
      ["/cohort", "Cohort"],
      ["/imports", "Imports"],
      ["/model", "Model"],
      ["/privacy", "Access and privacy"],
    ]) {
      await open(adviser, path);
      await page.getByText("This is not open to you").waitFor();
      assert.match(await page.locator("main").innerText(), new RegExp(`does not include “${title}”`));
    }
  });

  await step("finds no other's student by an address, and nothing tells that there is one", async () => {
    for (const path of [
      `/students/${another}`,
      `/students/${another}/packet`,
      `/cases/${anothersCase}`,
      "/students/0000",
      "/cases/999999",
    ]) {
      await open(adviser, path);
      await page.getByText(refusal).waitFor();
    }
    await open(adviser, `/students/${another}`);
    const theirs = await page.locator("main").innerText();
    await open(adviser, "/students/0000");
    const nobody = await page.locator("main").innerText();
    const plain = (text) => text.replace(/Number of this request: \S+/, "").replaceAll(/\d{4}/g, "n");
    assert.equal(plain(theirs), plain(nobody));
  });

  await step("does not find them by searching either", async () => {
    await open(adviser, `/students?q=${another}`);
    await page.getByText("No student in this view").waitFor();
  });

  await step("got no answer that names anybody else", async () => {
    await settled(adviser);
    const names = school.sql("select email from core.student where adviser_email <> :'v1'", who.email);
    assert.ok(bodies.length > 10);
    for (const { url, text } of bodies) {
      const told = names.filter((email) => text.includes(`"${email}"`));
      assert.deepEqual(told, [], url);
      const ids = others.filter((id) => text.includes(`"student_id":"${id}"`) || text.includes(`"student_id": "${id}"`));
      assert.deepEqual(ids, [], url);
    }
  });
});
