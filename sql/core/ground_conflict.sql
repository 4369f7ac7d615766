-- The counsellor wall: who stands on both sides of it (core.sides) for one student at one time. LCME 11.1: academic counselling
-- comes only from people who have no role in assessing or promoting that student. The one place where the rule stands: what would
-- break it is written first and then looked for here, under core.wall_lock(), and refused if found (core.wall_check); what a roster
-- brought is listed until a person solves it (api.conflicts).
create or replace function core.ground_conflict(p_school int4, p_now timestamptz, p_students int8[] default null)
  returns table (student_id int8, staff_id int8, counsels text, counsels_source text, counsels_ground int8, counsels_cover int8,
                 assesses text, assesses_source text, assesses_ground int8, since timestamptz, until timestamptz)
  language sql stable as $$
  with sides as materialized ( -- of those who stand on both: few, where joining all with all would be a school times its decisions
    select s.*
      from (select e.*, bool_or(e.side = 'counsels') over pair and bool_or(e.side = 'assesses') over pair as both_sides
              from core.sides(p_school, p_now, p_students) e
            window pair as (partition by e.student_id, e.staff_id)) s
     where s.both_sides
  )
  select c.student_id, c.staff_id, c.kind, c.source, c.ground_id, c.cover_id, a.kind, a.source, a.ground_id,
         greatest(c.valid_from, a.valid_from), least(c.valid_until, a.valid_until)
    from sides c
    join sides a on a.student_id = c.student_id and a.staff_id = c.staff_id and a.side = 'assesses'
   where c.side = 'counsels' and greatest(c.valid_from, a.valid_from) < least(c.valid_until, a.valid_until)
$$;
