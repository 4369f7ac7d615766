-- A new draft of a clearance policy: {"class_year" (absent: for classes without one of their own), "rule", "reason"}. Counts for
-- nothing until a person has previewed it and made it active. POST /api/v1/policies
--
-- Who: sg_office, right "policy". 422 with the path of the fault in the rule. Locks: the new row; of two who draft at once, one
-- waits.
create or replace function api.policy_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'policy', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_year int2;
  v_new core.policy;
begin
  perform core.args_known(p_args, '{}', '{class_year,rule,reason}');
  v_year := core.arg_number(v_body, 'class_year', null, 1900, 2200);
  v_new.reason := core.arg(v_body, 'reason', true, 1000);
  v_new.rule := core.policy_rule_arg(v_body);
  perform pg_advisory_xact_lock(hashtext('policy version'), v_me.school_id);
  insert into core.policy (school_id, class_year, version, rule, reason, created_by, created_at, changed_by, changed_at)
  values (v_me.school_id, v_year,
          1 + coalesce((select max(p.version) from core.policy p where p.school_id = v_me.school_id
            and p.class_year is not distinct from v_year), 0),
          v_new.rule, v_new.reason, v_me.staff_id, v_me.now, v_me.staff_id, v_me.now)
  returning * into v_new;
  perform core.note_done(v_me, 'policy_add', '{}', jsonb_build_object('policy_id', v_new.policy_id, 'class_year', v_year,
    'version', v_new.version));
  return core.reply(core.policy_json(v_new), p_status => 201);
end
$$;
