-- The students of whom nothing may be destroyed, because a request about their record is open (34 CFR 99.10(e)). Whatever deletes
-- asks this first.
create or replace function core.students_held(p_school int4) returns int8[]
  language sql stable as $$
  select coalesce(array_agg(distinct r.student_id), '{}') from core.record_request r
   where r.school_id = p_school and r.answered_on is null
$$;
