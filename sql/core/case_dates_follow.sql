-- Writes down what the calendar says of the coming attempt beside the open cases of these students (null: of all): the last safe day. The
-- queue reads it for thousands of cases, and the calendar is folded from rules, plans and outcomes. Called when a case opens or its
-- exam's day changes (core.cases_follow), every day (core.case_sweep), and by whoever changes a rule of the calendar. All students
-- concerned must be in scope.
--
-- Locks: the cases whose day changes.
create or replace function core.case_dates_follow(p_school int4, p_students int8[], p_now timestamptz) returns void
  language plpgsql as $$
begin
  update core.case_file c
     set last_safe_on = r.last_safe_on
    from core.calendar_rows(p_school, p_now, coalesce(p_students, (
           select array_agg(o.student_id) from core.case_file o where o.school_id = p_school and o.state not in ('resolved', 'merged')))) r
   where c.school_id = p_school and c.student_id = r.student_id and c.attempt = r.attempt and c.state not in ('resolved', 'merged')
     and c.last_safe_on is distinct from r.last_safe_on;
end
$$;
