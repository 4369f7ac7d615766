-- Whether a colleague may work on the cases of a student at a time: a dean, or an adviser with a ground for the student.
create or replace function core.case_works(p_school int4, p_student int8, p_staff int8, p_at timestamptz) returns bool
  language sql stable as $$
  select exists (select from core.staff s
                  where s.school_id = p_school and s.staff_id = p_staff and s.status = 'active'
                    and ('dean' = any (s.roles)
                         or ('adviser' = any (s.roles)
                             and exists (select from core.students_of(p_school, p_staff, p_at) g where g.student_id = p_student))))
$$;
