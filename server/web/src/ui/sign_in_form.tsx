/*
 * Password first, then the code: the second field appears when the server asks for it, and the password need not be typed again.
 * Paste and password managers work; nothing is to be remembered or solved (WCAG 3.3.8).
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { api, answer } from "../api/client";
import { type Problem, problemFrom } from "../api/problem";
import type { Session } from "../state/session";
import { Button } from "./button";
import { errorOf, FormProblem, TextField } from "./field";

export function SignInForm({ email: given = "", done }: { email?: string; done: (who: Session) => void }) {
  const [email, setEmail] = useState(given);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [wantsCode, setWantsCode] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (wantsCode) form.current?.querySelector<HTMLInputElement>("[name=code]")?.focus();
  }, [wantsCode]);

  const send = async () => {
    setProblem(null);
    try {
      const got = await answer(
        api.POST("/session", { body: { email, password, ...(code && { code: code.replaceAll(" ", "") }) } }),
      );
      if ("status" in got) setWantsCode(true);
      else done(got as Session);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
      setCode("");
    }
  };

  return (
    <form
      ref={form}
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        return send();
      }}
    >
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autocomplete="username"
        required
        value={email}
        change={setEmail}
        error={errorOf(problem, "email")}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        autocomplete="current-password"
        required
        value={password}
        change={setPassword}
        error={errorOf(problem, "password")}
      />
      {wantsCode && (
        <TextField
          label="Code"
          hint="Six digits from your authenticator, or one of your recovery codes."
          name="code"
          autocomplete="one-time-code"
          required
          value={code}
          change={setCode}
          error={errorOf(problem, "code")}
        />
      )}
      <FormProblem problem={problem} fields={["email", "password", "code"]} />
      <Button kind="primary" type="submit">
        {wantsCode ? "Sign in" : "Go on"}
      </Button>
    </form>
  );
}
