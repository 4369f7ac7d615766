-- All that past estimates of a school's students rest on, a page at a time in order of student number: those after p_after, at most
-- p_max, who are still on the roster. Hysteresis goes on from the last night kept before p_first. With p_missing only those of whom
-- that night has no estimate.
--
-- Who: sg_report, sg_operator. Ground: computing. Locks: none.
create or replace function api.student_pasts(p_school_code text, p_first date, p_missing date, p_after int8, p_max int4)
  returns setof api.student_past
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_students int8[];
begin
  select array_agg(s.student_id order by s.student_id) into v_students
    from (select s.student_id from core.student s
           where s.school_id = v_school.school_id and s.student_id > p_after
             and (p_missing is null
                  or s.status <> 'inactive'
                     and not exists (select from core.estimate_night e
                                      where e.school_id = s.school_id and e.night = p_missing and e.student_id = s.student_id))
           order by s.student_id limit p_max) s;
  return query select * from core.pasts_of(v_school, v_students, p_first);
end
$$;
