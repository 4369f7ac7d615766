/* A person puts a set in force, and says why. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import { type Problem, problemFrom } from "../../api/problem";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { errorOf, FormProblem, TextArea } from "../../ui/field";

export function Promote({
  version,
  replaces,
  close,
  done,
}: {
  version: string;
  replaces: string;
  close: () => void;
  done: () => void;
}) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    setProblem(null);
    try {
      await answer(api.POST("/model/versions/{version}/promote", { params: { path: { version } }, body: { reason, replaces } }));
      say(`${version} is in force. All students are estimated anew.`);
      done();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title={`Promote ${version}?`} close={close}>
      <p>
        It takes the place of <strong>{replaces}</strong>. All students are estimated anew; cases open and close by the new figures.
        Promoting {replaces} again takes it back.
      </p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <TextArea label="Why" required value={reason} change={setReason} error={errorOf(problem, "reason")} rows={3} />
        <FormProblem problem={problem} fields={["reason"]} />
        <div class="dialog-foot">
          <Button act={close}>Cancel</Button>
          <Button kind="primary" type="submit">
            Promote
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
