-- Changes a draft: {"revision", "rule", "reason"}; what is absent stays. What was previewed is a draft again. PATCH
-- /api/v1/policies/{policy}
--
-- Who: sg_office, right "policy". 409 conflict where "revision" is not the draft's; 409 not_a_draft once it was made active. Locks:
-- its row.
create or replace function api.policy_change(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'policy', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_policy core.policy;
  v_rule jsonb;
begin
  perform core.args_known(p_args, '{policy}', '{revision,rule,reason}');
  v_policy := core.policy_named(v_me, p_args, p_lock => true);
  if core.arg_number(v_body, 'revision', 0, 1, 2147483647) <> v_policy.revision then
    perform core.conflict(core.policy_json(v_policy));
  elsif v_policy.state not in ('draft', 'previewed') then
    perform core.refuse(409, 'not_a_draft', 'A policy that was made active does not change.', p_remedy => 'Write a new version.');
  end if;
  v_rule := case when v_body ? 'rule' then core.policy_rule_arg(v_body) else v_policy.rule end;
  update core.policy p
     set (rule, reason, state, previewed_by, previewed_at, revision, changed_by, changed_at)
       = (v_rule, coalesce(core.arg(v_body, 'reason', p_most => 1000), v_policy.reason), 'draft', null, null, p.revision + 1,
         v_me.staff_id, v_me.now)
   where p.school_id = v_me.school_id and p.policy_id = v_policy.policy_id
  returning * into v_policy;
  perform core.note_done(v_me, 'policy_change', '{}', jsonb_build_object('policy_id', v_policy.policy_id, 'revision',
    v_policy.revision));
  return core.reply(core.policy_json(v_policy));
end
$$;
