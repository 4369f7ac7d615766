-- Makes a school, or brings name and zone of the one with this code up to date. Gives its number.
--
-- Who: sg_operator. Ground: running the service. An unknown zone is refused (22023). Locks: the school's row.
create or replace function api.school_ensure(p_code text, p_name text, p_zone text) returns int4
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_id int4;
begin
  perform core.enter_any();
  perform now() at time zone p_zone; -- raises where the zone is not known
  insert into core.school as s (code, name, zone) values (p_code, p_name, p_zone)
      on conflict (code) do update set name = excluded.name, zone = excluded.zone
   where (s.name, s.zone) is distinct from (excluded.name, excluded.zone);
  select school_id into v_id from core.school where code = p_code;
  return v_id;
end
$$;
