-- Puts a parameter set in force: every student's estimate is stale from here on, the daemons are told (channel sg_parameters), and
-- who did it, why, and after which preview is kept. The school's row is locked by the caller, who has checked that it may be.
create or replace function core.parameters_activate(p_school int4, p_parameters int4, p_staff int8, p_actor text, p_reason text,
                                                    p_job int8) returns void
  language plpgsql as $$
begin
  insert into ops.parameter_activation (school_id, parameters_id, previous_id, activated_at, staff_id, actor, reason, job_id)
  select s.school_id, p_parameters, s.parameters_id, core.now(), p_staff, p_actor, p_reason, p_job
    from core.school s where s.school_id = p_school;
  update ops.parameter_set set activated_at = core.now() where school_id = p_school and parameters_id = p_parameters;
  update core.school set parameters_id = p_parameters where school_id = p_school;
  perform core.touch(p_school, (select array_agg(student_id) from core.progress where school_id = p_school));
  perform pg_notify('sg_parameters', '');
end
$$;
