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
import { clock } from "./words";

export const Loading = ({ lines = 4, of = "Loading" }: { lines?: number; of?: string }) => (
  <div class="loading" role="status">
    <span class="unseen">{of}…</span>
    {Array.from({ length: lines }, (_, i) => (
      <div key={i} class="bone" aria-hidden="true" />
    ))}
  </div>
);

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <p class="empty-title">{title}</p>
    {children && <div class="quiet prose">{children}</div>}
  </div>
);

export function Failed({ problem, again }: { problem: Problem; again?: () => unknown }) {
  const title = problem.isForbidden
    ? "This is not open to you"
    : problem.isGone
      ? "There is no such page for you"
      : "This could not be shown";
  return (
    <div class="empty failed" role="alert">
      <p class="empty-title">{title}</p>
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

export function Shown<T>({ read, lines, children }: { read: Read<T>; lines?: number; children: (data: T) => ComponentChildren }) {
  if (read.data === null)
    return read.state === "failed" && read.problem ? (
      <Failed problem={read.problem} again={read.again} />
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
