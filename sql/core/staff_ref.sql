-- Somebody of the office as answers name them; null for nobody.
create or replace function core.staff_ref(p_school int4, p_staff int8) returns jsonb
  language sql stable as $$
  select jsonb_build_object('staff_id', p.staff_id, 'name', p.name) from core.staff p
   where p.school_id = p_school and p.staff_id = p_staff
$$;
