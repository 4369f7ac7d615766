// Makes two files of the built site: web.pack, the bytes of every asset one after the other, and web_table.c, which says what is
// where and pulls them into the program (server/office/web.h describes the table).
//
//   node pack.mjs SITE_DIR PAGES_JSON OUT_DIR
//
// An asset is packed as it is and, where that saves bytes, compressed with brotli at its highest quality: it is done once, here,
// and never while somebody waits. Both have entity tags made as server/office/etag.c makes them. The bytes are taken in by the
// assembler (.incbin): as a list of numbers a megabyte would keep the compiler busy for longer than the rest of the daemon.
//
// What is not known is a fault and stops the build: a file of an unknown kind, one below assets/ whose name has no hash of its
// content (it would be kept for a year), a path that would have to be escaped.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const MEDIA = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
const INDEX = "/index.html";
const HASHED = /^\/assets\/[^/]+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/; // as vite names them
const PLAIN_PATH = /^(\/[A-Za-z0-9._-]+)+$/;
const PAGE_PATH = /^(\/|(\/:?[A-Za-z0-9_-]+)+)$/;
const TAG_DIGITS = 32; // ETAG_TEXT without quotes

function fail(sentence) {
  console.error(`pack.mjs: ${sentence}`);
  process.exit(1);
}

function* filesBelow(folder, path = "") {
  for (const entry of readdirSync(folder + path, { withFileTypes: true })) {
    if (entry.isDirectory()) yield* filesBelow(folder, `${path}/${entry.name}`);
    else if (entry.isFile()) yield `${path}/${entry.name}`;
    else fail(`${path}/${entry.name} is no plain file`);
  }
}

/** path -> bytes of what is to be served. */
function readSite(folder) {
  const files = new Map();
  for (const path of filesBelow(folder)) {
    if (!PLAIN_PATH.test(path)) fail(`${path}: a path has letters, digits, dots, dashes and underscores only`);
    if (!MEDIA[extname(path)]) fail(`${path}: files of this kind are not served; those that are stand in MEDIA`);
    if (path.startsWith("/assets/") && !HASHED.test(path)) fail(`${path}: has no hash in its name and would be kept for a year`);
    files.set(path, readFileSync(folder + path));
  }
  if (!files.has(INDEX)) fail(`${folder} has no index.html`);
  return files;
}

function compress(bytes) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return brotliCompressSync(bytes, { params });
}

/** Patterns as the router of the API writes them: "/students/{student}". */
function readPages(file) {
  const pages = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(pages) || pages.length === 0) fail(`${file}: a list of pages is wanted`);
  for (const page of pages)
    if (typeof page.path !== "string" || !PAGE_PATH.test(page.path) || /^\/(api|assets)(\/|$)/.test(page.path))
      fail(`${file}: ${JSON.stringify(page.path)} is no path of a page`);
  return [...new Set(pages.map((page) => page.path.replaceAll(/:([^/]+)/g, "{$1}")))].sort();
}

const quote = (text) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

class Pack {
  parts = [];
  length = 0;

  /** Appends, and gives the C initialiser of struct web_bytes. */
  add(bytes) {
    const tag = createHash("sha256").update(bytes).digest("hex").slice(0, TAG_DIGITS);
    const text = `{${this.length}, ${bytes.length}, ${quote(`"${tag}"`)}}`;
    this.parts.push(bytes);
    this.length += bytes.length;
    return text;
  }
}

function rowOf(pack, path, bytes) {
  const small = compress(bytes);
  const plain = pack.add(bytes);
  const brotli = small.length < bytes.length ? pack.add(small) : "{0, 0, NULL}";
  const name = path === INDEX ? "/" : path;
  return { name, text: `    {${quote(name)}, ${quote(MEDIA[extname(path)])}, ${plain}, ${brotli}, ${HASHED.test(path)}},\n` };
}

function main([site, pagesFile, out]) {
  if (!out) fail("usage: node pack.mjs SITE_DIR PAGES_JSON OUT_DIR");
  const pack = new Pack();
  const rows = [...readSite(resolve(site))].sort().map(([path, bytes]) => rowOf(pack, path, bytes));
  rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  const pages = readPages(pagesFile).map((path) => `    ${quote(path)},\n`);
  const packFile = join(resolve(out), "web.pack");
  const incbin = `.section .rodata\\n.global web_pack\\n.balign 16\\nweb_pack:\\n.incbin ${quote(quote(packFile)).slice(1, -1)}\\n`;
  writeFileSync(packFile, Buffer.concat(pack.parts));
  writeFileSync(
    join(out, "web_table.c"),
    `/* Made by server/web/pack.mjs. */
#include "office/web.h"

__asm__("${incbin}.byte 0\\n.previous\\n");

const struct web_asset web_assets[] = {
${rows.map((row) => row.text).join("")}};
const size_t web_assets_n = sizeof web_assets / sizeof *web_assets;

const char *const web_pages[] = {
${pages.join("")}};
const size_t web_pages_n = sizeof web_pages / sizeof *web_pages;
`,
  );
}

main(process.argv.slice(2));
