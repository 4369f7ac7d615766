-- Makes a previewed policy the one in force for its classes; the one before is superseded. {"revision", "replaces": policy_id of
-- the one that was seen in force, null for none}. Decisions stay as they were made; the ledger shows which were made by another
-- version. Wants a fresh proof. POST /api/v1/policies/{policy}/activate
--
-- Who: sg_office, right "policy", a person. 409 conflict where the draft changed or another policy came into force meanwhile; 409
-- not_previewed. Locks: its row and that of the one in force; the index policy_active lets one of two at once through;
-- then what is kept of its proposals (core.clearance_keep).
create or replace function api.policy_activate(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'policy', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_policy core.policy;
  v_before core.policy;
begin
  perform core.args_known(p_args, '{policy}', '{revision,replaces}');
  v_policy := core.policy_named(v_me, p_args, p_lock => true);
  select * into v_before from core.policy p
   where p.school_id = v_me.school_id and p.state = 'active' and p.class_year is not distinct from v_policy.class_year;
  if core.arg_number(v_body, 'revision', 0, 1, 2147483647) <> v_policy.revision then
    perform core.conflict(core.policy_json(v_policy));
  elsif v_policy.state <> 'previewed' then
    perform core.refuse(409, 'not_previewed', 'Only a draft that was previewed as it is can be made active.',
      p_remedy => 'Preview it first.');
  elsif core.arg_number(v_body, 'replaces', null, 1, 999999999999999999) is distinct from v_before.policy_id then
    perform core.conflict(case when v_before.policy_id is null then 'null' else core.policy_json(v_before) end);
  end if;
  update core.policy p set state = 'superseded', ended_by = v_me.staff_id, ended_at = v_me.now, revision = p.revision + 1
   where p.school_id = v_me.school_id and p.policy_id = v_before.policy_id;
  begin
    update core.policy p set state = 'active', activated_by = v_me.staff_id, activated_at = v_me.now, revision = p.revision + 1
     where p.school_id = v_me.school_id and p.policy_id = v_policy.policy_id
    returning * into v_policy;
  exception when unique_violation then
    perform core.conflict((select core.policy_json(p) from core.policy p
      where p.school_id = v_me.school_id and p.state = 'active' and p.class_year is not distinct from v_policy.class_year));
  end;
  -- Before anybody waits for them.
  perform core.clearance_keep(v_me.school_id, v_me.now),
          core.policy_replay_keep(v_me.school_id, v_policy.policy_id, (v_me.now at time zone v_me.zone)::date);
  perform core.note_done(v_me, 'policy_activate', '{}', jsonb_build_object('policy_id', v_policy.policy_id, 'class_year',
    v_policy.class_year,
    'version', v_policy.version, 'replaces', v_before.policy_id));
  return core.reply(core.policy_json(v_policy));
end
$$;
