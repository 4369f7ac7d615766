-- {"staff_id", "name"} of a colleague; null for nobody.
create or replace function core.staff_ref(p_school int4, p_staff int8) returns jsonb
  language sql stable strict as $$
  select jsonb_build_object('staff_id', s.staff_id, 'name', s.name)
    from core.staff s where s.school_id = p_school and s.staff_id = p_staff
$$;
