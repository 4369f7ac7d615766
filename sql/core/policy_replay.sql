-- A policy run over the past: had it been in force, whom would it have kept waiting each week, and how did those end? For the
-- attempts taken from p_from to p_to whose outcome is known, on each Monday morning (the school's) of the last 26 weeks before the
-- exam, and at the beginning of the exam's day.
--
-- What was known then: core.policy_findings(past); the day on which the exam was taken stands for the day planned, because a plan
-- that was loaded later tells nothing of what it was. The estimates of then are not kept: clauses on them are unknown, and listed
-- (unknown_clauses). So is "inside_rules".
--
-- A student counts as not cleared while the policy is not met, or, once the day by which it was to be met is over, while it cannot
-- be said. caught: failed, and not cleared when the exam's day began; missed: failed, and cleared; false_alarms: passed, and not
-- cleared. A student whom the policy had kept from sitting might have done otherwise later: this counts what it would have said,
-- not what it would have changed.
create or replace function core.policy_replay(p_school int4, p_rule jsonb, p_from date, p_to date) returns jsonb
  language sql stable as $$
  with sat as materialized (
    select s.student_id, t.attempt, t.taken_on, t.outcome, z.zone
      from core.school z
      join core.attempt_fact s on s.school_id = z.school_id and s.used > 0 -- a few of all: folding an attempt is what costs
     cross join lateral core.attempts_of(p_school, s.student_id) t
     where z.school_id = p_school and t.taken_on between p_from and p_to and t.outcome is not null
  ), looks as materialized (
    select row_number() over () as n, s.*, w.day, w.last
      from sat s
     cross join lateral (
            select d::date as day, false as last
              from generate_series(date_trunc('week', s.taken_on - interval '25 weeks'), s.taken_on - interval '1 day', '7 days') d
            union all select s.taken_on, true) w
  ), vectors as materialized ( -- truths alone, without what was found: of a class there are tens of thousands
    select f.n, jsonb_object_agg(f.path, f.truth) as truths
      from core.policy_findings(p_school, p_rule, (
             select array_agg(row(l.n, l.student_id,
                                  case when l.last then l.day::timestamp else l.day + time '06:00' end at time zone l.zone,
                                  l.day, l.taken_on, l.attempt, null, true)::core.policy_case) from looks l), p_why => false) f
     group by f.n
  ), settled as materialized (
    select v.truths, core.policy_truth(p_rule -> 'require', '/require', v.truths) as truth from (select distinct x.truths
      from vectors x) v
  ), said as materialized (
    select l.student_id, l.attempt, l.outcome, l.day, l.last,
           case core.policy_verdict(p_rule, s.truth, l.day > core.policy_due(p_rule, l.taken_on))
             when 'meets' then false when 'does_not_meet' then true else coalesce(l.day > core.policy_due(p_rule, l.taken_on),
               false) end as held
      from looks l
      join vectors v on v.n = l.n
      join settled s on s.truths = v.truths
  ), stepped as (
    select s.*, s.held and not coalesce(lag(s.held) over (partition by s.student_id, s.attempt order by s.day, s.last),
      false) as newly from said s
  ), weeks as (
    select s.day as week, count(*) as looked_at, count(*) filter (where s.held) as not_cleared, count(*)
      filter (where s.newly) as newly
      from stepped s where not s.last group by s.day
  ), ends as (
    select count(*) as n, count(*) filter (where outcome = 2) as failed, count(*) filter (where outcome = 2 and held) as caught,
           count(*) filter (where outcome = 1 and held) as false_alarms
      from said where last
  )
  select jsonb_build_object(
           'from', p_from, 'to', p_to, 'attempts', e.n, 'passed', e.n - e.failed, 'failed', e.failed, 'caught', e.caught,
           'missed', e.failed - e.caught, 'false_alarms', e.false_alarms, 'cleared_and_passed', e.n - e.failed - e.false_alarms,
           'caught_of_failed', core.share_interval(e.caught, e.failed),
           'held_of_passed', core.share_interval(e.false_alarms, e.n - e.failed),
           'failed_of_held', core.share_interval(e.caught, e.caught + e.false_alarms),
           'peak', (select jsonb_build_object('week', w.week, 'newly', w.newly) from weeks w order by w.newly desc, w.week limit 1),
           'weeks', coalesce((select jsonb_agg(to_jsonb(w) order by w.week) from weeks w), '[]'),
           'unknown_clauses', coalesce((select jsonb_agg(l.path order by l.path) from core.policy_leaves(p_rule) l
                                         where l.kind in ('p_pass', 'state') or l.spec -> 'inside_rules' = 'true'), '[]'))
    from ends e
$$;
