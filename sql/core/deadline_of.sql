-- The day by which the school wants the exam taken by students of a class, on a day: a row, or none where it sets none. The same
-- choice as in core.calendar_terms, of this one rule: every estimate asks for it, so it is one look into one index, folded into the
-- caller's statement (a function that gives a value would be called for each student).
drop function if exists core.deadline_of(int4, int2, date); -- it gave a value
create or replace function core.deadline_of(p_school int4, p_class int2, p_day date) returns table (day date)
  language sql stable as $$
  select r.day
    from core.calendar_rule r
   where r.school_id = p_school and r.code = 'taken_by' and (r.class_year is null or r.class_year = p_class)
     and r.valid_from <= p_day
   order by r.class_year is null, r.valid_from desc, r.revision desc
   limit 1
$$;
