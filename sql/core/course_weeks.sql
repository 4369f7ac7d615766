-- The weeks of a class's course that charts show (core.class_courses): before the exam a term; of the dedicated period the weeks in
-- which it is prepared, and as many as the longest has.
create or replace function core.course_weeks(p_by text) returns int4[]
  language sql immutable parallel safe
  return case p_by when 'exam' then '{-20,0}'::int4[] else '{-8,12}' end;
