-- Makes a school, or brings name and zone of the one with this code up to date. Gives its number. In another zone a result may be
-- of another day, and be overruled by an official one of that day (core.overruled_follow).
--
-- Who: sg_operator. Ground: running the service. An unknown zone is refused (22023). Locks: the school's row; with a zone that
-- changes, the progress rows of those who have official results, in key order.
create or replace function api.school_ensure(p_code text, p_name text, p_zone text) returns int4
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_id int4;
  v_was text;
  v_official int8[];
begin
  perform core.enter_any();
  perform now() at time zone p_zone; -- raises where the zone is not known
  select zone into v_was from core.school where code = p_code;
  insert into core.school as s (code, name, zone) values (p_code, p_name, p_zone)
      on conflict (code) do update set name = excluded.name, zone = excluded.zone
   where (s.name, s.zone) is distinct from (excluded.name, excluded.zone);
  select school_id into v_id from core.school where code = p_code;
  if v_was <> p_zone then
    v_official := array(select p.student_id from core.progress p where p.school_id = v_id and p.official);
    perform core.touch(v_id, v_official);
    perform core.overruled_follow(array_fill(v_id, array[cardinality(v_official)]), v_official);
  end if;
  return v_id;
end
$$;
