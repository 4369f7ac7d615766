/* The school's rules: what clears a student, at which figures a case opens, and the numbers the office works by. */
import { may } from "../../state/session";
import { useQuery } from "../../state/url";
import { PageHead, Tabs } from "../../ui/layout";
import { Rules } from "./rules";
import { Settings } from "./settings";
import { Texts } from "./texts";
import { Thresholds } from "./thresholds";

const tabs = [
  ["rules", "Clearance", "records", Rules],
  ["thresholds", "Thresholds", "policy", Thresholds],
  ["settings", "Numbers of the office", "settings_read", Settings],
  ["texts", "Words to students", "settings_read", Texts],
] as const;

export default function Policy() {
  const [query, change] = useQuery();
  const open = tabs.filter(([, , right]) => may(right));
  const at = open.find(([key]) => key === query.tab) ?? open[0];
  if (!at) return null; // the route's own right is one of theirs
  const View = at[3];
  return (
    <>
      <PageHead
        title="Policy"
        note="Rules are data with a version; a person puts one in force, after seeing what it would change."
      />
      <div class="stack">
        <div>
          <Tabs
            label="View"
            at={at[0]}
            of={open.map(([key, words]) => [key, words] as const)}
            to={(tab) => change({ tab: tab === "rules" ? null : tab, policy: null })}
          />
        </div>
        <View />
      </div>
    </>
  );
}
