-- Writes down what the calendar says of the coming attempt beside the open cases of these students (null: of all): the last safe
-- day. The queue reads it for thousands of cases, and the calendar is folded from rules, plans and outcomes. Called when a case
-- opens or its exam's day changes (core.cases_follow), every day (core.case_sweep), and by whoever changes a rule of the calendar.
-- All students concerned must be in scope.
--
-- Locks: the cases, in key order, passing over those that somebody else holds (they are looked at with the next sweep): whoever
-- calls this holds others already.
create or replace function core.case_dates_follow(p_school int4, p_students int8[], p_now timestamptz) returns void
  language plpgsql as $$
declare
  v_cases int8[];
  v_students int8[];
begin
  select array_agg(h.case_id), array_agg(h.student_id) into v_cases, v_students
    from (select o.case_id, o.student_id from core.case_file o
           where o.school_id = p_school and o.state not in ('resolved', 'merged')
             and (p_students is null or o.student_id = any (p_students))
           order by o.case_id for no key update skip locked) h;
  if v_cases is null then
    return;
  end if;
  update core.case_file c
     set last_safe_on = d.last_safe_on, dates_on = d.today
    from (select o.case_id, r.last_safe_on, (p_now at time zone z.zone)::date as today
            from core.school z
            join core.case_file o on o.school_id = z.school_id and o.case_id = any (v_cases)
            left join core.calendar_rows(p_school, p_now, v_students) r on r.student_id = o.student_id and r.attempt = o.attempt
           where z.school_id = p_school) d
   where c.school_id = p_school and c.case_id = d.case_id and (c.last_safe_on, c.dates_on) is distinct
     from (d.last_safe_on, d.today);
end
$$;
