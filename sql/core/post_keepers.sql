-- Whose business these students are, one row for each person to be told: the owner of the open case, and whoever covers for the
-- owner; where nobody owns one, those who counsel the student
-- (core.sides), cover included; where nobody does either, the fallback owner. Only
-- who is active. case_id: the open case, or null. The school's students must be in scope.
create or replace function core.post_keepers(p_school int4, p_students int8[], p_now timestamptz)
  returns table (student_id int8, staff_id int8, case_id int8, why text)
  language sql stable as $$
  with asked as materialized (
    select k.student_id, c.case_id, o.staff_id as owner_id
      from unnest(p_students) k(student_id)
      left join core.case_file c on c.school_id = p_school and c.student_id = k.student_id and c.state not in ('resolved', 'merged')
      left join core.staff o on o.school_id = p_school and o.staff_id = c.owner_id and o.status = 'active'
  ), owners as materialized (
    select a.student_id, a.case_id, a.owner_id as staff_id from asked a where a.owner_id is not null
    union
    select a.student_id, a.case_id, v.staff_id
      from asked a
      join core.cover v on v.school_id = p_school and v.absent_id = a.owner_id and v.ended_at is null
                       and p_now >= v.valid_from and p_now < v.valid_until
      join core.staff s on s.school_id = p_school and s.staff_id = v.staff_id and s.status = 'active'
  ), counsel as materialized (
    select distinct a.student_id, a.case_id, s.staff_id
      from core.sides(p_school, p_now, array(select x.student_id from asked x where x.owner_id is null)) d -- never null: everybody
      join asked a on a.student_id = d.student_id
      join core.staff s on s.school_id = p_school and s.staff_id = d.staff_id and s.status = 'active'
     where d.side = 'counsels' and p_now >= d.valid_from and p_now < d.valid_until
  )
  select o.student_id, o.staff_id, o.case_id, 'owner' from owners o
  union all
  select c.student_id, c.staff_id, c.case_id, 'counsel' from counsel c
  union all
  select a.student_id, f.staff_id, a.case_id, 'fallback'
    from asked a
   cross join core.post_fallback(p_school) f
   where a.owner_id is null and not exists (select from counsel c where c.student_id = a.student_id)
$$;
