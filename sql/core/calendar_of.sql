-- The calendar of one student: the row of core.calendar_rows, with its rules. Null for no such student.
create or replace function core.calendar_of(p_school int4, p_student int8, p_as_of timestamptz) returns jsonb
  language sql stable as $$
  select to_jsonb(r) - 'student_id' from core.calendar_rows(p_school, p_as_of, array[p_student]) r
$$;
