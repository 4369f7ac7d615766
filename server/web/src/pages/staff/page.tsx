/*
 * Who may enter: people with their roles, programs with their scopes, who stands in for whom, and where the counsellor wall has
 * gaps.
 */
import { may } from "../../state/session";
import { useQuery } from "../../state/url";
import { PageHead, Tabs } from "../../ui/layout";
import { Conflicts } from "./conflicts";
import { Covers } from "./covers";
import { People } from "./people";
import { Programs } from "./programs";
import { Webhooks } from "./webhooks";

const tabs = [
  ["people", "People", "staff", People],
  ["cover", "Cover", "assign", Covers],
  ["conflicts", "Counsellor wall", "assign", Conflicts],
  ["programs", "Programs", "tokens", Programs],
  ["webhooks", "Webhooks", "settings", Webhooks],
] as const;

export default function Staff() {
  const [query, change] = useQuery();
  const open = tabs.filter(([, , right]) => may(right));
  const at = open.find(([key]) => key === query.tab) ?? open[0];
  if (!at) return null; // the route's own right is one of theirs
  const View = at[3];
  return (
    <>
      <PageHead title="Staff and programs" />
      <div class="stack">
        <div>
          <Tabs label="View" at={at[0]} of={open.map(([key, words]) => [key, words] as const)} to={(tab) => change({ tab })} />
        </div>
        <View />
      </div>
    </>
  );
}
