-- core.cases_follow() for one student whose circumstances changed, with its lock on the progress row.
create or replace function core.student_follow(p_school int4, p_student int8, p_now timestamptz) returns void
  language plpgsql as $$
begin
  perform from core.progress p where p.school_id = p_school and p.student_id = p_student for no key update;
  perform core.cases_follow(array[p_school], array[p_student], p_now);
end
$$;
