-- Asks for a job and wakes the daemons (channel sg_job); gives its number. Refuses (409 too_many_jobs) where jobs_waiting_most of
-- the school's are not finished yet.
create or replace function core.job_ask(p_me core.me, p_kind text, p_args jsonb) returns int8
  language plpgsql as $$
declare
  v_job int8;
begin
  perform from core.school s where s.school_id = p_me.school_id for no key update; -- two who ask at once count one another
  if (select count(*) from ops.job j where j.school_id = p_me.school_id and j.state in ('queued', 'running'))
     >= core.setting(p_me.school_id, 'jobs_waiting_most') then
    perform core.refuse(409, 'too_many_jobs', 'Other computations are still waiting for their turn.',
                        p_remedy => 'Wait until one is done, or cancel one.');
  end if;
  insert into ops.job (school_id, kind, args, asked_by, asked_at)
  values (p_me.school_id, p_kind, p_args, p_me.staff_id, p_me.now) returning job_id into v_job;
  perform pg_notify('sg_job', p_me.school_id || '/' || v_job);
  return v_job;
end
$$;
