-- The list clearance_due of a night's brief: first what fell after a decision, then the days that are over, then those within
-- deadline_days. What the policies propose is what the run kept a moment ago (core.clearance_kept), the ledger as it is when the
-- brief is written.
create or replace function core.brief_clearance(p_school core.school, p_run ops.run)
  returns table (code text, place int8, student_id int8, text text, severity int2)
  language sql stable as $$
  with t as materialized ( -- asked once, not for every student
    select (p_run).night + core.setting(p_school.school_id, 'deadline_days')::int4 as until
  ), worse as materialized (
    select distinct r.student_id, r.text, r.severity
      from core.case_reason r
     where r.school_id = p_school.school_id and r.source = 'clearance' and r.code = 'clearance_worse' and r.closed_at is null
  ), due as (
    select r.student_id, d.due_on, k.proposal
      from t
     cross join core.clearance_rows(p_school.school_id, (p_run).as_of) r
      join core.policy p on p.school_id = p_school.school_id and p.policy_id = r.policy_id
     cross join lateral (select core.policy_due(p.rule, r.exam_on) as due_on) d
      left join core.clearance_kept k on k.school_id = p_school.school_id and k.student_id = r.student_id
                                     and (k.policy_id, k.attempt, k.breaks) = (r.policy_id, r.attempt, r.breaks)
                                     and k.exam_on is not distinct from r.exam_on
     where r.state = 'undecided' and not r.passed and not r.taken
       and d.due_on <= t.until
  ), found as (
    select w.student_id, 1 as what, null::date as due_on, w.text, w.severity from worse w
    union all
    select d.student_id, 2, d.due_on,
           core.clearance_sentence(case when d.due_on >= (p_run).night then 'clearance_due'
                                        when d.proposal is distinct from 'meets' then 'clearance_overdue'
                                        else 'clearance_undecided' end, d.due_on, d.due_on - (p_run).night), null
      from due d where d.student_id not in (select w.student_id from worse w)
  )
  select 'clearance_due', row_number() over (order by f.what, f.due_on, s.external_id), f.student_id, f.text, f.severity
    from found f
    join core.student s on s.school_id = p_school.school_id and s.student_id = f.student_id and s.status <> 'inactive'
$$;
