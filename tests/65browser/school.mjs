/*
 * The school behind the pages: made by deploy/demo in a directory of its own, with the programs of the build under test. What a
 * test does behind the curtain (a look into the database, somebody new in the office, the daemon stopped and started) is here,
 * so that a walk reads as what people do.
 */
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { request } from "playwright-core";
import { totp, WAIT_MS } from "./office.mjs";

export const ROOT = process.env.SG_ROOT ?? fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const PASSWORD = "violet anvils hum quietly"; // long, and on nobody's list
const LOOK_MS = 50;

/** Polls until the condition gives something true, and gives that. */
export async function until(condition, what, wait_ms = WAIT_MS) {
  for (const end = Date.now() + wait_ms; Date.now() < end; await pause(LOOK_MS)) {
    const value = await condition();
    if (value) return value;
  }
  throw new Error(`waited ${wait_ms / 1000} s for ${typeof what === "function" ? what() : what}`);
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => (socket.destroy(), resolve(true))).on("error", () => resolve(false));
  });

const isRunning = (pid) => existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`).length > 0;

/** Ends all of a school, and leaves nothing. */
function remove(directory) {
  const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: "ignore" });
  if (!existsSync(directory)) return;
  run(`${ROOT}/deploy/demo`, "stop", "--dir", directory);
  run(`${ROOT}/deploy/pg/private-cluster`, "wipe", `${directory}/pg`);
  rmSync(realpathSync(directory), { recursive: true, force: true });
  rmSync(directory, { force: true });
}

export class School {
  constructor(directory) {
    this.dir = directory;
    this.env = this.#environment();
    this.url = this.env.OFFICE_URL;
    this.dean = { email: this.env.DEAN_USER, password: this.env.DEAN_PASSWORD, secret: this.env.DEAN_TOTP_SECRET };
  }

  /** A new one; or the one that is there already, when its directory is. */
  static async make(directory, students, port_base, ...options) {
    const size = ["--students", String(students), "--port-base", String(port_base), "--programs", `${process.env.SG_BUILD}/bin`];
    try {
      execFileSync(`${ROOT}/deploy/demo`, ["--dir", directory, ...size, ...options], { stdio: ["ignore", "pipe", "pipe"] });
      const school = new School(directory);
      school.#openDoor();
      await school.restart();
      return school;
    } catch (thrown) {
      console.error(`# ${thrown.stdout ?? ""}${thrown.stderr ?? ""}`);
      remove(directory);
      throw thrown;
    }
  }

  #environment() {
    const script = 'set -a && . "$0" && env -0';
    const said = execFileSync("env", ["-i", "/bin/bash", "-c", script, `${this.dir}/env`], { encoding: "utf8" });
    return Object.fromEntries(said.split("\0").map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
  }

  /** All these browsers sit at one address, and would have to wait at the door like a network that guesses. */
  #openDoor() {
    this.configure("office", { strangers_per_minute: 100000, requests_per_minute: 100000 });
    this.set("api_per_minute", 60000);
  }

  /** A number that the office works by. */
  set(key, value) {
    const row =
      "select school_id, :'v1', :'v2', now() from core.school on conflict (school_id, key) do update set value = excluded.value";
    this.sql(`insert into ops.setting (school_id, key, value, set_at) ${row}`, key, value);
  }

  /** Written into the daemon's configuration, which it reads when it starts. */
  configure(section, keys) {
    const path = this.env.OPERATOR_CONFIG;
    const lines = Object.entries(keys).map(([name, value]) => `${name} = ${value}`);
    const text = readFileSync(path, "utf8");
    const head = `[${section}]\n`;
    writeFileSync(
      path,
      text.includes(head) ? text.replace(head, `${head}${lines.join("\n")}\n`) : `${text}\n${head}${lines.join("\n")}\n`,
    );
  }

  /** As the superuser, for looking behind the curtain: the first column of each row, as text. `$1` are given as :'v1'. */
  sql(query, ...values) {
    const given = values.flatMap((value, i) => ["-v", `v${i + 1}=${value}`]);
    const psql = ["-XqAt", "-v", "ON_ERROR_STOP=1", ...given, "-d", `${this.env.PGURL} user=postgres`];
    const said = execFileSync("psql", psql, { input: query, encoding: "utf8" });
    return said.split("\n").filter(Boolean);
  }

  ctl(...words) {
    const program = `${this.env.DEMO_BIN}/stepguardctl`;
    return JSON.parse(
      execFileSync(program, ["--config", this.env.OPERATOR_CONFIG, "--json", ...words], { encoding: "utf8" }) || "null",
    );
  }

  /** The operator's tool, where what it says does not matter. */
  run(...words) {
    const given = { stdio: ["ignore", "pipe", "pipe"], timeout: 1_200_000 };
    execFileSync(`${this.env.DEMO_BIN}/stepguardctl`, ["--config", this.env.OPERATOR_CONFIG, ...words], given);
  }

  // ---- people

  /** An invitation for somebody; the code is in it. */
  invite(email, name, ...roles) {
    return this.ctl("staff", "add", "--email", email, "--name", name, ...roles.flatMap((role) => ["--role", role]));
  }

  /** A browser without pages: cookies, and the page's token with every request that changes something. */
  async door() {
    const context = await request.newContext({
      baseURL: `${this.url}/api/v1/`,
      ignoreHTTPSErrors: true,
      extraHTTPHeaders: { Origin: this.url },
    });
    let token = "";
    const ask = async (method, path, data, headers = {}) => {
      const answer = await context.fetch(path, { method, data, headers: { "X-CSRF-Token": token, ...headers } });
      token = answer.headers()["x-csrf-token"] ?? token;
      if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
      return answer.status() === 204 ? null : answer.json();
    };
    return { ask, context };
  }

  /** Somebody who may enter: password chosen, second factor set up. */
  async person(tag, name, ...roles) {
    const who = { email: `${tag}@quillfeather.example`, name, password: PASSWORD };
    const { code, staff_id } = this.invite(who.email, name, ...roles);
    const { ask, context } = await this.door();
    await ask("POST", "invitation", { code, password: who.password });
    await ask("POST", "session", { email: who.email, password: who.password });
    const { secret } = await ask("POST", "me/totp", {});
    const { recovery_codes } = await ask("POST", "me/totp/confirm", { code: totp(secret) });
    await context.dispose();
    return { ...who, staff_id, secret, recovery: recovery_codes };
  }

  /** A code is good once: the account forgets which were used, so that nobody waits for the next half minute. */
  code(who) {
    this.sql("update core.staff set totp_last_step = 0 where email = :'v1'", who.email);
    return totp(who.secret);
  }

  // ---- the daemon

  get pid() {
    return Number(readFileSync(`${this.dir}/run/stepguardd.pid`, "utf8"));
  }

  async stop() {
    const { pid } = this;
    process.kill(pid, "SIGTERM");
    await until(() => !isRunning(pid), "the daemon to stop");
  }

  async start() {
    const user = statSync(`${this.dir}/run`).uid;
    const mine = process.getuid() === user;
    const program = [`${this.env.DEMO_BIN}/stepguardd`, "--config", this.env.OPERATOR_CONFIG];
    const script = 'echo $$ >"$1"; shift; exec "$@"';
    const shell = ["sh", "-c", script, "sh", `${this.dir}/run/stepguardd.pid`, ...program];
    const command = mine
      ? shell
      : ["setpriv", `--reuid=${user}`, `--regid=${statSync(`${this.dir}/run`).gid}`, "--init-groups", ...shell];
    const log = openSync(`${this.dir}/log/stepguardd.log`, "a");
    const child = spawn(command[0], command.slice(1), { detached: true, stdio: ["ignore", log, log], cwd: "/" });
    closeSync(log);
    child.unref();
    await until(() => listens(Number(this.env.OFFICE_PORT)), "the office port");
    await this.ready();
  }

  /** Until it has its connections to the database: a stranger is told so, and not that there is trouble. */
  async ready() {
    const { context } = await this.door();
    await until(async () => (await context.get("session").catch(() => null))?.status() === 401, "the daemon to answer");
    await context.dispose();
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  remove() {
    remove(this.dir);
  }
}
