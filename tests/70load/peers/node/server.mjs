/*
 * What a school's own developer would write in a week: Node's https, pg, one batched insert per upload, a cluster of two.
 *
 *   node server.mjs '{"port": …, "certificate": …, "key": …, "host": …, "database": …, "grouped": false}'
 *
 * As ../fastapi/app.py in what it stores, checks, answers, and is spared. "grouped" adds what a developer would add who has
 * measured: uploads that arrive while the connections are busy travel together, in one insert and one commit.
 */
import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import https from "node:https";
import pg from "pg";

const WORKERS = 2, CONNECTIONS = 4, GROUP_MOST = 50, BODY_MOST = 1 << 20;
const COLUMNS = ("student_id device_id result_id received_at taken_at revision score_centi seconds seconds_allowed scale mode items " +
  "correct omitted retracted repeat instrument form subs").split(" ");
const TYPES = ("int8 int8 uuid timestamptz timestamptz int4 int4 int4 int4 int2 int2 int2 int2 int2 bool bool text text bytea").split(" ");

const options = JSON.parse(process.argv[2]);
const table = options.grouped ? "bench.node_grouped" : "bench.node";
const insert = `insert into ${table} (school_id, ${COLUMNS.join(", ")})
select 1, * from unnest(${TYPES.map((type, i) => `$${i + 1}::${type}[]`).join(", ")})
    on conflict do nothing returning result_id`;

const whole = (value, low, high) => Number.isInteger(value) && value >= low && value <= high;
const text = (value, most) => typeof value === "string" && value.length <= most;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function fine(r) {
  return UUID.test(r.result_id) && whole(r.revision, 0, 10000) && typeof r.retracted === "boolean" && typeof r.repeat === "boolean" &&
    text(r.instrument, 32) && r.instrument !== "" && text(r.form, 32) && whole(r.taken_at_ms, 0, 1e14) && whole(r.scale, 1, 6) &&
    whole(r.score_centi, -1e6, 1e8) && whole(r.mode, 0, 3) && whole(r.items, 1, 1000) && whole(r.correct, 0, r.items) &&
    whole(r.omitted, 0, r.items) && whole(r.seconds, 0, 1e6) && whole(r.seconds_allowed, 0, 1e6) &&
    Array.isArray(r.subs) && r.subs.length <= 64 && r.subs.every(sub => sub.length === 3 && sub.every(n => whole(n, 0, 1000)));
}

function packed(subs) {
  const bytes = Buffer.allocUnsafe(5 * subs.length);
  subs.forEach(([area, items, correct], i) => {
    bytes.writeUInt8(area, 5 * i);
    bytes.writeUInt16BE(items, 5 * i + 1);
    bytes.writeUInt16BE(correct, 5 * i + 3);
  });
  return `\\x${bytes.toString("hex")}`;
}

/* uploads: [{student, results}]. Columns of all their rows, as text for PostgreSQL's arrays. */
function columns(uploads) {
  const now = new Date().toISOString(), lists = COLUMNS.map(() => []);
  for (const { student, results } of uploads)
    for (const r of results) {
      const row = [student, student, r.result_id, now, new Date(r.taken_at_ms).toISOString(), r.revision, r.score_centi, r.seconds,
        r.seconds_allowed, r.scale, r.mode, r.items, r.correct, r.omitted, r.retracted, r.repeat, r.instrument, r.form, packed(r.subs)];
      row.forEach((value, i) => lists[i].push(value));
    }
  return lists;
}

let pool, waiting = [], busy = 0;

async function store(uploads) {
  const stored = await pool.query({ name: "insert", text: insert, values: columns(uploads) });
  const fresh = new Set(stored.rows.map(row => row.result_id));
  for (const upload of uploads)
    upload.done({ status: upload.results.map(r => fresh.has(r.result_id) ? 1 : 2) });
}

async function group() {
  if (busy >= CONNECTIONS || waiting.length === 0)
    return;
  const uploads = waiting.splice(0, GROUP_MOST);
  busy++;
  await store(uploads).catch(error => uploads.forEach(upload => upload.failed(error)));
  busy--;
  setImmediate(group);
}

function answer(response, status, value) {
  const body = JSON.stringify(value);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

function upload(request, response, body) {
  const { results } = JSON.parse(body), student = Number(request.headers["x-student"]);
  if (!whole(student, 1, 1e15) || !Array.isArray(results) || results.length < 1 || results.length > 500 || !results.every(fine))
    return answer(response, 422, { detail: "a row is not acceptable" });
  const one = { student, results, done: value => answer(response, 200, value), failed: () => answer(response, 503, { detail: "not stored" }) };
  if (!options.grouped)
    return store([one]).catch(one.failed);
  waiting.push(one);
  setImmediate(group);
}

function serve() {
  pool = new pg.Pool({ host: options.host, database: options.database, user: "postgres", max: CONNECTIONS, idleTimeoutMillis: 0 });
  const tls = { key: readFileSync(options.key), cert: readFileSync(options.certificate), minVersion: "TLSv1.3" };
  https.createServer(tls, (request, response) => {
    const chunks = [];
    let length = 0;
    request.on("data", chunk => {
      length += chunk.length;
      length <= BODY_MOST ? chunks.push(chunk) : request.destroy();
    });
    request.on("end", () => {
      try {
        upload(request, response, Buffer.concat(chunks));
      } catch {
        answer(response, 400, { detail: "not JSON" });
      }
    });
  }).listen(options.port, "127.0.0.1", () => console.log("listening"));
}

if (cluster.isPrimary)
  for (let i = 0; i < WORKERS; i++)
    cluster.fork();
else
  serve();
