-- Takes into the nightly estimates what the estimates in force say of a night: those that were made as of its moment. Gives how
-- many students of the roster are left without one: of them a later estimate was there already, and what this night says of them
-- must be computed for it (api.estimates_add). A night that is kept takes nothing more. Most are there already, kept as they were
-- recorded (api.record_evaluations).
--
-- NOT IN rather than NOT EXISTS, deliberately: what is there of this night is hashed, though the statistics know nothing of it
-- yet and would have each student compared with each.
--
-- Who: sg_report. Ground: computing. Locks: none that anybody waits for.
create or replace function api.estimates_keep(p_school_code text, p_night date, p_as_of timestamptz) returns int8
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
  set work_mem = '256MB' -- of which a hundred thousand students take ten
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  if exists (select from ops.night n where n.school_id = v_school.school_id and n.night = p_night) then
    return 0;
  end if;
  insert into core.estimate_night (school_id, night, student_id, last_check_at, parameters_id, results_used, exam_day,
                                   p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd, state, pending_runs)
  select a.school_id, p_night, a.student_id, a.last_check_at, a.parameters_id, a.results_used, a.exam_day, a.p, a.p_low, a.p_high,
         a.readiness_mean, a.readiness_sd, a.exam_mean, a.exam_sd, a.state, a.pending_runs
    from core.assessment a
    join core.student s on s.school_id = a.school_id and s.student_id = a.student_id and s.status <> 'inactive'
   where a.school_id = v_school.school_id and a.as_of = p_as_of
     and a.student_id not in (select e.student_id from core.estimate_night e
                               where e.school_id = v_school.school_id and e.night = p_night)
   order by a.student_id
      on conflict do nothing;
  return (select count(*) from core.student s
           where s.school_id = v_school.school_id and s.status <> 'inactive'
             and s.student_id not in (select e.student_id from core.estimate_night e
                                       where e.school_id = v_school.school_id and e.night = p_night));
end
$$;
