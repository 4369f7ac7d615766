/* The school's identity provider (tests/peer/oidc), and the daemon's settings for it. Ends with the walk. */
import { spawn } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { request } from "node:https";
import { ROOT } from "./school.mjs";

const SECRET = "a secret of the tests";
const HOLD = `import json, sys; sys.path[:0] = [sys.argv[1], sys.argv[1] + "/oidc"]; import provider
it = provider.Provider(sys.argv[2], sys.argv[3]); print(json.dumps({"issuer": it.issuer, "certificate": it.certificate}), flush=True)
sys.stdin.read(); it.stop()`;

export class Provider {
  static async start(school) {
    const it = new Provider();
    const folder = `${school.dir}/oidc`;
    mkdirSync(folder);
    const { uid, gid } = statSync(`${school.dir}/run`); // whom the daemon runs as
    const secret = `${folder}/secret`;
    writeFileSync(secret, `${SECRET}\n`, { mode: 0o600 });
    for (const path of [folder, secret]) chownSync(path, uid, gid);
    const words = ["-c", HOLD, `${ROOT}/tests/peer`, process.env.SG_BUILD, folder];
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
    it.process = spawn("/usr/bin/python3", words, { env, stdio: ["pipe", "pipe", "inherit"] });
    const [line] = await new Promise((resolve, reject) => {
      createInterface({ input: it.process.stdout }).once("line", (text) => resolve([text]));
      it.process.once("exit", (code) => reject(new Error(`the provider ended with ${code}`)));
    });
    Object.assign(it, JSON.parse(line));
    school.configure("oidc", {
      issuer: it.issuer,
      client_id: "stepguard",
      client_secret_file: secret,
      ca_file: it.certificate,
      label: "the school's sign-on",
    });
    await school.restart();
    await it.tell({ redirect_uris: [`${school.url}/api/v1/oidc/callback`] });
    return it;
  }

  tell(members) {
    return new Promise((resolve, reject) => {
      const asked = request(`${this.issuer}/control`, { method: "POST", ca: readFileSync(this.certificate) }, (answer) =>
        answer.resume().on("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`)))),
      );
      asked.on("error", reject).end(JSON.stringify(members));
    });
  }

  /** Who sits at the provider's pages from now on. */
  sits(who) {
    const subject = who.email.split("@")[0];
    return this.tell({ accounts: { [subject]: { email: who.email, email_verified: true } }, who: subject });
  }

  stop() {
    this.process.stdin.end();
    return new Promise((resolve) => this.process.once("exit", resolve));
  }
}
