/* What was told to whom, and how far it is; what could not be delivered can be tried again. What was said is not shown here. */
import { answer, api } from "../../api/client";
import type { components } from "../../api/schema";
import { useList } from "../../state/list";
import { say } from "../../state/toast";
import { useQuery } from "../../state/url";
import { Button } from "../../ui/button";
import { Choice } from "../../ui/field";
import { Panel } from "../../ui/layout";
import { Listed } from "../../ui/listed";
import { Shape } from "../../ui/mark";
import type { Column } from "../../ui/table";
import { count, day, moment } from "../../ui/words";

type Message = components["schemas"]["Message"];
type State = Message["state"];

const kinds: Record<Message["kind"], string> = {
  brief: "Brief of the night",
  digest: "Digest of the night",
  urgent: "Urgent",
  escalation: "Escalation",
  reminder: "Reminder",
  student_reminder: "Reminder to a student",
  test: "Test",
  webhook: "Webhook",
};

const states: Record<State, { words: string; tone: string; shape: "circle" | "diamond" | "triangle" | "dash" }> = {
  waiting: { words: "waiting", tone: "unknown", shape: "dash" },
  sending: { words: "on its way", tone: "unknown", shape: "dash" },
  sent: { words: "delivered", tone: "track", shape: "circle" },
  failed: { words: "failed", tone: "risk", shape: "triangle" },
  dropped: { words: "not sent", tone: "borderline", shape: "diamond" },
  gathered: { words: "told with others", tone: "track", shape: "circle" },
};

const views = [
  ["any", "All"],
  ["open", "Not done yet"],
  ["failed", "Failed"],
  ["sent", "Delivered"],
  ["dropped", "Not sent"],
] as const;
type View = (typeof views)[number][0];
const viewOf = (text: string | undefined): View => views.find(([view]) => view === text)?.[0] ?? "any";

const Mark = ({ is }: { is: State }) => (
  <span class={`mark ${states[is].tone}`}>
    <Shape of={states[is].shape} />
    {states[is].words}
  </span>
);

const toWhom = (row: Message): string =>
  row.staff?.name ?? row.webhook?.host ?? (row.to_student ? "a student" : "an address given by hand");

// What happened last, or happens next.
function when(row: Message): string {
  if (row.sent_at) return moment(row.sent_at);
  if (row.next_try_at && row.attempts > 0) return `tried ${count(row.attempts, "time")}, next ${moment(row.next_try_at)}`;
  if (row.next_try_at) return `from ${moment(row.next_try_at)}`;
  return row.attempts > 0 ? `tried ${count(row.attempts, "time")}` : "–";
}

const rowKey = (row: Message) => String(row.message_id);

export function Messages() {
  const [query, change] = useQuery();
  const asked = { state: viewOf(query.messages), night: query.night || undefined };
  const list = useList<Message>(
    (init, page) => api.GET("/messages", { ...init, params: { query: { ...asked, ...page } } }),
    [asked],
  );
  const retry = (row: Message) => async () => {
    await answer(api.POST("/messages/{message}/retry", { params: { path: { message: String(row.message_id) } } }));
    say(`${kinds[row.kind]} to ${toWhom(row)} is tried again within minutes.`);
    list.again();
  };
  const columns: readonly Column<Message>[] = [
    { id: "to", head: "To", primary: true, cell: toWhom },
    { id: "kind", head: "What", cell: (row) => (row.night ? `${kinds[row.kind]} (${day(row.night, "short")})` : kinds[row.kind]) },
    { id: "state", head: "State", cell: (row) => <Mark is={row.state} /> },
    { id: "when", head: "When", cell: (row) => <span class="small">{when(row)}</span> },
    { id: "reply", head: "The other side said", cell: (row) => <span class="small quiet">{row.last_reply || "–"}</span> },
    {
      id: "act",
      head: "Actions",
      hideHead: true,
      cell: (row) =>
        row.may_retry ? (
          <Button kind="quiet" act={retry(row)}>
            Try again<span class="unseen">: {`${kinds[row.kind]} to ${toWhom(row)}`}</span>
          </Button>
        ) : null,
    },
  ];
  return (
    <Panel
      id="messages"
      title="Messages"
      note="Mail and webhooks. Each is sent once; a second try has the same number, so that nobody gets it twice."
    >
      <div class="stack">
        <form class="filters" aria-label="Which messages" onSubmit={(event) => event.preventDefault()}>
          <Choice
            label="State"
            value={asked.state}
            change={(state) => change({ messages: state === "any" ? null : state })}
            options={views}
          />
          {asked.night && (
            <Button kind="quiet" act={() => change({ night: null })}>
              Of the night of {day(asked.night, "short")} only ✕
            </Button>
          )}
        </form>
        <Listed
          list={list}
          label="Messages"
          columns={columns}
          rowKey={rowKey}
          empty={{
            title: asked.state === "any" && !asked.night ? "Nothing was sent yet" : "No such message",
            children: "Mail is switched on under Policy, Numbers of the office: “Mail on”.",
          }}
        />
      </div>
    </Panel>
  );
}
