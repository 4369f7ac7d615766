-- What the software says of these students' coming attempt by the policy in force for each, or by p_rule (a draft that is tried).
-- No row for who passed, has sat, or has no policy. worse: the results a decision rested on were corrected or withdrawn, or an
-- official one says otherwise, or the proposal fell below what it was then (evidence_changed is the same in either direction): a
-- decision stays as it was made, a person looks again.
--
-- fingerprint names exactly what was shown: a decision sends it back, so that nobody decides on other evidence than they saw.
--
-- p_why false: for choosing among many; findings, evidence and fingerprint are null. p_compare false: what was decided on is not
-- looked up again; evidence_changed and worse say only what the proposal alone says.
drop function if exists core.clearance_proposals(int4, timestamptz, int8[], jsonb);
drop function if exists core.clearance_proposals(int4, timestamptz, int8[], jsonb, bool);
drop function if exists core.clearance_proposals(int4, timestamptz, int8[], jsonb, bool, bool);
create function core.clearance_proposals(p_school int4, p_as_of timestamptz, p_students int8[] default null,
  p_rule jsonb default null, p_why bool default true, p_compare bool default true)
  returns table (student_id int8, policy_id int8, proposal text, conditional bool, due_on date, overdue bool, findings jsonb,
                 evidence jsonb, fingerprint text, evidence_changed bool, worse bool)
  language plpgsql stable
  set plan_cache_mode = force_generic_plan -- planned for each list of students it takes a tenth longer
as $$
#variable_conflict use_column
declare
  v_policy record;
begin
  for v_policy in
    select g.*, coalesce(p_rule, p.rule) as rule
      from (select case when p_rule is null then r.policy_id end as policy_id,
                   array_agg(row(r.student_id, r.student_id, p_as_of, r.today, r.exam_on, r.attempt, r.breaks,
                                 false)::core.policy_case) as cases,
                   array_agg(r.student_id) as ids, array_agg(r.decided_evidence) as seen, array_agg(r.decided_proposal) as proposals
              from core.clearance_rows(p_school, p_as_of, p_students) r
             where not r.passed and not r.taken and (r.policy_id is not null or p_rule is not null)
             group by 1) g
      left join core.policy p on p.school_id = p_school and p.policy_id = g.policy_id
  loop
    return query
    select x.student_id, v_policy.policy_id, x.proposal, x.conditional, x.due_on, x.overdue, x.findings, x.evidence,
           case when p_why then
             left(encode(sha256(convert_to(
               jsonb_build_array(v_policy.policy_id, x.proposal, x.evidence, x.findings)::text, 'UTF8')), 'hex'), 32) end,
           d.proposal is not null and (e.changed or d.proposal <> x.proposal),
           d.proposal is not null and (e.changed or array_position(c_rank.order_, x.proposal) > array_position(c_rank.order_,
             d.proposal))
      from core.policy_proposals(p_school, v_policy.rule, v_policy.cases, p_why) x
      join unnest(v_policy.ids, v_policy.proposals, v_policy.seen) d(student_id, proposal, seen) on d.student_id = x.student_id
     cross join (values ('{meets,cannot_say,does_not_meet}'::text[])) c_rank(order_)
     cross join lateral (
            -- Never stored, withdrawn by a later revision, corrected by one: the newest is not the one that was looked at. Or the
            -- office loaded another score of that sitting.
            -- The names are taken out of the document first: a cast beside the table keeps its index out of use.
            select exists (
                     select from (select (g ->> 'result_id')::uuid as result_id, (g ->> 'revision')::int4 as revision
                                    from jsonb_array_elements(case when p_compare then d.seen end) g offset 0) seen
                      where seen.revision is distinct from (
                              select max(r.revision) from core.result r
                               where r.school_id = p_school and r.result_id = seen.result_id)
                         or exists (select from core.result_overruled o
                                     where o.school_id = p_school and o.student_id = x.student_id
                                       and o.result_id = seen.result_id and o.difference_centi is distinct from 0)) as changed
            offset 0) e;
  end loop;
end
$$;
