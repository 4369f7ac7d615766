-- One version of a clearance policy, with its rule. GET /api/v1/policies/{policy}
--
-- Who: sg_office, right "records". Ground: none, it is about no student. Locks: none.
create or replace function api.policy(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
begin
  perform core.args_known(p_args, '{policy}');
  return core.reply(core.policy_json(core.policy_named(v_me, p_args)));
end
$$;
