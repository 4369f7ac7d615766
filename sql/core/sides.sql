-- On which side of the counsellor wall people stand for students, now or in time to come: 'counsels' or 'assesses'. p_students: of
-- these; null: of all.
--
--   counsels   adviser and counsellor, by a ground or by the roster (where nobody was made adviser here); whoever covers for them
--   assesses   assessor and committee, by a ground; whoever decided clearance (core.deciders)
--
-- Needs all students of the school in scope.
create or replace function core.sides(p_school int4, p_now timestamptz, p_students int8[] default null)
  returns table (student_id int8, staff_id int8, side text, kind text, source text, ground_id int8, cover_id int8,
                 valid_from timestamptz, valid_until timestamptz)
  language sql stable as $$
  with base as (
    select g.student_id, g.staff_id, case when g.kind in ('adviser', 'counsellor') then 'counsels' else 'assesses' end as side,
           g.kind, 'person' as source, g.ground_id, g.valid_from, coalesce(g.valid_until, 'infinity') as valid_until
      from core.ground g
     where g.school_id = p_school and g.ended_at is null and (g.valid_until is null or g.valid_until > p_now)
       and (p_students is null or g.student_id = any (p_students))
    union all
    select s.student_id, p.staff_id, 'counsels', 'adviser', 'roster', null, '-infinity', 'infinity'
      from core.student s
      join core.staff p on p.school_id = s.school_id and p.email = lower(s.adviser_email)
     where s.school_id = p_school and (p_students is null or s.student_id = any (p_students))
       and not exists (select from core.ground g
                        where g.school_id = p_school and g.student_id = s.student_id and g.kind = 'adviser' and g.ended_at is null
                          and p_now >= g.valid_from and (g.valid_until is null or p_now < g.valid_until))
    union all
    select d.student_id, d.staff_id, 'assesses', d.kind, 'decision', null, d.decided_at, 'infinity'
      from core.deciders(p_school, p_students) d
  ), every as (
    select b.student_id, b.staff_id, b.side, b.kind, b.source, b.ground_id, null::int8 as cover_id, b.valid_from, b.valid_until
      from base b
    union all
    select b.student_id, c.staff_id, b.side, 'covering for ' || a.name, 'cover', b.ground_id, c.cover_id,
           greatest(b.valid_from, c.valid_from), least(b.valid_until, c.valid_until)
      from core.cover c
      join core.staff a on a.school_id = c.school_id and a.staff_id = c.absent_id
      join base b on b.staff_id = c.absent_id and b.side = 'counsels'
     where c.school_id = p_school and c.ended_at is null and c.valid_until > p_now
       and greatest(b.valid_from, c.valid_from) < least(b.valid_until, c.valid_until)
  )
  select e.* from every e
    join core.staff p on p.school_id = p_school and p.staff_id = e.staff_id and p.status <> 'disabled'
$$;
