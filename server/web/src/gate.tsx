/* The dialogs over a page: sign in again, prove it is you, you will be signed out. The page below keeps all that is on it. */
import { useEffect, useState } from "preact/hooks";
import { api, answer } from "./api/client";
import { type Problem, problemFrom } from "./api/problem";
import { extend, leftMs } from "./state/idle";
import { heard, pass, proved, recognise, type Session, session, wanted } from "./state/session";
import { SignInForm } from "./ui/sign_in_form";
import { Button } from "./ui/button";
import { Dialog } from "./ui/dialog";
import { errorOf, FormProblem, TextField } from "./ui/field";

// Single sign-on goes by the provider's pages, in another tab: whoever comes back from there is known by the session they share.
function useProofElsewhere(): void {
  useEffect(() => {
    const look = async () => {
      const asked = wanted.value;
      if (!asked || document.visibilityState === "hidden" || (await recognise()) !== "same" || !session.value) return;
      const { stepped_up_until } = session.value.session;
      if (asked === "sign_in" || Date.parse(stepped_up_until) > Date.now() + heard.skew_ms) proved(session.value);
    };
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
}

export function Gate() {
  useProofElsewhere();
  const ended = wanted.value === "sign_in",
    covered = ended || leftMs.value === 0; // ended for all we know, also while the server cannot be asked
  useEffect(() => {
    document.querySelector(".frame")?.classList.toggle("cover", covered); // somebody else may be looking at the screen
  }, [covered]);
  if (ended)
    return (
      <Dialog title="Your session has ended">
        <p>Sign in again to go on where you were. Nothing that you wrote is lost.</p>
        {session.value?.has_password && <SignInForm email={session.value.email} done={proved} />}
        {session.value?.session.method === "oidc" && (
          <p>
            <a class="button primary" href="/api/v1/oidc/start" target="_blank" rel="noopener">
              Single sign-on, in another tab
            </a>{" "}
            Come back here afterwards.
          </p>
        )}
        <p class="small">
          <a href="/sign-in">Leave this page and start afresh</a>
        </p>
      </Dialog>
    );
  if (wanted.value) return <StepUp full={wanted.value === "step_up_full"} />;
  if (leftMs.value !== null) return <Warning left={leftMs.value} />;
  return null;
}

const mmss = (ms: number) => `${Math.floor(ms / 60_000)}:${String(Math.floor((ms % 60_000) / 1000)).padStart(2, "0")}`;

function Warning({ left }: { left: number }) {
  return (
    <Dialog title="Are you still there?" close={() => void extend()}>
      <p>
        You will be signed out in <strong role="timer">{mmss(left)}</strong>, because nothing was done here for a while. What you
        wrote stays on this page.
      </p>
      <div class="dialog-foot">
        <Button kind="primary" act={extend}>
          Stay signed in
        </Button>
      </div>
    </Dialog>
  );
}

// Either part of what one signs in with is enough, but to change one of them: then both are asked for.
function StepUp({ full }: { full: boolean }) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const who = session.value;
  const either = Boolean(!full && who?.has_password && who.second_factor);
  const prove = async () => {
    setProblem(null);
    const given = { ...(password && { password }), ...(code && { code: code.replaceAll(" ", "") }) };
    try {
      proved(await answer(api.POST("/session/step-up", { body: given })));
    } catch (thrown) {
      setProblem(problemFrom(thrown));
      setPassword("");
      setCode("");
    }
  };
  return (
    <Dialog title="Prove that it is you" close={() => pass(false)}>
      <p>
        What you are about to do leaves this office or changes who may do what. So it is asked for once more:{" "}
        <strong>{either ? "your password or a code; one of them is enough." : asks(full, who)}</strong>
      </p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void prove();
        }}
      >
        {who?.has_password && (
          <TextField
            required={!either || !code}
            label="Password"
            type="password"
            name="password"
            autocomplete="current-password"
            value={password}
            change={setPassword}
            error={errorOf(problem, "password")}
          />
        )}
        {who?.second_factor && (
          <TextField
            required={!either || !password}
            label={either ? "Or a code from your authenticator" : "Code from your authenticator"}
            name="code"
            inputMode="numeric"
            autocomplete="one-time-code"
            value={code}
            change={setCode}
            error={errorOf(problem, "code")}
          />
        )}
        <FormProblem problem={problem} fields={["password", "code"]} />
        <div class="dialog-foot">
          {who?.session.method === "oidc" && (
            <a class="button" href="/api/v1/oidc/start?step_up=1" target="_blank" rel="noopener">
              By single sign-on, in another tab
            </a>
          )}
          <Button act={() => pass(false)}>Cancel</Button>
          <Button kind="primary" type="submit">
            Go on
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const asks = (full: boolean, who: Session | null): string =>
  full && who?.has_password && who.second_factor
    ? "your password and a code, both."
    : who?.has_password
      ? "your password."
      : who?.second_factor
        ? "a code."
        : "by single sign-on.";
