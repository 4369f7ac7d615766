/*
 * What node's test runner tells, as one line a step; what failed once more at the end, where whoever sees only the end of it looks;
 * and the line that tests/run counts.
 */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

const reasonOf = ({ error }) => {
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause)
    .split("\n")
    .slice(0, 25)
    .join("\n      ");
};

export default async function* report(events) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  let depth = 0; // a walk ends after its steps: what is deeper than it was told already
  for await (const { type, data } of events) {
    if (type === "test:stdout" || type === "test:stderr") yield data.message;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const isWalk = data.nesting === 0 && depth > 0;
    depth = data.nesting;
    const skipped = data.skip !== undefined && data.skip !== false;
    const word = skipped ? "skipped" : type === "test:pass" ? "passed" : "failed";
    const mark = { passed: "ok", failed: "NOT OK", skipped: "skipped" }[word];
    if (!isWalk) count[word]++;
    else if (word === "failed" && data.details.error?.failureType !== "subtestsFailed") count.failed++;
    yield `${"  ".repeat(1 - Math.min(data.nesting, 1))}${isWalk ? "" : "  "}${mark} ${data.name} (${seconds(data.details.duration_ms)})`;
    if (typeof data.skip === "string" && data.skip) yield `: ${data.skip}`;
    if (word === "failed" && data.details.error?.failureType !== "subtestsFailed") {
      const { file = "", line = "" } = data;
      failures.push(`NOT OK ${data.name} (${file.split("/").at(-1)}:${line})\n      ${reasonOf(data.details)}`);
      yield `\n      ${reasonOf(data.details)}`;
    }
    yield "\n";
  }
  for (const failure of failures) yield `${failure}\n`;
  yield `${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ""}\n`;
}
