/*
 * What is written down for others to read: what each night found, how a class stands, what an accreditor asks for. Each tab is for
 * who may see it.
 */
import { isOfSchool, may } from "../../state/session";
import { useQuery } from "../../state/url";
import { PageHead, Tabs } from "../../ui/layout";
import { Accreditation } from "./accreditation";
import { ClassReport } from "./class";
import { Nights } from "./nights";

const tabs = [
  ["nights", "Nights", () => may("records"), Nights],
  ["class", "Class report", () => may("cohort") && isOfSchool("records"), ClassReport],
  ["accreditation", "Accreditation", () => may("cohort"), Accreditation],
] as const;

export default function Reports() {
  const [query, change] = useQuery();
  const open = tabs.filter(([, , isOpen]) => isOpen());
  const at = open.find(([key]) => key === query.tab) ?? open[0];
  if (!at) return null; // one of the page's own rights is one of theirs
  const View = at[3];
  return (
    <>
      <PageHead title="Reports" note="What each night found, and files for committees and accreditors." />
      <div class="stack">
        {open.length > 1 && (
          <div>
            <Tabs
              label="View"
              at={at[0]}
              of={open.map(([key, words]) => [key, words] as const)}
              to={(tab) => change({ tab: tab === open[0]![0] ? null : tab })}
            />
          </div>
        )}
        <View />
      </div>
    </>
  );
}
