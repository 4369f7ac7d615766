/* Beginning: who is signed in, then the page that the address names. */
import "./style/tokens.css";
import "./style/base.css";
import { render } from "preact";
import { App } from "./app";
import { session, type Session } from "./state/session";
import { api } from "./api/client";
import "./state/live";
import "./state/idle";
import "./keys";

async function begin(): Promise<void> {
  const { data } = await api.GET("/session", {});
  session.value = (data as Session | undefined) ?? null;
  render(<App />, document.getElementById("page")!);
}

void begin();
