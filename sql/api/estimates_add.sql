-- Adds estimates of past nights that were computed for them. What is there already stays, so that going on after an interruption
-- adds what is missing; a night that is kept takes nothing more. Gives how many were added.
--
-- Who: sg_report, sg_operator. Ground: computing. Locks: none that anybody waits for.
create or replace function api.estimates_add(p_school_code text, p_rows api.estimate_row[]) returns int8
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_added int8;
begin
  insert into core.estimate_night (school_id, night, student_id, last_check_at, parameters_id, results_used, exam_day,
                                   p, p_low, p_high, readiness_mean, readiness_sd, exam_mean, exam_sd, state, pending_runs)
  select v_school.school_id, r.night, r.student_id, r.last_check_at, r.parameters_id, r.results_used, r.exam_day, r.p, r.p_low,
         r.p_high, r.readiness_mean, r.readiness_sd, r.exam_mean, r.exam_sd, r.state, r.pending_runs
    from unnest(p_rows) r
   where r.night not in (select n.night from ops.night n where n.school_id = v_school.school_id)
     and exists (select from core.student s where s.school_id = v_school.school_id and s.student_id = r.student_id)
   order by r.night, r.student_id
      on conflict do nothing;
  get diagnostics v_added = row_count;
  return v_added;
end
$$;
