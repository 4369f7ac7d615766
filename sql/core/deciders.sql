-- Who decided about students' advancement otherwise than by a ground: a decision on clearance may keep a student from the
-- examination and so from the next year, which is the role in "making assessment or promotion decisions" that LCME 11.1 bars a
-- counsellor from. A decision stays made: whoever took it stays on that side for this student, unless the policy let whoever
-- counsels decide. p_students: of these; null: of all.
create or replace function core.deciders(p_school int4, p_students int8[])
  returns table (student_id int8, staff_id int8, kind text, decided_at timestamptz)
  language sql stable as $$
  select c.student_id, c.staff_id, 'clearance', min(c.decided_at)
    from core.clearance c
   where c.school_id = p_school and (p_students is null or c.student_id = any (p_students)) and not c.counsellor_allowed
   group by c.student_id, c.staff_id
$$;
