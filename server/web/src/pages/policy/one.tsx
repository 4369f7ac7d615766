/*
 * One version of a rule: in words, editable while it is a draft, what it would change today, what it would have done in the
 * past.
 */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { type Problem, problemFrom } from "../../api/problem";
import { Clauses, dueWords, type Rule } from "../../record/rule";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { FormProblem } from "../../ui/field";
import { Facts, Panel } from "../../ui/layout";
import { Tag } from "../../ui/mark";
import { Shown } from "../../ui/states";
import { count, moment } from "../../ui/words";
import { Editor } from "./editor";
import { PolicyPast } from "./past";
import { PreviewOf } from "./preview";
import { type Policy, policyStates } from "./rules";

type Preview = components["schemas"]["PolicyPreview"];

export function OnePolicy({ id, changed, close }: { id: string; changed: () => void; close: () => void }) {
  const read = useRead((init) => api.GET("/policies/{policy}", { ...init, params: { path: { policy: id } } }), [id]);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [edits, setEdits] = useState(false);
  const [past, setPast] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { policy: id };

  const run = (work: () => Promise<unknown>) => async () => {
    setProblem(null);
    try {
      await work();
      changed();
      await read.again();
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  const show = (is: Policy) =>
    run(async () =>
      setPreview(await answer(api.POST("/policies/{policy}/preview", { params: { path }, body: { revision: is.revision } }))),
    );
  const activate = (is: Policy) =>
    run(async () => {
      await answer(
        api.POST("/policies/{policy}/activate", {
          params: { path },
          body: { revision: is.revision, replaces: preview?.replaces ?? null },
        }),
      );
      say(`“${is.title}” is in force.`);
      setPreview(null);
    });
  const retire = (is: Policy) =>
    run(async () => {
      await answer(
        api.POST("/policies/{policy}/retire", {
          params: { path },
          body: { revision: is.revision, reason: "Taken out of force on the policy page" },
        }),
      );
      say(`“${is.title}” is no longer in force. Decisions made under it stay.`);
    });
  const save = async (is: Policy, rule: Rule, reason: string) => {
    await answer(
      api.PATCH("/policies/{policy}", { params: { path }, body: { revision: is.revision, rule, ...(reason && { reason }) } }),
    );
    say("Saved. The preview is to be made anew.");
    setEdits(false);
    setPreview(null);
    changed();
    await read.again();
  };
  const copy = (is: Policy) =>
    run(async () => {
      const { policy_id } = await answer(
        api.POST("/policies", {
          body: { rule: is.rule, reason: `A new version of ${is.title}`, ...(is.class_year && { class_year: is.class_year }) },
        }),
      );
      say(`A draft is made: rule ${policy_id}.`);
    });

  return (
    <Shown read={read}>
      {(is) => {
        const isDraft = is.state === "draft" || is.state === "previewed";
        return (
          <Panel
            title={is.title}
            note={`Version ${is.version}, ${is.class_year ? `class of ${is.class_year}` : "all other classes"}`}
            actions={
              <Button kind="quiet" act={close}>
                Close
              </Button>
            }
          >
            <div class="stack">
              <p class="row">
                <Tag tone={policyStates[is.state].tone}>{policyStates[is.state].words}</Tag>
                {may("policy") && (
                  <>
                    {isDraft && <Button act={() => setEdits(!edits)}>{edits ? "Stop editing" : "Edit"}</Button>}
                    {isDraft && <Button act={show(is)}>What would it change today?</Button>}
                    <Button act={() => setPast(!past)}>{past ? "Hide the past" : "What would it have done?"}</Button>
                    {isDraft && (
                      <Button kind="primary" disabled={preview === null} act={activate(is)}>
                        Put it in force
                      </Button>
                    )}
                    {is.state === "active" && <Button act={retire(is)}>Take it out of force</Button>}
                    {!isDraft && <Button act={copy(is)}>New version of it</Button>}
                  </>
                )}
              </p>
              <FormProblem problem={problem} />
              {edits ? (
                <Editor rule={is.rule} save={(rule, reason) => save(is, rule, reason)} />
              ) : (
                <>
                  <Clauses of={is.rule.require} />
                  <RuleFacts of={is} />
                </>
              )}
              {preview && <PreviewOf is={preview} />}
              {past && <PolicyPast id={id} />}
            </div>
          </Panel>
        );
      }}
    </Shown>
  );
}

const RuleFacts = ({ of }: { of: Policy }) => (
  <Facts
    of={[
      ["To be met", dueWords(of.rule.by)],
      ["What cannot be known by then", of.rule.missing === "does_not_meet" ? "counts as not met" : "stays “cannot say”"],
      ["Decides", of.rule.decides.join(", ")],
      ["May make exceptions", of.rule.waiver?.by.join(", ") ?? "nobody"],
      ["Conditional means", of.rule.conditional?.means ?? "there is none"],
      ["A clearance holds", of.rule.valid_days ? count(of.rule.valid_days, "day") : "until something changes"],
      ["Source", of.rule.source ?? "–"],
      ["Why", of.reason],
      ["In force", of.activated_at ? `${moment(of.activated_at)}, ${of.activated_by?.name ?? ""}` : "–"],
      ...(of.ended_at ? [["Ended", `${moment(of.ended_at)}, ${of.ended_by?.name ?? ""}`] as const] : []),
    ]}
  />
);
