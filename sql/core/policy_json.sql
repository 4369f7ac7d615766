-- A version of a clearance policy as answers show it.
create or replace function core.policy_json(p_policy core.policy) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'policy_id', p_policy.policy_id, 'class_year', p_policy.class_year, 'version', p_policy.version, 'state', p_policy.state,
    'revision', p_policy.revision, 'title', p_policy.rule ->> 'title', 'rule', p_policy.rule, 'reason', p_policy.reason,
    'created_by', core.staff_ref(p_policy.school_id, p_policy.created_by), 'created_at', p_policy.created_at,
    'changed_by', core.staff_ref(p_policy.school_id, p_policy.changed_by), 'changed_at', p_policy.changed_at,
    'previewed_by', core.staff_ref(p_policy.school_id, p_policy.previewed_by), 'previewed_at', p_policy.previewed_at,
    'activated_by', core.staff_ref(p_policy.school_id, p_policy.activated_by), 'activated_at', p_policy.activated_at,
    'ended_by', core.staff_ref(p_policy.school_id, p_policy.ended_by), 'ended_at', p_policy.ended_at)
$$;
