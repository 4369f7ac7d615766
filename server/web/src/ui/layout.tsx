import "./layout.css";
import type { ComponentChildren } from "preact";
import { useEffect, useId } from "preact/hooks";

/* The head of a page: what it is, as of when, what can be done. Its title becomes the window's. */
export function PageHead({
  title,
  note,
  mark,
  children,
}: {
  title: string;
  note?: ComponentChildren;
  mark?: ComponentChildren;
  children?: ComponentChildren;
}) {
  useEffect(() => {
    document.title = `${title} · Stepguard`;
  }, [title]);
  return (
    <header class="page-head">
      <div>
        <div class="row">
          <h1 tabIndex={-1}>{title}</h1>
          {mark}
        </div>
        {note && <p class="quiet">{note}</p>}
      </div>
      {children && <div class="row no-print">{children}</div>}
    </header>
  );
}

/* A part of a page, with a heading. */
export function Panel({
  title,
  note,
  actions,
  children,
  bare,
  level = 2,
  id,
}: {
  title: string;
  note?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  bare?: boolean;
  level?: 2 | 3;
  id?: string;
}) {
  const heading = useId();
  const Heading = `h${level}` as const;
  return (
    <section class={bare ? "panel bare" : "panel"} aria-labelledby={heading} id={id}>
      <div class="spread panel-head">
        <div>
          <Heading id={heading}>{title}</Heading>
          {note && <p class="quiet small">{note}</p>}
        </div>
        {actions && <div class="row no-print">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/* Facts, each under its name. */
export const Facts = ({ of }: { of: readonly (readonly [name: string, value: ComponentChildren])[] }) => (
  <dl class="facts">
    {of.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value ?? "–"}</dd>
      </div>
    ))}
  </dl>
);

/* Views of one page, as links: the choice is in the address. */
export const Tabs = ({
  label,
  at,
  of,
  to,
}: {
  label: string;
  at: string;
  of: readonly (readonly [key: string, words: ComponentChildren])[];
  to: (key: string) => void;
}) => (
  <div class="tabs no-print" role="group" aria-label={label}>
    {of.map(([key, words]) => (
      <button key={key} type="button" aria-pressed={key === at} onClick={() => to(key)}>
        {words}
      </button>
    ))}
  </div>
);
