/*
 * A computation of the daemon's, followed to its end: asked after once a second while it runs, in the background. Its number
 * stands in the address, so that leaving the page and coming back shows how far it is, or what came of it.
 */
import { useEffect } from "preact/hooks";
import { api } from "../api/client";
import type { components } from "../api/schema";
import { type Read, useRead } from "./read";

export type Job = components["schemas"]["Job"];

const ASK_MS = 1000;

export const isOpen = (job: Pick<Job, "state">): boolean => job.state === "queued" || job.state === "running";

export function useJob(id: string | undefined): Read<Job> {
  const read = useRead<Job>(id ? (init) => api.GET("/jobs/{job}", { ...init, params: { path: { job: id } } }) : null, [id], {
    live: false,
  });
  const runs = read.data !== null && isOpen(read.data);
  useEffect(() => {
    if (!runs) return;
    const timer = setTimeout(() => void read.renew(), ASK_MS);
    return () => clearTimeout(timer);
  }, [runs, read.data]);
  return read;
}
