-- The ground by which a student has an adviser now or in time to come: p_by_hand, one that a person of the office gave; else the
-- one of a file. The newest, none where there is none.
create or replace function core.adviser_standing(p_school int4, p_student int8, p_by_hand bool, p_now timestamptz)
  returns setof core.ground
  language sql stable as $$
  select g.*
    from core.ground g
   where g.school_id = p_school and g.student_id = p_student and g.kind = 'adviser' and g.ended_at is null
     and (g.valid_until is null or g.valid_until > p_now) and (g.granted_by is not null) = p_by_hand
   order by g.ground_id desc
   limit 1
$$;
