-- For each kind of statement about one attempt (1 planned, 3 taken, 4 result): whether what is in force was said by a person of the
-- office, and what a file said of it last. A file that says again what it said before says nothing new: whoever spoke since, a
-- person or the student, is not to be overruled by an old export.
create or replace function core.plan_standing(p_school int4, p_student int8, p_attempt int2)
  returns table (action int2, by_hand bool, filed core.plan_change)
  language sql stable as $$
  select k.action, coalesce(force.by_hand, false), filed.said
    from (values (1::int2, '{1,2}'::int2[]), (3, '{3}'), (4, '{4}')) k(action, actions)
    left join lateral (
           select exists (select from core.plan_reason r where r.school_id = c.school_id and r.change_id = c.change_id) as by_hand
             from core.plan_change c
            where c.school_id = p_school and c.student_id = p_student and c.attempt = p_attempt
               and c.action = any (k.actions)
            order by case when k.action = 1 then 0 else c.source end desc, c.made_at desc, c.change_id desc
            limit 1) force on true
    left join lateral (
           select c as said
             from core.plan_change c
            where c.school_id = p_school and c.student_id = p_student and c.attempt = p_attempt and c.action = k.action
              and c.source = 2
              and not exists (select from core.plan_reason r where r.school_id = c.school_id and r.change_id = c.change_id)
            order by c.made_at desc, c.change_id desc
            limit 1) filed on true
$$;
