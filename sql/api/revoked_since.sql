-- Devices revoked at or after a moment, at any school: for a daemon whose ear (LISTEN) was deaf for a while, so that it can close
-- the connections it was not told of.
--
-- Who: sg_student. Ground: no student's data in it, two numbers a row. Locks: none.
create or replace function api.revoked_since(p_since timestamptz) returns table (school_id int4, device_id int8)
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
begin
  perform core.enter_any();
  return query select d.school_id, d.device_id from core.device d where d.revoked_at >= p_since;
end
$$;
