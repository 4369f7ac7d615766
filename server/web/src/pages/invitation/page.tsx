/* Somebody new, or somebody whose password was reset: the code from the administrator, and a password of one's own. */
import "../sign_in/sign_in.css";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api } from "../../api/client";
import { type Problem, problemFrom } from "../../api/problem";
import { Button } from "../../ui/button";
import { errorOf, FormProblem, TextField } from "../../ui/field";
import { PageHead } from "../../ui/layout";

export default function Invitation() {
  const [code, setCode] = useState(location.hash.slice(1)); // behind the #, so that no server log has it
  const [password, setPassword] = useState("");
  const [isShown, setShown] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [email, setEmail] = useState<string | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      setEmail((await answer(api.POST("/invitation", { body: { code: code.trim(), password } }))).email);
      history.replaceState(null, "", "/invitation");
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <div class="sign-in">
      <div class="sign-in-card">
        <img src="/favicon.svg" alt="" width="44" height="44" />
        <PageHead title="Choose a password" />
        {email ? (
          <p role="status">
            The password of <strong>{email}</strong> is set. <Link href="/sign-in">Sign in with it</Link>; then a second factor is
            set up.
          </p>
        ) : (
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              void send();
            }}
          >
            <TextField
              label="Code of your invitation"
              name="code"
              required
              value={code}
              change={setCode}
              error={errorOf(problem, "code")}
            />
            <TextField
              label="New password"
              name="password"
              type={isShown ? "text" : "password"}
              autocomplete="new-password"
              required
              hint="Long is what counts: four words that have nothing to do with each other. A password manager is better."
              value={password}
              change={setPassword}
              error={errorOf(problem, "password")}
            />
            <Button kind="quiet" aria-pressed={isShown} act={() => setShown(!isShown)}>
              {isShown ? "Hide the password" : "Show the password"}
            </Button>
            <FormProblem problem={problem} fields={["code", "password"]} />
            <Button kind="primary" type="submit">
              Set the password
            </Button>
          </form>
        )}
      </div>
    </div>
  );
}
