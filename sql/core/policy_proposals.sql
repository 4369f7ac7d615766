-- What the software says of each of these cases by a policy: 'meets', 'does_not_meet' or 'cannot_say', whether it would call it
-- conditional, the day by which it was to be met and whether that is over, each clause with what it found, and the results it rests
-- on. It is never more than a proposal. Expressions are taken once for each combination of values, of which a class has few.
--
-- p_why false: only what it comes to, without findings and evidence.
drop function if exists core.policy_proposals(int4, jsonb, core.policy_case[]);
drop function if exists core.policy_proposals(int4, jsonb, core.policy_case[], bool);
create function core.policy_proposals(p_school int4, p_rule jsonb, p_cases core.policy_case[], p_why bool default true)
  returns table (n int8, student_id int8, proposal text, conditional bool, due_on date, overdue bool, findings jsonb,
    evidence jsonb)
  language sql stable as $$
  with found as materialized (
    select f.* from core.policy_findings(p_school, p_rule, p_cases, p_why) f
  ), vectors as materialized (
    select f.n, jsonb_object_agg(f.path, f.truth) as truths from found f group by f.n
  ), settled as materialized (
    select v.truths, core.policy_truth(p_rule -> 'require', '/require', v.truths) as truth,
           case when p_rule #> '{conditional,when}' is not null
             then core.policy_truth(p_rule #> '{conditional,when}', '/conditional/when', v.truths) end as conditional
      from (select distinct x.truths from vectors x) v
  )
  select c.n, c.student_id,
         core.policy_verdict(p_rule, s.truth, d.overdue),
         coalesce(s.conditional, false) and s.truth is distinct from true, d.due_on, coalesce(d.overdue, false),
         w.findings, case when p_why then coalesce(e.evidence, '[]') end
    from unnest(p_cases) c
    join vectors v on v.n = c.n
    join settled s on s.truths = v.truths
    left join ( -- these two cost nothing where nobody asks for what they give
           select f.n, jsonb_agg(jsonb_build_object('path', f.path, 'truth', f.truth, 'found', f.found) order by f.path) as findings
             from found f where p_why group by f.n) w on w.n = c.n
    left join (
           select x.n, jsonb_agg(x.result || jsonb_build_object('clauses', x.paths) order by x.taken_on desc, x.id) as evidence
             from (select f.n, r.value ->> 'taken_on' as taken_on, r.value ->> 'result_id' as id,
                          (array_agg(r.value - 'reaches'))[1] as result, jsonb_agg(f.path order by f.path) as paths
                     from found f cross join lateral jsonb_array_elements(f.results) r where p_why group by 1, 2, 3) x
            group by x.n) e on e.n = c.n
   cross join lateral (select x.due_on, c.today > x.due_on as overdue
     from (select core.policy_due(p_rule, c.exam_on) as due_on) x) d
$$;
