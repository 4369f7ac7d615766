-- How the cases of these students differ from what is open about them: flags of severity warning or above (or the state at risk,
-- should no flag say it), the attempt, and for cases that are watched or resolved the fall of P. Nothing, where all is as it was:
-- then this is a few index look-ups a student, and the plan is folded only for those who have a case or should have one.
--
-- New evidence is a change; other words for the same evidence ("in 12 days", "in 11 days") are none. A reason of attempt n is never
-- compared with a flag of attempt n + 1: cases of earlier attempts are only said to be over. Mutes are not looked at here.
--
-- plpgsql, because that keeps the plan: as an SQL function it would be planned with every upload, which takes longer than running
-- it.
create or replace function core.case_differences(p_schools int4[], p_students int8[]) returns setof core.case_difference
  language plpgsql stable as $$
begin
  return query
  with asked as materialized (
    select distinct k.school_id, k.student_id from unnest(p_schools, p_students) k(school_id, student_id)
  ), wanted as materialized (
    select f.school_id, f.student_id, f.code, f.severity, f.text, f.detail::jsonb -> 'evidence' as evidence, f.flag_id
      from asked k
     cross join lateral ( -- by probes, whatever is thought of its size: see api.record_evaluations
           select f.* from core.flag f
            where f.school_id = k.school_id and f.student_id = k.student_id and f.closed_at is null and f.severity >= 3
           offset 0) f
    union all
    select a.school_id, a.student_id, 'at_risk', 3::int2, format('P(pass) is %s %%.', round(a.p::numeric * 100)), '[]', null
      from asked k
      join core.assessment a on a.school_id = k.school_id and a.student_id = k.student_id
     where a.state = 1
       and not exists (select from core.flag f
                        where f.school_id = k.school_id and f.student_id = k.student_id and f.code = 'low_probability'
                          and f.closed_at is null and f.severity >= 3)
  ), files as materialized (
    select c.school_id, c.student_id, c.case_id, c.attempt, c.state, c.mark_p, c.mark_delta, c.exam_taken,
           c.exam_on, r.reason_id, r.code, r.severity, r.evidence
      from asked k
      join core.case_file c on c.school_id = k.school_id and c.student_id = k.student_id and c.state <> 'merged'
      left join core.case_reason r on r.school_id = c.school_id and r.case_id = c.case_id and r.source = 'rule'
        and r.closed_at is null
  ), plans as materialized (
    select i.school_id, i.student_id, plan.attempt, plan.exam_day, plan.taken, plan.passed
      from (select w.school_id, w.student_id from wanted w
             union
            select o.school_id, o.student_id from files o
             where o.state <> 'resolved' or o.reason_id is not null or o.mark_delta is not null) i
      join core.student s on s.school_id = i.school_id and s.student_id = i.student_id and s.status <> 'inactive'
     cross join lateral core.plan_of(i.school_id, i.student_id) plan
  )
  select case when o.code is null then 'open' else 'change' end, w.school_id, w.student_id, p.attempt, c.case_id, p.exam_day,
    p.taken,
             p.passed, w.code, w.severity, w.text, coalesce(w.evidence, '[]'), w.flag_id, null::float8
    from wanted w
    join plans p on p.school_id = w.school_id and p.student_id = w.student_id and not p.passed
    left join (select distinct o.school_id, o.student_id, o.attempt, o.case_id from files o) c
           on c.school_id = w.school_id and c.student_id = w.student_id and c.attempt = p.attempt
    left join files o on o.school_id = w.school_id and o.case_id = c.case_id and o.code = w.code
   where o.code is null or (o.severity, o.evidence) is distinct from (w.severity, coalesce(w.evidence, '[]'))
  union all
  select 'close', o.school_id, o.student_id, o.attempt, o.case_id, p.exam_day, p.taken, p.passed, o.code, o.severity, null, null,
    null,
         null
    from files o
    join plans p on p.school_id = o.school_id and p.student_id = o.student_id and p.attempt = o.attempt
   where o.code is not null
     and not exists (select from wanted w where w.school_id = o.school_id and w.student_id = o.student_id and w.code = o.code)
  union all
  select distinct x.what, o.school_id, o.student_id, o.attempt, o.case_id, p.exam_day, p.taken, p.passed, null::text, null::int2,
         null::text, null::jsonb, null::int8, a.p
    from files o
    join plans p on p.school_id = o.school_id and p.student_id = o.student_id
    left join core.assessment a on a.school_id = o.school_id and a.student_id = o.student_id and o.mark_delta is not null
   cross join lateral (
          select 'over' as what where o.state <> 'resolved' and (o.attempt < p.attempt or p.passed)
          union all
          select 'plan' where o.attempt = p.attempt and (o.exam_taken, o.exam_on) is distinct from (p.taken, p.exam_day)
          union all
          select 'fall' where o.attempt = p.attempt and a.p <= o.mark_p - o.mark_delta + 1e-9 and not p.taken and not p.passed
                          and (o.state = 'watching' or (o.state = 'resolved' and a.state = 1))) x;
end
$$;
