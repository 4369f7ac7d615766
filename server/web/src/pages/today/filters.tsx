import type { Query } from "../../state/url";
import { Choice } from "../../ui/field";
import { caseStates } from "../../case/verbs";
import { Button } from "../../ui/button";

const IN_QUEUE = ["new", "acknowledged", "in_progress", "regressed", "escalating"] as const;

export function Filters({ query, change }: { query: Query; change: (some: Record<string, string | null>) => void }) {
  const set = (name: string) => (value: string) => change({ [name]: value });
  const any = ["mine", "state", "severity", "class_year"].some((name) => query[name]);
  return (
    <form class="filters no-print" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      <Choice
        label="Whose"
        value={query.mine ?? ""}
        change={set("mine")}
        options={[
          ["", "Everybody's"],
          ["true", "My own"],
        ]}
      />
      <Choice
        label="Urgency"
        value={query.severity ?? ""}
        change={set("severity")}
        options={[
          ["", "Any"],
          ["urgent", "Urgent"],
          ["warning", "Warning"],
          ["watch", "Watch"],
        ]}
      />
      <Choice
        label="State"
        value={query.state ?? ""}
        change={set("state")}
        options={[["", "Any"], ...IN_QUEUE.map((state) => [state, caseStates[state].word] as const)]}
      />
      {any && (
        <Button kind="quiet" act={() => change({ mine: null, state: null, severity: null, class_year: null })}>
          Clear filters
        </Button>
      )}
    </form>
  );
}
