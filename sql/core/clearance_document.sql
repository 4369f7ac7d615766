-- A student's page of the ledger: where the coming attempt stands, what the policy in force proposes and by which results, and
-- every decision ever made, newest first. The student can read this.
create or replace function core.clearance_document(p_me core.me, p_student core.student) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'student', core.student_ref(p_student), 'today', r.today, 'attempt', r.attempt, 'exam_on', r.exam_on, 'last_safe_on',
      r.last_safe_on,
    'days_left', r.last_safe_on - r.today, 'passed', r.passed, 'taken', r.taken, 'state', r.state, 'expired', r.expired,
    'revision', r.decided_revision, 'policy_changed', r.policy_changed, 'evidence_changed', coalesce(x.evidence_changed, false),
    'worse', coalesce(x.worse, false), 'fingerprint', x.fingerprint,
    'policy', case when p.policy_id is not null then jsonb_build_object(
       'policy_id', p.policy_id, 'version', p.version, 'class_year', p.class_year, 'title', p.rule ->> 'title',
       'decides', p.rule -> 'decides', 'waiver', p.rule #> '{waiver,by}', 'conditional', p.rule #> '{conditional,means}') end,
    'proposal', case when x.proposal is not null then jsonb_build_object(
       'proposal', x.proposal, 'conditional', x.conditional, 'due_on', x.due_on, 'overdue', x.overdue, 'findings', x.findings,
       'evidence', x.evidence) end,
    'review_items', (select jsonb_agg(jsonb_build_object('item', i.item, 'words', i.words)) from core.review_items() i),
    'decisions', (select coalesce(jsonb_agg(core.clearance_decision_json(c) order by c.attempt desc, c.revision desc), '[]')
                    from core.clearance c where c.school_id = p_me.school_id and c.student_id = p_student.student_id))
    from core.clearance_rows(p_me.school_id, p_me.now, array[p_student.student_id]) r
    left join core.policy p on p.school_id = p_me.school_id and p.policy_id = r.policy_id
    left join core.clearance_proposals(p_me.school_id, p_me.now, array[p_student.student_id]) x on x.student_id = r.student_id
$$;
