/*
 * Versions of the clearance rule, for all classes and for single ones; a new one begins as a draft, from an example or from
 * another.
 */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { Clauses } from "../../record/rule";
import { useList } from "../../state/list";
import { useRead } from "../../state/read";
import { may } from "../../state/session";
import { say } from "../../state/toast";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Panel } from "../../ui/layout";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import { Shown } from "../../ui/states";
import type { Column } from "../../ui/table";
import { moment } from "../../ui/words";
import { OnePolicy } from "./one";

export type Policy = components["schemas"]["Policy"];
type Row = Omit<Policy, "rule">; // the list has no clauses

export const policyStates: Record<Policy["state"], { words: string; tone: string }> = {
  draft: { words: "draft", tone: "borderline" },
  previewed: { words: "previewed", tone: "borderline" },
  active: { words: "in force", tone: "track" },
  superseded: { words: "superseded", tone: "unknown" },
  retired: { words: "retired", tone: "unknown" },
};

const rowKey = (row: Row) => String(row.policy_id);

export function Rules() {
  const [query, change] = useQuery();
  const [isNew, setNew] = useState(false);
  const list = useList<Row>((init, page) => api.GET("/policies", { ...init, params: { query: page } }), []);
  const columns: readonly Column<Row>[] = [
    {
      id: "title",
      head: "Rule",
      primary: true,
      cell: (row) => (
        <Button kind="quiet" act={() => change({ policy: row.policy_id })}>
          {row.title}
        </Button>
      ),
    },
    { id: "class", head: "For", cell: (row) => (row.class_year ? `class of ${row.class_year}` : "all other classes") },
    { id: "version", head: "Version", end: true, cell: (row) => row.version },
    { id: "state", head: "State", cell: (row) => <Tag tone={policyStates[row.state].tone}>{policyStates[row.state].words}</Tag> },
    { id: "changed", head: "Changed", cell: (row) => `${moment(row.changed_at)}, ${row.changed_by.name}` },
  ];
  return (
    <div class="stack">
      {may("policy") && (
        <p>
          <Button kind="primary" act={() => setNew(true)}>
            New rule
          </Button>
        </p>
      )}
      <Listed
        list={list}
        label="Rules"
        columns={columns}
        rowKey={rowKey}
        current={query.policy ?? null}
        empty={{
          title: "No rule yet",
          children:
            "Without a rule the ledger records decisions and proposes none. Begin with an example; they follow published policies.",
        }}
      />
      {query.policy && (
        <OnePolicy key={query.policy} id={query.policy} changed={list.again} close={() => change({ policy: null })} />
      )}
      {isNew && (
        <Examples
          close={() => setNew(false)}
          made={(id) => {
            setNew(false);
            list.again();
            change({ policy: id });
          }}
        />
      )}
    </div>
  );
}

function Examples({ close, made }: { close: () => void; made: (id: number) => void }) {
  const read = useRead((init) => api.GET("/policies/examples", init), [], { live: false });
  return (
    <Dialog title="Begin with an example" close={close}>
      <p class="quiet">
        Each follows what schools have published. It becomes a draft of yours, and every number in it can be changed.
      </p>
      <Shown read={read}>
        {(data) =>
          data.items.map((example) => (
            <Panel
              key={example.name}
              level={3}
              title={example.rule.title}
              actions={
                <Button
                  act={async () => {
                    const { policy_id } = await answer(
                      api.POST("/policies", { body: { rule: example.rule, reason: `Begun from the example “${example.name}”` } }),
                    );
                    say("A draft is made. Nothing is in force yet.");
                    made(policy_id);
                  }}
                >
                  Use it<span class="unseen">: {example.rule.title}</span>
                </Button>
              }
            >
              <div class="stack">
                <p>{example.words}</p>
                <details>
                  <summary>Clause by clause</summary>
                  <Clauses of={example.rule.require} />
                </details>
              </div>
            </Panel>
          ))
        }
      </Shown>
    </Dialog>
  );
}
