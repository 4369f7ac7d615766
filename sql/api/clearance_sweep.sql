-- What time and new results do to the ledger of clearance (core.clearance_follow): for the nightly run, once a night, because it
-- holds the whole school against its policies. {"worse": n, "overdue": n}
--
-- Who: sg_report. Ground: running the service. Locks: see core.clearance_follow.
create or replace function api.clearance_sweep(p_school_code text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return core.clearance_follow(v_school.school_id, core.now());
end
$$;
