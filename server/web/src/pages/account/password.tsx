import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import { type Problem, problemFrom } from "../../api/problem";
import { session } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { errorOf, FormProblem, TextField } from "../../ui/field";

export function NewPassword() {
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      session.value = await answer(api.POST("/me/password", { body: { password } }));
      setPassword("");
      say("Your password is changed. All your other sessions have ended.");
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <TextField
        label="New password"
        type="password"
        name="new-password"
        autocomplete="new-password"
        required
        value={password}
        change={setPassword}
        error={errorOf(problem, "password")}
      />
      <FormProblem problem={problem} fields={["password"]} />
      <p>
        <Button type="submit">Change the password</Button>
      </p>
    </form>
  );
}
