/*
 * The authenticator: a picture to scan, the same as text to copy, one code to show that it works, and then the recovery codes,
 * once. The picture is drawn here; the secret goes nowhere else.
 */
import { useState } from "preact/hooks";
import { encode } from "uqr";
import { answer, api, save } from "../../api/client";
import { type Problem, problemFrom } from "../../api/problem";
import { session } from "../../state/session";
import { Button } from "../../ui/button";
import { errorOf, FormProblem, TextField } from "../../ui/field";
import { PageHead, Panel } from "../../ui/layout";

const QR_PX = 200;

function Picture({ of }: { of: string }) {
  const { data, size } = encode(of, { border: 2 });
  const path = data.flatMap((line, y) => line.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      width={QR_PX}
      height={QR_PX}
      role="img"
      aria-label="QR code for your authenticator; the secret below is the same"
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

export function SecondFactor({ done, again }: { done: (codes: readonly string[]) => void; again?: boolean }) {
  const [secret, setSecret] = useState<{ secret: string; otpauth: string } | null>(null);
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const begin = async () => setSecret(await answer(api.POST("/me/totp", { body: {} })));
  const confirm = async () => {
    setProblem(null);
    try {
      const { recovery_codes } = await answer(api.POST("/me/totp/confirm", { body: { code: code.replaceAll(" ", "") } }));
      done(recovery_codes);
      setSecret(null);
      const now = await answer(api.GET("/session", {}));
      if (!session.value?.session.restricted) session.value = now;
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  if (!secret)
    return (
      <div class="stack prose">
        <p>An authenticator is an app on your phone or in your password manager that shows a new code every half minute.</p>
        <p>
          <Button kind={again ? "plain" : "primary"} act={begin}>
            {again ? "Change to another authenticator" : "Set it up"}
          </Button>
        </p>
      </div>
    );
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      <p>Scan this with your authenticator, or copy the secret into it.</p>
      <Picture of={secret.otpauth} />
      <p>
        <code>{secret.secret.replace(/(.{4})/g, "$1 ")}</code>{" "}
        <Button kind="quiet" act={() => navigator.clipboard.writeText(secret.secret)}>
          Copy
        </Button>
      </p>
      <TextField
        label="The code that it shows now"
        name="code"
        inputMode="numeric"
        autocomplete="one-time-code"
        required
        value={code}
        change={setCode}
        error={errorOf(problem, "code")}
      />
      <FormProblem problem={problem} fields={["code"]} />
      <p>
        <Button kind="primary" type="submit">
          It works
        </Button>
      </p>
    </form>
  );
}

export const RecoveryCodes = ({ codes, done }: { codes: readonly string[]; done: () => void }) => (
  <>
    <PageHead
      title="Your recovery codes"
      note="Each opens your account once, should the authenticator be lost. They are shown this one time."
    />
    <Panel title="Keep them where your password is not">
      <div class="stack">
        <ul class="recovery">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <p class="row no-print">
          <Button
            act={() =>
              save(
                new Blob([`Stepguard recovery codes\r\n${codes.join("\r\n")}\r\n`], { type: "text/plain" }),
                "stepguard-recovery-codes.txt",
              )
            }
          >
            Save as a file
          </Button>
          <Button act={() => window.print()}>Print</Button>
          <Button kind="primary" act={done}>
            I have them
          </Button>
        </p>
      </div>
    </Panel>
  </>
);
