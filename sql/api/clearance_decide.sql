-- A person decides on a student's clearance for the coming attempt. A further row of the ledger with all that it rested on; the one
-- before stays. "undecided" takes the one before back. POST /api/v1/students/{student}/clearance
--   {"revision": of the decision seen (0 for none), "fingerprint": of the proposal seen (absent where there is none), "state",
--    "reason", "reviewed": what was looked at (core.review_items), "conditions" (of a conditional one; default: what the policy
--    says it means), "student_view", "valid_until" (default: the policy's valid_days)}
--
-- The software refuses no outcome: who is to be cleared against the proposal can be, and the ledger says so. What it holds to is
-- the policy's form: who decides, whether it knows exceptions ("waived") and conditions; that more was looked at than the estimate
-- (422 review_needed); and that what was looked at is what is there: 409 conflict, with the page as it is, where a decision, a
-- result, the plan or the policy changed meanwhile. 409 nothing_to_decide: passed, or sat already. 409 counsellor_wall: who
-- counsels the student decides only where the policy says so (LCME 11.1). 409 no_exceptions, no_conditions.
--
-- Who: sg_office, right "clearance", and one of the roles that the policy names. Ground: the person's own for the student. Locks:
-- the counsellor wall of the school, the student's progress row; then the case (core.case_raise).
create or replace function api.clearance_decide(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'clearance', p_write => true);
  v_body constant jsonb := p_args -> 'body';
  v_student core.student;
  v_row record;
  v_seen record;
  v_policy core.policy;
  v_new core.clearance;
  v_ground text;
begin
  perform core.args_known(p_args, '{student}', '{revision,fingerprint,state,reason,reviewed,conditions,student_view,valid_until}');
  v_student := core.student_enter(v_me, core.arg(p_args, 'student', true));
  v_new.state := core.arg_choice(v_body, 'state', '{cleared,conditional,not_cleared,waived,undecided}', null);
  v_new.reason := core.arg(v_body, 'reason', true, 4000);
  v_new.conditions := coalesce(core.arg(v_body, 'conditions', p_most => 2000), '');
  v_new.student_view := coalesce(core.arg(v_body, 'student_view', p_most => 4000), '');
  v_new.valid_until := core.arg_day(v_body, 'valid_until');
  v_new.reviewed := core.arg_list(v_body, 'reviewed', 10, (select array_agg(i.item) from core.review_items() i));
  if v_new.reviewed is null or v_new.reviewed <@ '{estimate}' then
    perform core.refuse(422, 'review_needed', 'Say what you looked at; the estimate alone is not enough to decide on.', 'reviewed',
                        'Look at the results, the plan, or what the student says.');
  end if;
  perform core.wall_lock(v_me.school_id);
  perform from core.progress p where p.school_id = v_me.school_id and p.student_id = v_student.student_id for no key update;
  select * into v_row from core.clearance_rows(v_me.school_id, v_me.now, array[v_student.student_id]);
  select * into v_seen from core.clearance_proposals(v_me.school_id, v_me.now, array[v_student.student_id]);
  select * into v_policy from core.policy p where p.school_id = v_me.school_id and p.policy_id = v_row.policy_id;
  if v_row.passed or v_row.taken then
    perform core.refuse(409, 'nothing_to_decide', case when v_row.passed then 'The exam has been passed.'
      else 'The exam has been taken.' end);
  elsif core.arg_number(v_body, 'revision', -1, 0, 2147483646) <> v_row.decided_revision
        or core.arg(v_body, 'fingerprint', p_most => 64) is distinct from v_seen.fingerprint then
    perform core.conflict(core.clearance_document(v_me, v_student));
  elsif v_policy.policy_id is not null and not v_policy.rule -> 'decides' ?| v_me.roles then
    perform core.refuse(403, 'no_right', 'The policy names others who decide.', p_more => jsonb_build_object('decides',
      v_policy.rule -> 'decides'));
  elsif v_new.state = 'waived' and not coalesce(v_policy.rule #> '{waiver,by}' ?| v_me.roles, false) then
    perform core.refuse(409, 'no_exceptions', 'The policy in force does not let you waive it.', 'state',
                        p_more => jsonb_build_object('waiver', v_policy.rule #> '{waiver,by}'));
  elsif v_new.state = 'conditional' and v_policy.policy_id is not null and v_policy.rule -> 'conditional' is null then
    perform core.refuse(409, 'no_conditions', 'The policy in force knows no conditional clearance.', 'state');
  elsif v_new.state = 'conditional' and v_new.conditions = '' and v_policy.rule -> 'conditional' is null then
    perform core.refuse(422, 'missing', 'Say what the condition is.', 'conditions');
  elsif v_new.valid_until < v_row.today then
    perform core.refuse(422, 'invalid', 'That day is over.', 'valid_until');
  end if;
  insert into core.clearance (school_id, student_id, attempt, revision, state, policy_id, proposal, findings, evidence, exam_on, p,
                              p_low, p_high, estimate_as_of, reviewed, reason, conditions, student_view, valid_until, staff_id,
                              role, counsellor_allowed, decided_at)
  select v_me.school_id, v_student.student_id, v_row.attempt, v_row.decided_revision + 1, v_new.state, v_policy.policy_id,
         coalesce(v_seen.proposal, 'no_policy'), coalesce(v_seen.findings, '[]'), coalesce(v_seen.evidence, '[]'), v_row.exam_on,
         a.p, a.p_low, a.p_high, a.as_of, v_new.reviewed, v_new.reason,
         case when v_new.conditions = '' and v_new.state = 'conditional' then v_policy.rule #>> '{conditional,means}'
           else v_new.conditions end,
         v_new.student_view,
         coalesce(v_new.valid_until, case when v_new.state in ('cleared', 'conditional', 'waived')
           then v_row.today + (v_policy.rule ->> 'valid_days')::int4 end),
         v_me.staff_id, (select x.role from unnest(v_me.roles) x(role)
                          where v_policy.policy_id is null or v_policy.rule -> 'decides' ? x.role
                            order by x.role = 'dean' desc limit 1),
         coalesce((v_policy.rule ->> 'counsellor_decides')::bool, false), v_me.now
    from (select) one
    left join core.assessment a on a.school_id = v_me.school_id and a.student_id = v_student.student_id
  returning * into v_new;
  if not v_new.counsellor_allowed then
    perform core.wall_check(v_me, p_decided_on => v_student.student_id);
  end if;
  if v_new.state = 'not_cleared' then
    perform core.case_raise(v_me.school_id, v_student.student_id, v_row.attempt, 'clearance', 'not_cleared', 3::int2,
                            'Not cleared: ' || left(v_new.reason, 400), v_me.staff_id, v_me.now);
  else
    perform core.case_settle(v_me.school_id, v_student.student_id, 'not_cleared', v_me.now);
  end if;
  v_ground := core.ground_for(v_me, v_student.student_id);
  perform core.note_done(v_me, 'clearance_decide', array[v_student.student_id],
    jsonb_build_object('clearance_id', v_new.clearance_id, 'attempt', v_new.attempt, 'revision', v_new.revision,
                       'policy_id', v_new.policy_id)); -- what was decided stands there: auditors see no record
  return core.reply(core.clearance_document(v_me, v_student) || jsonb_build_object('ground', v_ground), array[v_student.student_id],
                    v_ground, 201);
end
$$;
