/* How far a computation is; it can be stopped. */
import "./progress.css";
import { answer, api } from "../api/client";
import type { Read } from "../state/read";
import { isOpen, type Job } from "../state/job";
import { Button } from "./button";
import { Failed, Loading } from "./states";
import { count } from "./words";

interface Props {
  read: Read<Job>;
  of: string;
  children: (job: Job) => preact.ComponentChildren;
}

export function Computed({ read, of, children }: Props) {
  const job = read.data;
  if (!job) return read.problem ? <Failed problem={read.problem} again={read.again} /> : <Loading lines={3} />;
  if (isOpen(job))
    return (
      <div class="progress" role="status">
        <p>
          {of}: {job.total === null ? "waiting for its turn" : `${job.done} of ${count(job.total, "student")}`}
        </p>
        <progress max={job.total ?? 1} value={job.total === null ? undefined : job.done} aria-label={of} />
        <Button
          act={async () => {
            await answer(api.DELETE("/jobs/{job}", { params: { path: { job: job.job } } }));
            await read.again();
          }}
        >
          Stop it
        </Button>
      </div>
    );
  if (job.state === "cancelled") return <p class="quiet">Stopped before its end.</p>;
  if (job.state === "failed") return <p class="form-problem">It could not be computed. {job.why}</p>;
  return <>{children(job)}</>;
}
