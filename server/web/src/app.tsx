/* The frame of every page: a way past it, where one is, who one is, what could not be reached. */
import "./app.css";
import { lazy, Suspense } from "preact/compat";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Link, Redirect, Route, Switch, useLocation } from "wouter-preact";
import { api, answer } from "./api/client";
import { Gate } from "./gate";
import { codeOf, groups, opens, pages, type Page } from "./pages/routes";
import { hasDrafts } from "./state/draft";
import { leave } from "./state/live";
import { reachable, session } from "./state/session";
import { Loading, Failed, Empty } from "./ui/states";
import { Problem, problemFrom } from "./api/problem";
import { Toasts } from "./ui/toast";
import { Button } from "./ui/button";

const views = pages.map((page) => ({ page, View: lazy(codeOf(page)) }));

const noRight = (page: Page) =>
  new Problem({
    status: 403,
    code: "no_right",
    detail: `Your role does not include “${page.title}”.`,
    remedy: "If your work needs it, ask the administrator of your school's Stepguard.",
  });

export const home = (): string =>
  session.value ? (pages.find((page) => page.group && opens(page))?.path ?? "/account") : "/sign-in";

export async function signOut(): Promise<void> {
  if (hasDrafts() && !confirm("What you wrote and did not send will be lost. Sign out?")) return;
  try {
    await answer(api.DELETE("/session", {}));
  } catch (thrown) {
    if (problemFrom(thrown).is.status !== 401) throw thrown; // it has ended already
  }
  leave();
}

function Nav() {
  const [path] = useLocation();
  return (
    <nav aria-label="Pages">
      {groups.map(([key, words]) => {
        const shown = pages.filter((page) => page.group === key && opens(page));
        return shown.length === 0 ? null : (
          <div key={key} class="nav-group">
            <p class="nav-title" id={`nav-${key}`}>
              {words}
            </p>
            <ul aria-labelledby={`nav-${key}`}>
              {shown.map((page) => {
                const here = page.path === "/" ? path === "/" : path === page.path || path.startsWith(`${page.path}/`);
                return (
                  <li key={page.path}>
                    <Link href={page.path} aria-current={here ? "page" : undefined}>
                      {page.title}
                    </Link>
                  </li>
                );
              })}
            </ul>
          </div>
        );
      })}
    </nav>
  );
}

const Who = () => (
  <div class="stack small">
    <p>
      <Link href="/account">{session.value?.name}</Link>
      <span class="quiet"> {session.value?.roles.join(", ")}</span>
    </p>
    <p class="row">
      <Link href="/help">Help</Link>
      <Button kind="quiet" act={signOut}>
        Sign out
      </Button>
    </p>
  </div>
);

function Frame({ children }: { children: preact.ComponentChildren }) {
  const [path] = useLocation();
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (menu.current) menu.current.open = false;
  }, [path]);
  const who = session.value;
  if (!who)
    return (
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    );
  return (
    <div class="frame">
      <header class="side no-print">
        <Link href={home()} class="brand" aria-label="Stepguard, first page">
          <img src="/favicon.svg" alt="" width="26" height="26" /> Stepguard
        </Link>
        <p class="school small quiet">{who.school.name}</p>
        <div class="wide-only">
          <Nav />
        </div>
        <details class="narrow-only" ref={menu}>
          <summary>Menu</summary>
          <Nav />
          <Who />
        </details>
        <div class="wide-only who">
          <Who />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

// Focus goes to the heading of a page that was opened by a link, so that a screen reader starts there.
function useFocusOnMove() {
  const [path] = useLocation();
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    window.scrollTo(0, 0);
    const heading = () => document.querySelector<HTMLElement>("main h1");
    const watch = new MutationObserver(() => heading() && (heading()!.focus({ preventScroll: true }), watch.disconnect()));
    watch.observe(document.getElementById("main")!, { childList: true, subtree: true });
    if (heading()) heading()!.focus({ preventScroll: true });
    return () => watch.disconnect();
  }, [path]);
}

export function App() {
  useFocusOnMove();
  const [path] = useLocation();
  const who = session.value;
  const routes = useMemo(
    () =>
      views.map(({ page, View }) => (
        <Route key={page.path} path={page.path}>
          {(params: Record<string, string>) => <Guarded page={page} View={View} params={params} />}
        </Route>
      )),
    [who],
  );
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      {!reachable.value && (
        <p class="away" role="status">
          The server cannot be reached. Trying again… What you see may be old; what you wrote is kept.
        </p>
      )}
      <Frame>
        <Suspense fallback={<Loading lines={6} />}>
          <Switch>
            {who?.session.restricted && path !== "/account" ? <Redirect to="/account" /> : null}
            {routes}
            <Route>
              <Empty title="There is no such page" whole>
                <p>
                  The address may be mistyped or old. <Link href={home()}>Go to the first page</Link>
                </p>
              </Empty>
            </Route>
          </Switch>
        </Suspense>
      </Frame>
      <Toasts />
      <Gate />
    </>
  );
}

function Guarded({
  page,
  View,
  params,
}: {
  page: Page;
  View: preact.ComponentType<{ params: Record<string, string> }>;
  params: Record<string, string>;
}) {
  const here = location.pathname + location.search;
  if (page.right !== null && !session.value)
    return <Redirect to={`/sign-in${here === "/" ? "" : `?to=${encodeURIComponent(here)}`}`} replace />;
  if (!opens(page))
    return page.path === "/" && home() !== "/" ? <Redirect to={home()} replace /> : <Failed problem={noRight(page)} whole />;
  return <View params={params} />;
}
