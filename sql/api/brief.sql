-- What the nightly brief says, as one JSON document (core.brief_document). Of a finished run it is the one that its manifest keeps:
-- a night that is over says for ever what it said then.
--
-- Who: sg_report. Ground: the office's own work. Null for a run that is not this school's. Locks: none.
create or replace function api.brief(p_school_code text, p_run int8) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_run ops.run;
begin
  select * into v_run from ops.run r where r.school_id = v_school.school_id and r.run_id = p_run;
  return case when v_run.run_id is null then null
              when v_run.manifest ? 'brief' then v_run.manifest -> 'brief'
              else core.brief_document(v_school, v_run) end;
end
$$;
