/*
 * A walk: what somebody does at the office's pages from beginning to end, told in steps. A step that fails ends its walk, for
 * what comes after it would fail because of it (unless it stands alone); pictures of the pages as they were then are kept. At the end of each walk nobody
 * may have complained: no error on the console, nothing refused by the pages' policy, no failed script.
 *
 *   walk("A dean's morning", async ({ step, enter, school }) => {
 *     const dean = await enter(school.dean);
 *     await step("opens a student", async () => { … });
 *   });
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { barriers, launch, person, WAIT_MS } from "./office.mjs";
import { School, until } from "./school.mjs";

export const isLong = process.env.SG_LONG === "yes";
const STUDENTS = 48; // the twelve kinds four times: a queue that is worked on, and lists that need no scrolling
const pictures = `${process.env.SG_BUILD}/logs/browser`;
const port_base = () => 20000 + (process.pid % 600) * 20; // below those that connections get; taken ones are passed over

let browser = null;
const schools = new Map();
const people = new Map();

/** The school that the walks share; or one of its own for what would disturb them. */
export async function schoolOf(name = "shared", students = STUDENTS, ...options) {
  const given = name === "shared" ? process.env.SG_SCHOOL : undefined; // one that runs, for trying out a walk
  if (!schools.has(name)) {
    const folder = `${process.env.SG_TMP ?? tmpdir()}/browser-${name}-${process.pid}`;
    schools.set(name, given ? new School(given) : await School.make(folder, students, port_base(), ...options));
  }
  return schools.get(name);
}

/** Somebody of this school by a short name, made once. */
export async function somebody(school, tag, name, ...roles) {
  const key = `${school.dir} ${tag}`;
  if (!people.has(key)) people.set(key, await school.person(tag, name, ...roles));
  assert.equal(people.get(key).name, name, `${tag} is somebody else already`);
  return people.get(key);
}

/** Ends what was begun here. */
export async function finish() {
  await browser?.close();
  for (const school of schools.values()) if (school.dir !== process.env.SG_SCHOOL) school.remove();
}

after(finish);

/** A page of this school; with somebody signed in, as they would be after their password and their code. */
export async function visit(school, who, options = {}) {
  browser ??= await launch();
  const visitor = await person(browser, school.url, options);
  visitor.who = who;
  if (who) {
    const data = { email: who.email, password: who.password, code: school.code(who) };
    const answer = await visitor.context.request.post("/api/v1/session", { data, headers: { Origin: school.url } });
    assert.equal(answer.status(), 201, await answer.text());
  }
  return visitor;
}

/** Goes there, and waits until the page has said all it has to say. */
export async function open(visitor, path) {
  await visitor.page.goto(path);
  await settled(visitor);
}

const isBare = () =>
  document.querySelector("main h1, main .empty") !== null &&
  document.querySelector(".loading, [aria-busy=true]") === null &&
  document.fonts.status === "loaded";

export async function settled(visitor) {
  const bare = () => visitor.page.evaluate(isBare);
  // Looked at twice, with nothing asked for between: there is a moment between an answer and what is asked because of it.
  const still = async () => {
    const { count } = visitor.asked;
    return visitor.open.size === 0 && (await bare()) && (await bare()) && visitor.open.size === 0 && visitor.asked.count === count;
  };
  await visitor.page.waitForFunction(isBare);
  const asked = () => [...visitor.open].map((request) => request.url()).join(" ");
  await until(still, () => `${visitor.page.url()} to be still; under way: ${asked()}`);
}

/** Whether the page is wider than the window: something would have to be scrolled sideways. */
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

export async function noBarriers(page, rules) {
  assert.deepEqual(await barriers(page, rules), []);
}

const nameOfFile = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-");

async function keepPictures(title, visitors) {
  mkdirSync(pictures, { recursive: true });
  for (const [i, { page }] of visitors.entries()) {
    const path = `${pictures}/${nameOfFile(title)}-${i + 1}.png`;
    await page.screenshot({ path, fullPage: true, timeout: 5000 }).catch(() => undefined);
    console.error(`# ${page.url()} was ${path}`);
  }
}

/** `own`: the arguments of schoolOf() for a school of its own. */
export function walk(title, told, { own, limit_s = 180, skip = false } = {}) {
  test(title, { timeout: limit_s * 1000, skip }, async (t) => {
    const school = await schoolOf(...(own ?? []));
    const visitors = [];
    const enter = async (who, options) => {
      const visitor = await visit(school, who, options);
      visitors.push(visitor);
      return visitor;
    };
    let failed = false;
    const step = async (words, done, { alone = false, ...options } = {}) => {
      if (failed) return t.test(words, { skip: "an earlier step failed" }, () => undefined);
      await t.test(words, options, async () => {
        try {
          await done();
        } catch (thrown) {
          failed = !alone;
          await keepPictures(`${title} ${words}`, visitors);
          throw thrown;
        }
      });
    };
    const somebodyHere = (...words) => somebody(school, ...words);
    await told({ step, enter, school, somebody: somebodyHere, visitors });
    await step("nothing was complained about", () =>
      assert.deepEqual(
        visitors.flatMap(({ complaints }) => complaints),
        [],
      ),
    );
    for (const { context } of visitors) await context.close();
  });
}

export { assert, launch, until, WAIT_MS };
