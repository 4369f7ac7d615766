-- Refuses an import of the operator's tool that is stopped, in words for a terminal (22023). See core.import_stops.
create or replace function core.import_stopped(p_import ops.import, p_past_brake text) returns void
  language plpgsql stable as $$
declare
  v_stop jsonb;
begin
  select s into v_stop from jsonb_array_elements(core.import_stops(p_import)) s
   where not (s ->> 'passable')::bool or p_past_brake is null
   limit 1;
  if v_stop is not null then
    raise exception '% %', v_stop ->> 'sentence', case when (v_stop ->> 'passable')::bool
      then 'Look with --dry-run; if that is right, say why with --past-brake.' else v_stop ->> 'remedy' end
      using errcode = 'invalid_parameter_value';
  end if;
end
$$;
