/* One import: which columns were taken for what, what it would change, what was refused and why; then apply it, or take it back. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { answer, api } from "../../api/client";
import { type Problem, problemFrom } from "../../api/problem";
import { useRead } from "../../state/read";
import { say } from "../../state/toast";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { errorOf, FormProblem, TextArea } from "../../ui/field";
import { Facts, PageHead, Panel, Tabs } from "../../ui/layout";
import { Tag } from "../../ui/mark";
import { Shown } from "../../ui/states";
import { count, moment, points } from "../../ui/words";
import { type Import, kinds, states } from "../imports/kinds";
import { Errors } from "./errors";
import { Rows } from "./rows";

export default function ImportPage({ params }: { params: Record<string, string> }) {
  const id = params.import ?? "";
  const [query, change] = useQuery();
  const read = useRead((init) => api.GET("/imports/{import}", { ...init, params: { path: { import: id } } }), [id]);
  return (
    <Shown read={read} lines={8} whole>
      {(is) => {
        const tab = query.tab ?? (is.counts.refused > 0 ? "errors" : "rows");
        return (
          <>
            <PageHead
              title={is.file_name}
              mark={<Tag tone={states[is.state].tone}>{states[is.state].words}</Tag>}
              note={
                <>
                  {kinds[is.kind].words}, {count(is.counts.rows, "row")}. <Link href="/imports">All imports</Link>
                </>
              }
            >
              <Deeds of={is} again={read.again} />
            </PageHead>
            <div class="stack">
              {is.same_as && (
                <p class="stale">The same file was brought before: import {is.same_as}. Applying it again adds nothing.</p>
              )}
              {is.state === "previewed" &&
                is.stops.map((stop) => (
                  <p key={stop.code} class="form-problem">
                    <strong>{stop.sentence}</strong> {stop.remedy}
                  </p>
                ))}
              <Panel title={is.state === "applied" ? "What it changed" : "What it would change"}>
                <Facts
                  of={[
                    ["New", is.counts.new],
                    ["Changed", is.counts.changed],
                    ["Leaving", is.counts.leaving],
                    ["Left as recorded", is.counts.kept],
                    ["Unchanged", is.counts.unchanged],
                    ["Refused", is.counts.refused],
                    ...(is.reported ? [["Reported by students too", differing(is.reported)] as const] : []),
                    ...(is.kind === "roster" ? [["On the roster, not in the file", is.counts.absent] as const] : []),
                    ["Brought", `${moment(is.previewed.at)}, ${is.previewed.by?.name ?? "–"}`],
                    ...(is.applied ? [["Applied", `${moment(is.applied.at)}, ${is.applied.by?.name ?? "–"}`] as const] : []),
                    ...(is.undone ? [["Undone", `${moment(is.undone.at)}, ${is.undone.by?.name ?? "–"}`] as const] : []),
                  ]}
                />
              </Panel>
              <Mapping of={is} />
              <div>
                <Tabs
                  label="View"
                  at={tab}
                  of={[
                    ["rows", "Changes"],
                    ["errors", `Refusals and remarks`],
                  ]}
                  to={(next) => change({ tab: next })}
                />
              </div>
              {tab === "errors" ? <Errors id={id} /> : <Rows id={id} />}
            </div>
          </>
        );
      }}
    </Shown>
  );
}

const differing = ({ n, differ, largest }: NonNullable<Import["reported"]>): string =>
  n === 0
    ? "none of what is new or changed"
    : `${n}, ${differ === 0 ? "each the same" : `${differ} of them otherwise`}` +
      (largest === null ? "" : `, at most by ${points(largest)}`);

const Mapping = ({ of }: { of: Import }) => (
  <Panel title="Columns" note={of.ignored.length > 0 ? `Nobody asked for: ${of.ignored.join(", ")}.` : undefined}>
    <Facts
      of={of.header.map((column) => [
        column.field + (column.required ? " (required)" : ""),
        column.header ?? <span class="quiet">not in the file: nothing is changed there</span>,
      ])}
    />
  </Panel>
);

function Deeds({ of, again }: { of: Import; again: () => Promise<void> }) {
  const [asks, setAsks] = useState(false);
  const [why, setWhy] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { import: String(of.import_id) };
  const apply = async (past_brake?: string) => {
    await answer(
      api.POST("/imports/{import}/apply", { params: { path }, body: { revision: of.revision, ...(past_brake && { past_brake }) } }),
    );
    say(`${of.file_name} is applied. It can be undone here.`);
    await again();
  };
  const undo = async () => {
    await answer(api.POST("/imports/{import}/undo", { params: { path }, body: { revision: of.revision } }));
    say(`${of.file_name} is undone; what people changed since stays.`);
    await again();
  };
  if (of.state === "applied" && of.can_undo) return <Button act={undo}>Undo this import</Button>;
  if (of.state !== "previewed") return null;
  if (of.stops.some((stop) => !stop.passable)) return null;
  return (
    <>
      <Button kind="primary" act={() => (of.stops.length > 0 ? setAsks(true) : apply())}>
        Apply it
      </Button>
      {asks && (
        <Dialog title="More changes than usual" close={() => setAsks(false)}>
          {of.stops.map((stop) => (
            <p key={stop.code}>{stop.sentence}</p>
          ))}
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              setProblem(null);
              apply(why).then(
                () => setAsks(false),
                (thrown: unknown) => setProblem(problemFrom(thrown)),
              );
            }}
          >
            <TextArea
              label="Why this is right"
              required
              rows={3}
              value={why}
              change={setWhy}
              error={errorOf(problem, "past_brake")}
            />
            <FormProblem problem={problem} fields={["past_brake"]} />
            <div class="dialog-foot">
              <Button act={() => setAsks(false)}>Cancel</Button>
              <Button kind="danger" type="submit">
                Apply all the same
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
