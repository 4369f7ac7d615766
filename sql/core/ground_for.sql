-- On what ground this person sees this student; null for none. To be called while all students of the school are in scope or the
-- student is (core.students_of looks at nobody else's records than those it names).
create or replace function core.ground_for(p_me core.me, p_student int8) returns text
  language sql stable as $$
  select case p_me.reach
           when 'school' then p_me.ground
           when 'grounds' then (select g.ground from core.students_of(p_me.school_id, p_me.staff_id, p_me.now) g
                                 where g.student_id = p_student)
         end
$$;
