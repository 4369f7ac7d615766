-- What time and new results do to the ledger of clearance (core.clearance_follow): for the nightly run, once a night, because it
-- holds the whole school against its policies. {"worse": n, "overdue": n}. Keeps what they propose,
-- and what they would have proposed (core.clearance_keep, core.policy_replay_keep), and the courses of classes (core.courses_keep).
--
-- Who: sg_report. Ground: running the service. Locks: see core.clearance_follow, core.clearance_keep and core.courses_keep.
create or replace function api.clearance_sweep(p_school_code text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  perform core.courses_keep(v_school.school_id);
  perform core.clearance_keep(v_school.school_id, core.now());
  perform core.policy_replay_keep(v_school.school_id, p.policy_id, (core.now() at time zone v_school.zone)::date)
     from core.policy p where p.school_id = v_school.school_id and p.state in ('previewed', 'active')
    order by p.policy_id;
  return core.clearance_follow(v_school.school_id, core.now());
end
$$;
