/* Beginning: who is signed in, then the page that the address names. */
import "./style/tokens.css";
import "./style/base.css";
import { render } from "preact";
import { App } from "./app";
import { csrf, session, type Session } from "./state/session";
import { api } from "./api/client";
import "./state/live";
import "./state/idle";
import "./keys";

async function begin(): Promise<void> {
  const { data, response } = await api.GET("/session", {});
  csrf.value = response.headers.get("X-CSRF-Token") ?? "";
  session.value = (data as Session | undefined) ?? null;
  render(<App />, document.getElementById("page")!);
}

// "Back" may show a page as it was left, with somebody's records on it, after they signed out.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.documentElement.hidden = true;
  location.reload();
});

void begin();
