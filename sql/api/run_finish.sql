-- Ends a nightly run with its manifest: what was done, what was not, what was written. False when the run is unknown or was
-- finished before; the first manifest stays. What the night has to tell goes into the post with it (core.post_night),
-- and the run says who was told.
--
-- Who: sg_report. Ground: running the service. Locks: the run's row.
create or replace function api.run_finish(p_run int8, p_manifest jsonb) returns bool
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
begin
  perform core.enter_any(); -- a run's number is unique over all schools
  update ops.run set finished_at = core.now(), manifest = p_manifest where run_id = p_run and finished_at is null;
  if not found then
    return false;
  end if;
  update ops.run set told = core.post_night(p_run) where run_id = p_run;
  return true;
end
$$;
