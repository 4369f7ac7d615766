-- A daemon says how far it is with its job and keeps its lease. False: the job is not its own any more (cancelled, or taken over
-- after the lease had ended), and it is to stop.
--
-- Who: sg_office. Ground: computing. Locks: the job's row.
create or replace function api.job_advance(p_school int4, p_job int8, p_worker text, p_done int4, p_lease_s int4) returns bool
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
begin
  perform core.enter(array[p_school]);
  update ops.job j set done = p_done, lease_until = clock_timestamp() + p_lease_s * interval '1 s'
   where j.school_id = p_school and j.job_id = p_job and j.state = 'running' and j.worker = p_worker;
  return found;
end
$$;
