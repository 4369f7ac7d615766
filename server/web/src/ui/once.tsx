/* A secret that is shown this one time: in a dialog that is not closed by accident, with a way to take it along. */
import { Button } from "./button";
import { Dialog } from "./dialog";
import { say } from "../state/toast";

export const Once = ({
  title,
  secret,
  children,
  done,
}: {
  title: string;
  secret: string;
  children: preact.ComponentChildren;
  done: () => void;
}) => (
  <Dialog title={title}>
    {children}
    <p>
      <code class="once">{secret}</code>
    </p>
    <div class="dialog-foot">
      <Button
        act={async () => {
          await navigator.clipboard.writeText(secret);
          say("Copied.");
        }}
      >
        Copy
      </Button>
      <Button kind="primary" act={done}>
        I have it
      </Button>
    </div>
  </Dialog>
);
