/* How students' devices come in and are shut out: who is enrolled, codes for those who are not, and every device. */
import { useQuery } from "../../state/url";
import { PageHead, Tabs } from "../../ui/layout";
import { Devices } from "./devices";
import { Students } from "./students";

export default function Enrolment() {
  const [query, change] = useQuery();
  const tab = query.tab === "devices" ? "devices" : "students";
  return (
    <>
      <PageHead title="Enrolment" note="A one-time code enrols one device. Its key is made there and never leaves it." />
      <div class="stack">
        <div>
          <Tabs
            label="View"
            at={tab}
            of={[
              ["students", "Students"],
              ["devices", "Devices"],
            ]}
            to={(next) => change({ tab: next === "devices" ? next : null, state: null })}
          />
        </div>
        {tab === "devices" ? <Devices /> : <Students />}
      </div>
    </>
  );
}
