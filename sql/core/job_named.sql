-- The job that a request names; 404 where there is none at this school.
create or replace function core.job_named(p_me core.me, p_args jsonb) returns ops.job
  language plpgsql stable as $$
declare
  v_id int8 := core.arg_number(p_args, 'job', 0, 1, 999999999999999999);
  v_job ops.job;
begin
  select * into v_job from ops.job j where j.school_id = p_me.school_id and j.job_id = v_id;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such computation.', 'job');
  end if;
  return v_job;
end
$$;
