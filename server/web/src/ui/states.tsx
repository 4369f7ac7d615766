/*
 * What is not data: nothing yet, nothing at all, refused, broken, old. Every page says these with the same words and the same
 * place for a way on.
 *
 *   <Shown read={queue}>{(queue) => …}</Shown>
 */
import "./states.css";
import type { ComponentChildren } from "preact";
import type { Problem } from "../api/problem";
import type { Read } from "../state/read";
import { Button } from "./button";
import { PageHead } from "./layout";
import { clock } from "./words";

export const Loading = ({ lines = 4, of = "Loading" }: { lines?: number; of?: string }) => (
  <div class="loading" role="status">
    <span class="unseen">{of}…</span>
    {Array.from({ length: lines }, (_, i) => (
      <div key={i} class="bone" aria-hidden="true" />
    ))}
  </div>
);

// `whole`: it is all there is on the page, whose heading and title it then is.
const Title = ({ words, whole }: { words: string; whole: boolean | undefined }) =>
  whole ? <PageHead title={words} /> : <p class="empty-title">{words}</p>;

export const Empty = ({ title, whole, children }: { title: string; whole?: boolean; children?: ComponentChildren }) => (
  <div class="empty">
    <Title words={title} whole={whole} />
    {children && <div class="quiet prose">{children}</div>}
  </div>
);

export function Failed({ problem, whole, again }: { problem: Problem; whole?: boolean; again?: () => unknown }) {
  const title = problem.isForbidden
    ? "This is not open to you"
    : problem.isGone
      ? "There is no such page for you"
      : "This could not be shown";
  return (
    <div class="empty failed" role="alert">
      <Title words={title} whole={whole} />
      <p class="prose">
        {problem.message} {problem.is.remedy}
      </p>
      {problem.is.request_id && <p class="small quiet">Number of this request: {problem.is.request_id}</p>}
      {again && !problem.isForbidden && !problem.isGone && <Button act={again}>Try again</Button>}
    </div>
  );
}

export const Stale = ({ at, problem }: { at: Date | null; problem: Problem | null }) => (
  <p class="stale" role="status">
    <strong>Not up to date.</strong> This is how it was{at && ` at ${clock(at)}`}. {problem?.message}
  </p>
);

interface ShownProps<T> {
  read: Read<T>;
  lines?: number;
  whole?: boolean;
  children: (data: T) => ComponentChildren;
}

export function Shown<T>({ read, lines, whole, children }: ShownProps<T>) {
  if (read.data === null)
    return read.state === "failed" && read.problem ? (
      <Failed problem={read.problem} whole={whole} again={read.again} />
    ) : (
      <Loading lines={lines} />
    );
  return (
    <>
      {read.state === "stale" && <Stale at={read.at} problem={read.problem} />}
      {children(read.data)}
    </>
  );
}
