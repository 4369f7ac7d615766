-- Ends a computation that is not wanted any more; the daemon that is at it stops at its next page. One that is finished stays as it
-- is, and is answered as it is. DELETE /api/v1/jobs/{job}
--
-- Who: sg_office. Ground: figures. Locks: the job.
create or replace function api.job_cancel(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'model', p_write => true);
  v_job ops.job;
begin
  perform core.args_known(p_args, '{job}');
  v_job := core.job_named(v_me, p_args);
  update ops.job j set state = 'cancelled', finished_at = v_me.now, lease_until = null
   where j.school_id = v_me.school_id and j.job_id = v_job.job_id and j.state in ('queued', 'running')
  returning * into v_job;
  if found then
    perform core.note_done(v_me, 'job_cancel', '{}', jsonb_build_object('job', v_job.job_id));
  else
    v_job := core.job_named(v_me, p_args);
  end if;
  return core.reply(core.job_json(v_job, false), '{}', v_me.ground);
end
$$;
