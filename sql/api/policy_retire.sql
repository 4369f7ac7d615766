-- Puts a policy out of force, or a draft aside: {"revision", "reason"}. Nobody is cleared or barred by that: where no policy is in
-- force the software proposes nothing. Wants a fresh proof. POST /api/v1/policies/{policy}/retire
--
-- Who: sg_office, right "policy". 409 conflict; 409 ended: superseded or retired already. Locks: its row.
create or replace function api.policy_retire(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'policy', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_policy core.policy;
  v_reason text;
begin
  perform core.args_known(p_args, '{policy}', '{revision,reason}');
  v_policy := core.policy_named(v_me, p_args, p_lock => true);
  v_reason := core.arg(v_body, 'reason', true, 1000);
  if core.arg_number(v_body, 'revision', 0, 1, 2147483647) <> v_policy.revision then
    perform core.conflict(core.policy_json(v_policy));
  elsif v_policy.ended_at is not null then
    perform core.refuse(409, 'ended', 'This policy is out of force already.');
  end if;
  update core.policy p set state = 'retired', ended_by = v_me.staff_id, ended_at = v_me.now, revision = p.revision + 1
   where p.school_id = v_me.school_id and p.policy_id = v_policy.policy_id
  returning * into v_policy;
  perform core.note_done(v_me, 'policy_retire', '{}', jsonb_build_object('policy_id', v_policy.policy_id, 'reason', v_reason));
  return core.reply(core.policy_json(v_policy));
end
$$;
