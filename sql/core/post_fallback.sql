-- Who is told when nobody acts: the person whom the school named (fallback_owner), else every dean.
create or replace function core.post_fallback(p_school int4) returns table (staff_id int8)
  language sql stable as $$
  with named as (
    select s.staff_id from core.staff s
     where s.school_id = p_school and s.staff_id = core.setting(p_school, 'fallback_owner')::int8 and s.status = 'active'
  )
  select n.staff_id from named n
  union all
  select s.staff_id from core.staff s
   where s.school_id = p_school and s.status = 'active' and 'dean' = any (s.roles) and not exists (select from named)
$$;
