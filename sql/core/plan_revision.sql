-- How many statements about a student's exams there are: the log only grows, so this is the revision that a change of the plan must
-- have seen.
create or replace function core.plan_revision(p_school int4, p_student int8) returns int4
  language sql stable as $$
  select count(*)::int4 from core.plan_change c where c.school_id = p_school and c.student_id = p_student
$$;
