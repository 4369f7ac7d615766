/* Somebody else changed it meanwhile: what it is now stands beside what was written, and the person decides again. */
import type { ComponentChildren } from "preact";
import { Button } from "./button";

interface Props {
  children: ComponentChildren; // what it is now, as a sentence
  seen?: () => void; // what was written is to be judged by that from here on; none: closing shows it
}

export const Faster = ({ children, seen }: Props) => (
  <div class="form-problem stack" role="alert">
    <p>
      <strong>Somebody else was faster.</strong> {children} What you wrote is kept.
    </p>
    {seen && <Button act={seen}>I have seen it; mine still holds</Button>}
  </div>
);
