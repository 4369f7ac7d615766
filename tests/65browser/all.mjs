/* Every walk, or those whose file's name has one of the words given, one after the other in one browser. */
import { readdirSync } from "node:fs";

const words = (process.env.SG_WALKS ?? "").split(" ").filter(Boolean);
const files = readdirSync(new URL("walks/", import.meta.url))
  .filter((name) => name.endsWith(".mjs"))
  .sort();

for (const name of files) if (words.length === 0 || words.some((word) => name.includes(word))) await import(`./walks/${name}`);
