-- Takes the oldest job, of any school, that nobody is at: one that waits, or one whose daemon let its lease end. No row where there
-- is none. A job that three daemons did not finish is given up. Everything the computing needs beside the students comes with it:
-- the two parameter sets, `changes` as lines name=value for the proposed one, days and steps of a replay.
--
-- Who: sg_office. Ground: computing. Locks: the job's row; passes over those that somebody holds.
create or replace function api.job_claim(p_worker text, p_lease_s int4)
  returns table (school_id int4, job_id int8, kind text, zone text, from_day date, to_day date, every_days int4, lead_days int4,
                 total int4, changes text, base_version text, base_body text, base_instruments text, proposed_version text,
                 proposed_body text, proposed_instruments text)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  c_tries constant int4 := 3; -- a computation that ends its daemon would end every one
  v_now constant timestamptz := clock_timestamp();
  v_job ops.job;
begin
  perform core.enter_any();
  update ops.job j set state = 'failed', finished_at = v_now, lease_until = null, why = 'No daemon came to the end of it.'
   where j.state = 'running' and j.lease_until < v_now and j.tries >= c_tries;
  select * into v_job from ops.job j
   where j.state = 'queued' or (j.state = 'running' and j.lease_until < v_now)
   order by j.asked_at, j.job_id
   limit 1 for update skip locked;
  if not found then
    return;
  end if;
  update ops.job j
     set state = 'running', worker = p_worker, lease_until = v_now + p_lease_s * interval '1 s', tries = j.tries + 1, done = 0,
         begun_at = v_now, total = (select count(*) from core.student s where s.school_id = j.school_id
                                       and (j.kind = 'replay' or s.status <> 'inactive'))
   where j.school_id = v_job.school_id and j.job_id = v_job.job_id
  returning * into v_job;
  return query
  select v_job.school_id, v_job.job_id, v_job.kind, c.zone, (v_job.args ->> 'from')::date, (v_job.args ->> 'to')::date,
         (v_job.args ->> 'every_days')::int4, (v_job.args ->> 'lead_days')::int4, v_job.total,
         coalesce(v_job.args ->> 'changes', ''),
         b.version, b.body, b.instruments, p.version, p.body, p.instruments
    from core.school c
    join ops.parameter_set b on b.school_id = c.school_id and b.parameters_id = (v_job.args ->> 'base_id')::int4
    join ops.parameter_set p on p.school_id = c.school_id and p.parameters_id = (v_job.args ->> 'proposed_id')::int4
   where c.school_id = v_job.school_id;
end
$$;
