/* Where one is signed in. A stranger's session can be ended in one step. */
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { leave } from "../../state/live";
import { say } from "../../state/toast";
import { Button } from "../../ui/button";
import { Panel } from "../../ui/layout";
import { Listed } from "../../ui/listed";
import { Tag } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { moment } from "../../ui/words";

type Row = components["schemas"]["SessionRow"];
const rowKey = (row: Row) => String(row.session_id);

export function Sessions() {
  const list = useList<Row>((init, page) => api.GET("/sessions", { ...init, params: { query: page } }), []);
  const end = (row: Row) => async () => {
    await answer(api.DELETE("/sessions/{session}", { params: { path: { session: String(row.session_id) } } }));
    say("That session has ended.");
    list.again();
  };
  const everywhere = async () => {
    await answer(api.DELETE("/sessions", {}));
    leave();
  };
  const columns: readonly Column<Row>[] = [
    {
      id: "from",
      head: "From",
      primary: true,
      cell: (row) => (
        <>
          {row.address} {row.current && <Tag tone="track">this one</Tag>}
        </>
      ),
    },
    { id: "with", head: "With", cell: (row) => <span class="small">{row.agent || "–"}</span> },
    { id: "since", head: "Since", cell: (row) => moment(row.signed_in_at) },
    { id: "until", head: "Ends at the latest", cell: (row) => moment(row.expires_at) },
    {
      id: "end",
      head: "Actions",
      hideHead: true,
      cell: (row) =>
        row.current ? null : (
          <Button kind="quiet" act={end(row)}>
            End it<span class="unseen">: the session from {row.address}</span>
          </Button>
        ),
    },
  ];
  return (
    <Panel
      title="Where you are signed in"
      actions={
        <Button kind="danger" act={everywhere}>
          Sign out everywhere
        </Button>
      }
    >
      <Listed list={list} label="Your sessions" columns={columns} rowKey={rowKey} empty={{ title: "No sessions" }} />
    </Panel>
  );
}
