/* Who saw what, what left the school, and what students asked for: the three books of privacy. */
import { may } from "../../state/session";
import { useQuery } from "../../state/url";
import { PageHead, Tabs } from "../../ui/layout";
import { Ledger } from "./ledger";
import { Requests } from "./requests";
import { Trail } from "./trail";

const tabs = [
  ["trail", "Who saw what", "trail", Trail],
  ["ledger", "Disclosures", "disclose", Ledger],
  ["requests", "Students' requests", "requests", Requests],
] as const;

export default function Privacy() {
  const [query, change] = useQuery();
  const open = tabs.filter(([, , right]) => may(right));
  const at = open.find(([key]) => key === query.tab) ?? open[0];
  if (!at) return null; // the route's own right is one of theirs
  const View = at[3];
  return (
    <>
      <PageHead title="Access and privacy" />
      <div class="stack">
        <div>
          <Tabs label="Book" at={at[0]} of={open.map(([key, words]) => [key, words] as const)} to={(tab) => change({ tab })} />
        </div>
        <View />
      </div>
    </>
  );
}
