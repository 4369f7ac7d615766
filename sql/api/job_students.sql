-- The next students of a job, those after p_after, at most p_max: for a replay everybody there ever was, with hysteresis from the
-- night before its first day; for a preview those on the roster, with hysteresis from the estimate in force.
--
-- Who: sg_office. Ground: computing. Locks: none.
create or replace function api.job_students(p_school int4, p_job int8, p_after int8, p_max int4) returns setof api.student_past
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school;
  v_job ops.job;
  v_students int8[];
begin
  perform core.enter(array[p_school]);
  select * into v_job from ops.job j where j.school_id = p_school and j.job_id = p_job and j.state = 'running';
  if not found then
    return;
  end if;
  select * into v_school from core.school s where s.school_id = p_school;
  select array_agg(s.student_id order by s.student_id) into v_students
    from (select s.student_id from core.student s
           where s.school_id = p_school and s.student_id > p_after and (v_job.kind = 'replay' or s.status <> 'inactive')
           order by s.student_id limit p_max) s;
  return query select * from core.pasts_of(v_school, v_students, (v_job.args ->> 'from')::date);
end
$$;
