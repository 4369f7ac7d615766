/* One's own account: the second factor (which is set up before anything else opens), password, sessions, how the pages look. */
import { useState } from "preact/hooks";
import { answer, api } from "../../api/client";
import { keysOn, switchKeys } from "../../keys";
import { session } from "../../state/session";
import { choose, theme, themes, type Theme } from "../../state/theme";
import { Button } from "../../ui/button";
import { Check, Choice } from "../../ui/field";
import { Facts, PageHead, Panel } from "../../ui/layout";
import { moment } from "../../ui/words";
import { Mail } from "./mail";
import { NewPassword } from "./password";
import { RecoveryCodes, SecondFactor } from "./second_factor";
import { Sessions } from "./sessions";

export default function Account() {
  const who = session.value!;
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes) return <RecoveryCodes codes={codes} done={() => (setCodes(null), who.session.restricted && location.assign("/"))} />;
  if (who.session.restricted)
    return (
      <>
        <PageHead title="Set up a second factor" note="Before you see any record, your account needs one besides the password." />
        <SecondFactor done={setCodes} />
      </>
    );
  return (
    <>
      <PageHead title="Your account" />
      <div class="stack">
        <Panel title={who.name}>
          <Facts
            of={[
              ["E-mail address", who.email],
              ["Roles", who.roles.join(", ")],
              ["School", who.school.name],
              [
                "Signed in",
                `${moment(who.session.signed_in_at)}, by ${who.session.method === "oidc" ? "single sign-on" : "password"}`,
              ],
              ["Session ends at the latest", moment(who.session.expires_at)],
              ["Recovery codes left", who.recovery_codes],
            ]}
          />
        </Panel>
        <div class="columns">
          <Panel title="Second factor" note={who.second_factor ? "Set up." : "Not set up."}>
            <div class="stack">
              <SecondFactor done={setCodes} again={who.second_factor} />
              {who.second_factor && (
                <p>
                  <Button act={async () => setCodes((await answer(api.POST("/me/recovery-codes", { body: {} }))).recovery_codes)}>
                    New recovery codes
                  </Button>
                </p>
              )}
            </div>
          </Panel>
          {who.has_password && (
            <Panel title="Password">
              <NewPassword />
            </Panel>
          )}
          <Mail />
          <Panel title="How the pages look and work">
            <div class="stack">
              <Choice label="Theme" value={theme.value} change={(next) => choose(next as Theme)} options={Object.entries(themes)} />
              <Check
                label="Single keys"
                hint="On Today: J, K, A, O, C, S, W, X; U undoes."
                checked={keysOn.value}
                change={switchKeys}
              />
            </div>
          </Panel>
        </div>
        <Sessions />
      </div>
    </>
  );
}
