/*
 * An operator brings the roster: sees what it would change, applies it, takes it back; and is stopped where more changes than
 * usual.
 */
import { assert, open, settled, walk } from "../walk.mjs";

const HEAD = "student_id,given_name,family_name,email,class_year,adviser_email";

walk("An operator's import", async ({ step, enter, school, somebody }) => {
  const operator = await enter(await somebody("operator", "Fern Alder", "operator"));
  const { page } = operator;
  const row =
    "select concat_ws(',', external_id, given_name, family_name, email, class_year, adviser_email) from core.student order by student_id";
  const roster = school.sql(row);
  const file = (name, rows) => ({ name, mimeType: "text/csv", buffer: Buffer.from(`${[HEAD, ...rows].join("\r\n")}\r\n`) });
  const fact = (name) =>
    page
      .locator(".facts > div")
      .filter({ has: page.getByText(name, { exact: true }) })
      .locator("dd")
      .innerText();
  const bring = async (one, { strict = false } = {}) => {
    await open(operator, "/imports");
    await page.getByLabel("CSV file").setInputFiles(one);
    if (strict) await page.getByLabel(/^All rows or none/).check();
    await page.getByRole("button", { name: "Show what it would change" }).click();
  };
  const nameOf = (id) => school.sql("select family_name from core.student where external_id = :'v1'", id)[0];
  const [first] = roster;
  const id = first.split(",")[0];
  const changed = first.replace(/^([^,]*,[^,]*),[^,]*/, "$1,Whitebeam");
  const was = nameOf(id);

  await step("is taken to imports, having no queue", async () => {
    await open(operator, "/");
    await page.waitForURL("**/imports");
    await page.getByRole("heading", { level: 1, name: "Imports" }).waitFor();
  });

  await step("sees what one change, one new row and one bad row would do", async () => {
    await bring(
      file("spring.csv", [changed, "7001,Teal,Sorrel,teal@quillfeather.example,2029,", "7002,Ochre,Yarrow,no address,2029,"]),
    );
    await page.getByRole("heading", { level: 1, name: "spring.csv" }).waitFor();
    await settled(operator);
    assert.deepEqual([await fact("New"), await fact("Changed"), await fact("Refused")], ["1", "1", "1"]);
    const refused = page.locator("table.list tbody tr");
    assert.equal(await refused.count(), 1);
    assert.match(await refused.innerText(), /4[\s\S]*email/);
    await page.getByRole("button", { name: "Changes", exact: true }).click();
    await page.getByText("Whitebeam").waitFor();
    assert.equal(nameOf(id), was);
  });

  await step("applies it: the good rows, and those alone", async () => {
    await page.getByRole("button", { name: "Apply it" }).click();
    await page.getByRole("button", { name: "Undo this import" }).waitFor();
    assert.deepEqual([nameOf(id), nameOf("7001"), nameOf("7002")], ["Whitebeam", "Sorrel", undefined]);
  });

  await step("takes it back", async () => {
    await page.getByRole("button", { name: "Undo this import" }).click();
    await page.locator(".mark", { hasText: "undone" }).first().waitFor();
    assert.equal(nameOf(id), was);
  });

  await step("brings it again as all or none, and is told each line that cannot be read", async () => {
    await bring(file("strict.csv", [changed, "7002,Ochre,Yarrow,no address,2029,"]), { strict: true });
    await page.getByRole("heading", { level: 1, name: "strict.csv" }).waitFor();
    await page.locator(".form-problem").waitFor();
    await settled(operator);
    assert.match(await page.locator("table.list tbody").innerText(), /3[\s\S]*email/);
    assert.equal(await page.getByRole("button", { name: "Apply it" }).count(), 0);
    assert.equal(nameOf(id), was);
  });

  await step("is stopped where a file changes more than usual, and goes on with a reason", async () => {
    const many = roster.map((one, i) => (i < 20 ? one.replace(/^([^,]*,[^,]*),[^,]*/, "$1,Sweetgale") : one));
    await bring(file("many.csv", many));
    await page.getByRole("heading", { level: 1, name: "many.csv" }).waitFor();
    await page.locator(".form-problem").first().waitFor();
    await page.getByRole("button", { name: "Apply it" }).click();
    const dialog = page.getByRole("dialog", { name: "More changes than usual" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    assert.equal(nameOf(id), was);
    await page.getByRole("button", { name: "Apply it" }).click();
    await dialog.getByLabel("Why this is right").fill("The registrar corrected twenty names.");
    await dialog.getByRole("button", { name: "Apply all the same" }).click();
    await page.getByRole("button", { name: "Undo this import" }).click();
    await page.locator(".mark", { hasText: "undone" }).first().waitFor();
    assert.equal(nameOf(id), was);
  });
});
