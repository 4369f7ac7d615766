-- A daemon hands in what came out of its job: a result, or, with p_result null, a sentence why there is none. False where the job
-- is not its own any more; then nothing is kept. Small cells of a replay are hidden before it is stored, and tells sg_changed.
--
-- Who: sg_office. Ground: computing. Locks: the job's row.
create or replace function api.job_finish(p_school int4, p_job int8, p_worker text, p_done int4, p_result jsonb, p_why text)
  returns bool
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
begin
  perform core.enter(array[p_school]);
  update ops.job j
     set state = case when p_result is null then 'failed' else 'done' end, done = p_done, finished_at = clock_timestamp(),
         lease_until = null, why = left(p_why, 500),
         result = case when j.kind = 'replay' then core.replay_masked(p_result, core.setting(p_school, 'small_cell')::int4)
                       else p_result end
   where j.school_id = p_school and j.job_id = p_job and j.state = 'running' and j.worker = p_worker;
  if found then
    perform pg_notify('sg_changed', p_school::text);
  end if;
  return found;
end
$$;
