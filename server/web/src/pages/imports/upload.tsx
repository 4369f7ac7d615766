/*
 * Choosing a file and what it is. The bytes go to the server as they are; it reads them, and answers with the preview's number or
 * with every line that it could not read.
 */
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { answer, api } from "../../api/client";
import { type Problem, problemFrom } from "../../api/problem";
import { Button } from "../../ui/button";
import { Check, Choice, errorOf, Field, FormProblem } from "../../ui/field";
import { count } from "../../ui/words";
import { type Kind, kinds } from "./kinds";

interface Finding {
  line: number;
  field: string;
  reason: string;
  remedy: string;
}

const isZip = (file: File) => file.name.toLowerCase().endsWith(".zip");

export function Upload() {
  const [, go] = useLocation();
  const [kind, setKind] = useState<Kind>("roster");
  const [file, setFile] = useState<File | null>(null);
  const [isStrict, setStrict] = useState(false);
  const [isWhole, setWhole] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async () => {
    if (!file) return;
    setProblem(null);
    try {
      const made = await answer(
        api.POST("/imports", {
          params: {
            query: {
              kind,
              file_name: file.name,
              mode: isStrict ? "strict" : "lenient",
              ...(kind === "roster" && { absent: isWhole ? "inactive" : "keep" }),
            },
          },
          body: file as unknown as string, // its bytes; the description has no type for them
          bodySerializer: (bytes) => bytes,
          headers: { "Content-Type": isZip(file) ? "application/zip" : "text/csv" },
        }),
      );
      go(`/imports/${made.import_id}`);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  const findings = (problem?.is.findings as Finding[] | undefined) ?? [];
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        return send();
      }}
    >
      <div class="filters">
        <Choice
          label="What it is"
          value={kind}
          change={(next) => setKind(next as Kind)}
          options={Object.entries(kinds).map(([of, { words }]) => [of, words] as const)}
        />
        <Field label="CSV file, or a OneRoster zip" error={errorOf(problem, "file_name")}>
          {(ids) => (
            <input
              {...ids}
              type="file"
              accept=".csv,.zip,text/csv,application/zip"
              required
              onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
            />
          )}
        </Field>
      </div>
      <p class="hint">{kinds[kind].hint}</p>
      {kind === "roster" && (
        <Check
          label="This is the whole roster"
          hint="Who is not in it would leave. Otherwise absence changes nothing."
          checked={isWhole}
          change={setWhole}
        />
      )}
      <Check
        label="All rows or none"
        hint="Otherwise the good rows can be applied while bad ones are refused."
        checked={isStrict}
        change={setStrict}
      />
      <FormProblem problem={problem} fields={["file_name"]} />
      {findings.length > 0 && (
        <ul class="lines small">
          {findings.map((finding) => (
            <li key={`${finding.line}/${finding.field}/${finding.reason}`}>
              Line {finding.line}
              {finding.field && `, ${finding.field}`}: {finding.reason} {finding.remedy}
            </li>
          ))}
          <li class="quiet">{count(findings.length, "finding")}</li>
        </ul>
      )}
      <p>
        <Button kind="primary" type="submit" disabled={!file}>
          Show what it would change
        </Button>
      </p>
    </form>
  );
}
