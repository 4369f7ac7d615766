-- Begins the nightly run of a school, or finds the one there is: a night is evaluated once. verdict 'new'; 'resumed' when an
-- earlier try did not finish (its as-of time stays, so the night means what it meant); 'done' when it is finished, and there is
-- nothing to do.
--
-- Who: sg_report. Ground: running the service. Locks: the run's row.
create or replace function api.run_begin(p_school_code text, p_night date, p_as_of timestamptz, p_parameters int4, p_host text,
                                         out run_id int8, out verdict text)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
#variable_conflict use_column
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  insert into ops.run (school_id, night, as_of, parameters_id, host)
  values (v_school.school_id, p_night, p_as_of, p_parameters, p_host)
      on conflict (school_id, night) do nothing
  returning ops.run.run_id into run_id;
  if found then
    verdict := 'new';
  else
    select r.run_id, case when r.finished_at is null then 'resumed' else 'done' end into run_id, verdict
      from ops.run r where r.school_id = v_school.school_id and r.night = p_night;
  end if;
end
$$;
