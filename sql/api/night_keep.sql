-- Says that the estimates of a night are whole: from now on they are read, and nothing is added to them. False where that was said
-- before; the first word stays. p_source: 'run' or 'history'.
--
-- Who: sg_report, sg_operator. Ground: computing. Locks: none that anybody waits for.
create or replace function api.night_keep(p_school_code text, p_night date, p_as_of timestamptz, p_source text) returns bool
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  insert into ops.night (school_id, night, as_of, source, students)
  select v_school.school_id, p_night, p_as_of, p_source, count(*)
    from core.estimate_night e where e.school_id = v_school.school_id and e.night = p_night
      on conflict do nothing;
  return found;
end
$$;
