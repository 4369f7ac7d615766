-- The nights of a school whose estimates are whole, in order.
--
-- Who: sg_operator. Ground: no student's data in it. Locks: none.
create or replace function api.nights_kept(p_school_code text) returns table (night date)
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return query select n.night from ops.night n where n.school_id = v_school.school_id order by n.night;
end
$$;
