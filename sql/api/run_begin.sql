-- Begins the nightly run of a school, or finds the one there is: a night is evaluated once. verdict 'new'; 'resumed' when an
-- earlier try did not finish, or is under way (its as-of time stays, so the night means what it meant; the parameters are those in
-- force now, because what was evaluated with others is evaluated again); 'done' when it is finished, and there is nothing to do.
--
-- Who: sg_report. Ground: running the service. Locks: the run's row.
create or replace function api.run_begin(p_school_code text, p_night date, p_as_of timestamptz, p_parameters int4, p_host text,
                                         out run_id int8, out verdict text)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  insert into ops.run as r (school_id, night, as_of, parameters_id, host, started_at)
  values (v_school.school_id, p_night, p_as_of, p_parameters, p_host, core.now())
      on conflict (school_id, night) do update
     set parameters_id = excluded.parameters_id, begun = r.begun + 1
   where r.finished_at is null
  returning r.run_id, case when r.begun = 1 then 'new' else 'resumed' end into run_id, verdict;
  if not found then
    select r.run_id, 'done' into run_id, verdict from ops.run r where r.school_id = v_school.school_id and r.night = p_night;
  end if;
end
$$;
