/*
 * A person at the office's pages: Debian's Chromium, driven by playwright-core. Signs in as a person would, keeps what the
 * browser complained about, and looks for barriers with axe.
 */
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const STEP_S = 30;
export const WAIT_MS = 30_000; // for what always happens: a longer wait is a failure, not a slow machine

const base32 = (text) => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...text.replaceAll("=", "")].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
};

/** The six digits of RFC 6238 at this moment. */
export function totp(secret, now_ms = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now_ms / 1000 / STEP_S)));
  const digest = createHmac("sha1", base32(secret)).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export const SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]; // root, no screen, a container's small /dev/shm

export const launch = (...more) =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...SWITCHES, ...more] });

// Refused content (CSP, Trusted Types) is said once more as an error of the console, with what and where.
const tellRefusals = () =>
  addEventListener("securitypolicyviolation", (event) =>
    console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
  );

// A refusal that a page expects (401 before sign-in, 409 on a conflict) is logged by Chromium itself as a failed load.
const EXPECTED = /^Failed to load resource: the server responded with a status of 4\d\d/;

/** A browser of its own, as one person has it; `complaints` gathers console errors, refused content and failed scripts. */
export async function person(browser, url, options = {}) {
  const context = await browser.newContext({
    baseURL: url,
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(WAIT_MS);
  await context.addInitScript(tellRefusals);
  const complaints = [];
  const open = new Set(); // requests under way, the stream of events left out
  context.on("console", (message) => {
    if (message.type() === "error" && !EXPECTED.test(message.text())) complaints.push(message.text());
  });
  const asked = { count: 0 };
  context.on("request", (request) => !request.url().endsWith("/events") && open.add(request) && asked.count++);
  for (const end of ["requestfinished", "requestfailed"]) context.on(end, (request) => open.delete(request));
  context.on("page", (page) => {
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("framenavigated", (frame) => frame === page.mainFrame() && open.clear()); // what a page that is left had asked for
  });
  const page = await context.newPage();
  return { context, page, complaints, open, asked };
}

export async function signIn(page, { email, password, secret }) {
  if (!page.url().includes("/sign-in")) await page.goto("/sign-in");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Go on" }).click();
  if (secret) {
    await page.getByLabel("Code", { exact: true }).fill(totp(secret));
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

// What moves has come to its end; but for what moves for ever, as a page does that loads.
const over = () => {
  const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity);
  return Promise.all(ending.map(({ finished }) => finished.catch(() => undefined))).then(() => undefined);
};

/** Barriers that axe finds, WCAG 2.2 A and AA and best practice; each as one line. `rules`: only these. */
export async function barriers(page, rules) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  await page.evaluate(over); // a colour half-way between two is nobody's
  const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const { violations } = await page.evaluate((options) => window.axe.run(document, options), {
    resultTypes: ["violations"],
    ...only,
  });
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`);
    return `${id}: ${help}: ${where.slice(0, 4).join(" | ")}`;
  });
}
