/*
 * How much is brought before Today can be used, and from where; and what Lighthouse says of it. Bytes, accessibility and best practice
 * are held; speed is told, and held only with --long, because a neighbour on the machine lengthens it.
 */
import { createServer } from "node:net";
import { mkdirSync, writeFileSync } from "node:fs";
import { assert, isLong, launch, open, settled, visit, walk } from "../walk.mjs";

const MOST_BYTES = 250_000;
const SPEED_LEAST = 95;

walk("The first load", async ({ step, enter, school }) => {
  const dean = await enter(school.dean);
  const { page, context } = dean;
  const asked = [];
  const wire = await context.newCDPSession(page);
  const bytes = new Map();

  await step("nothing is asked of another host, and Today takes less than 250 kB", async () => {
    await wire.send("Network.enable");
    wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => bytes.set(requestId, encodedDataLength));
    page.on("response", (response) => asked.push(response));
    await open(dean, "/");
    assert.deepEqual(
      asked.filter((response) => new URL(response.url()).origin !== school.url),
      [],
    );
    const total = [...bytes.values()].reduce((sum, n) => sum + n, 0);
    console.error(`# first load of Today: ${total} bytes in ${bytes.size} answers`);
    assert.ok(bytes.size > 5 && total < MOST_BYTES, `${total} bytes`);
  });

  await step("what has a hash in its name is kept for ever, compressed; the page itself and answers are not", async () => {
    for (const response of asked) {
      const { pathname } = new URL(response.url());
      const headers = response.headers();
      if (pathname.startsWith("/assets/")) {
        assert.match(headers["cache-control"], /max-age=31536000.*immutable/, pathname);
        if (/\.(js|css)$/.test(pathname)) assert.equal(headers["content-encoding"], "br", pathname);
      } else if (pathname.startsWith("/api/")) assert.match(headers["cache-control"], /no-store/, pathname);
      else if (pathname === "/") assert.match(headers["cache-control"], /no-cache|no-store/, pathname);
    }
  });

  await step("a second page brings its own part, and nothing again", async () => {
    asked.length = 0;
    await page.getByRole("link", { name: "Students", exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: "Students" }).waitFor();
    await settled(dean);
    const paths = asked.map((response) => new URL(response.url()).pathname);
    assert.ok(paths.filter((path) => path.startsWith("/assets/")).length <= 6, paths.join(" "));
  });
});

walk(
  "Lighthouse",
  async ({ step, school }) => {
    const port = await freePort();
    const { default: lighthouse, desktopConfig } = await import("lighthouse");
    const browser = await launch(`--remote-debugging-port=${port}`, "--ignore-certificate-errors");
    const judge = async (path, headers, excused = () => false) => {
      const flags = { port, logLevel: "error", output: "json", extraHeaders: headers, disableStorageReset: true };
      const { lhr } = await lighthouse(school.url + path, flags, desktopConfig);
      mkdirSync(`${process.env.SG_BUILD}/logs/browser`, { recursive: true });
      writeFileSync(`${process.env.SG_BUILD}/logs/browser/lighthouse${path.replaceAll("/", "-")}.json`, JSON.stringify(lhr));
      const points = Object.fromEntries(Object.entries(lhr.categories).map(([id, { score }]) => [id, Math.round(score * 100)]));
      console.error(`# Lighthouse of ${path}: ${JSON.stringify(points)}`);
      const lost = ["accessibility", "best-practices"].flatMap((id) =>
        lhr.categories[id].auditRefs
          .map((ref) => lhr.audits[ref.id])
          .filter(
            (audit) => (audit.score ?? 1) < 1 && lhr.categories[id].auditRefs.some((ref) => ref.id === audit.id && ref.weight > 0),
          )
          .filter((audit) => !excused(audit))
          .map((audit) => `${id}: ${audit.title}: ${JSON.stringify(audit.details?.items ?? []).slice(0, 400)}`),
      );
      assert.deepEqual(lost, []);
      assert.equal(points.accessibility, 100);
      if (!headers) return lhr;
      assert.equal(points["best-practices"], 100);
      if (isLong) assert.ok(points.performance >= SPEED_LEAST, `performance ${points.performance}`);
      return lhr;
    };
    try {
      await step(
        "the door",
        async () => {
          // Whether somebody is signed in is asked of the server, which says 401 to a stranger; Chromium logs that as an error.
          const stranger = ({ id, details }) =>
            id === "errors-in-console" &&
            details.items.every((item) => /\/api\/v1\/session$/.test(item.sourceLocation?.url) && /401/.test(item.description));
          const { finalDisplayedUrl } = await judge("/sign-in", undefined, stranger);
          assert.equal(new URL(finalDisplayedUrl).pathname, "/sign-in");
        },
        { alone: true },
      );
      await step(
        "Today, signed in",
        async () => {
          const dean = await visit(school, school.dean);
          const cookies = (await dean.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
          const { finalDisplayedUrl } = await judge("/", { Cookie: cookies });
          assert.equal(new URL(finalDisplayedUrl).pathname, "/");
          await dean.context.close();
        },
        { alone: true },
      );
    } finally {
      await browser.close();
    }
  },
  { limit_s: 300 },
);

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
