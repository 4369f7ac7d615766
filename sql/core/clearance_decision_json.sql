-- A decision of the ledger as answers show it, with all that it rested on.
create or replace function core.clearance_decision_json(p_decision core.clearance) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'clearance_id', p_decision.clearance_id, 'attempt', p_decision.attempt, 'revision', p_decision.revision, 'state',
      p_decision.state,
    'policy_id', p_decision.policy_id, 'policy_version', p.version, 'policy_title', p.rule ->> 'title', 'proposal',
      p_decision.proposal,
    'against_proposal', p_decision.state = 'cleared' and p_decision.proposal in ('does_not_meet', 'cannot_say'),
    'findings', p_decision.findings, 'evidence', p_decision.evidence, 'exam_on', p_decision.exam_on, 'p', p_decision.p,
    'p_low', p_decision.p_low, 'p_high', p_decision.p_high, 'estimate_as_of', p_decision.estimate_as_of, 'reviewed',
      p_decision.reviewed,
    'reason', p_decision.reason, 'conditions', p_decision.conditions, 'student_view', p_decision.student_view,
    'valid_until', p_decision.valid_until, 'staff', core.staff_ref(p_decision.school_id, p_decision.staff_id), 'role',
      p_decision.role,
    'decided_at', p_decision.decided_at)
    from (select) one
    left join core.policy p on p.school_id = p_decision.school_id and p.policy_id = p_decision.policy_id
$$;
