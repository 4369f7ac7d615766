-- The students for whom a person of the office has a ground at a time, and which: 'adviser', 'counsellor', 'committee', 'assessor',
-- or 'covering for <name>'. The roster's adviser (by address) counts unless a person was made adviser here: a decision made by hand
-- goes before a file. Needs all students of the school in scope; core.staff_enter() calls it before it narrows the view.
create or replace function core.students_of(p_school int4, p_staff int8, p_at timestamptz)
  returns table (student_id int8, ground text)
  language sql stable as $$
  with people as (
    select s.staff_id, s.email, ''::text as covering from core.staff s where s.school_id = p_school and s.staff_id = p_staff
    union all
    select a.staff_id, a.email, 'covering for ' || a.name
      from core.cover c
      join core.staff a on a.school_id = c.school_id and a.staff_id = c.absent_id
     where c.school_id = p_school and c.staff_id = p_staff and c.ended_at is null and p_at >= c.valid_from and p_at < c.valid_until
  ), found as (
    select g.student_id, coalesce(nullif(p.covering, ''), g.kind) as ground
      from people p
      join core.ground g on g.school_id = p_school and g.staff_id = p.staff_id
     where g.ended_at is null and p_at >= g.valid_from and (g.valid_until is null or p_at < g.valid_until)
       and (p.covering = '' or g.kind in ('adviser', 'counsellor')) -- nobody covers for an assessor
    union all
    select s.student_id, coalesce(nullif(p.covering, ''), 'adviser')
      from people p
      join core.student s on s.school_id = p_school and lower(s.adviser_email) = p.email
     where not exists (select from core.ground g
                        where g.school_id = p_school and g.student_id = s.student_id and g.kind = 'adviser' and g.ended_at is null
                          and p_at >= g.valid_from and (g.valid_until is null or p_at < g.valid_until))
  )
  select distinct on (f.student_id) f.student_id, f.ground from found f order by f.student_id, f.ground
$$;
