/* A paper in the forms that the server makes of it: PDF for people, the others for programs and for who reads with one. */
import { download } from "../api/client";
import { may } from "../state/session";
import { Button } from "./button";

const forms = [
  ["pdf", "PDF"],
  ["html", "HTML"],
  ["csv", "CSV"],
  ["json", "JSON"],
  ["txt", "Text"],
] as const;
type Form = (typeof forms)[number][0];

// `of` says what it is, for who hears the buttons one by one; without the right to take files there are none.
export const Files = ({ of, at }: { of: string; at: (form: Form) => string }) =>
  may("export") ? (
    <div class="row files" role="group" aria-label={`${of} as a file`}>
      {forms.map(([form, words]) => (
        <Button key={form} kind={form === "pdf" ? "primary" : "plain"} act={() => download(at(form))}>
          {words}
        </Button>
      ))}
    </div>
  ) : null;
