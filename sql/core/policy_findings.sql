-- Each clause of a policy for each of these cases: truth (null: unknown), what it found, and the results that it looked at, newest
-- first. One statement for a student, a class, or a past year: how it is asked decides what it costs.
--
-- What is known of a result: of each id the highest revision, unless retracted, taken no later than as_of. In a replay (past),
-- moreover only what had been received by then; what was received after the day of the exam was loaded afterwards, and is taken as
-- known on the day it was taken. A form counts as seen before where the student has an earlier result on it, or said so. Official
-- is what the office itself loaded: no device stands behind it (device_id 0).
--
-- p_results false: without the results, which cost most of it.
drop function if exists core.policy_findings(int4, jsonb, core.policy_case[]);
drop function if exists core.policy_findings(int4, jsonb, core.policy_case[], bool);
create function core.policy_findings(p_school int4, p_rule jsonb, p_cases core.policy_case[], p_results bool default true)
  returns table (n int8, path text, truth bool, found jsonb, results jsonb)
  language sql stable as $$
  with leaves as materialized (
    select l.* from core.policy_leaves(p_rule) l
  ), cases as materialized (
    select c.* from unnest(p_cases) c
  ), zone as materialized (
    select c.zone from core.school c where c.school_id = p_school
  ), wanted as materialized (
    select l.path, l.kind, e.value ->> 'instrument' as instrument,
           array_position('{epc,percent,three_digit,nbme800,cbse_old,own}'::text[], e.value ->> 'scale') as scale,
           ((e.value ->> 'min_score')::numeric * 100)::int4 as least, (l.spec ->> 'at_least')::int4 as at_least,
           coalesce(l.spec ->> 'pick', 'any') = 'latest' as latest, (l.spec ->> 'within_days')::int4 as within_days,
           (l.spec ->> 'within_days_of_exam')::int4 as within_days_of_exam, coalesce((l.spec ->> 'timed')::bool, false) as timed,
           coalesce((l.spec ->> 'new_form')::bool, false) as new_form, coalesce((l.spec ->> 'official')::bool, false) as official
      from leaves l
     cross join lateral jsonb_array_elements(l.spec -> 'of') e
     where l.kind in ('checks', 'last_check')
  ), stored as materialized (
    select r.student_id, r.result_id, r.revision, r.retracted, r.instrument, r.form, r.taken_at, r.received_at, r.scale,
      r.score_centi, r.mode,
           r.repeat, r.device_id, (r.taken_at at time zone z.zone)::date as day,
             (r.received_at at time zone z.zone)::date as received_on,
           r.form <> '' and first_value(r.result_id) over (partition by r.student_id, r.instrument, r.form order by r.taken_at,
             r.result_id)
             <> r.result_id as seen_before
      from core.result r cross join zone z
     where r.school_id::int8 = p_school and r.student_id = any (array(select c.student_id from cases c))
       and r.instrument = any (array(select w.instrument from wanted w))
  ), known as (
    select distinct on (c.n, r.result_id) c.n, c.today, c.exam_on, r.*
      from cases c
      join stored r on r.student_id = c.student_id
     where r.taken_at <= c.as_of
       and (not c.past or case when coalesce(r.received_on <= c.exam_on, true) then r.received_at else r.taken_at end <= c.as_of)
     order by c.n, r.result_id, r.revision desc
  ), fit as ( -- in all but the score
    select k.*, w.path, w.kind, w.at_least, w.latest, coalesce(k.score_centi >= w.least, true) as good,
           row_number() over (partition by k.n, w.path order by k.taken_at desc, k.result_id) as place
      from known k
      join wanted w on w.instrument = k.instrument and w.scale = k.scale
     where not k.retracted and (not w.timed or k.mode = 1) and (not w.new_form or not (k.repeat or k.seen_before))
       and (not w.official or k.device_id = 0) and coalesce(k.today - k.day <= w.within_days, true)
       and (w.kind = 'last_check' or coalesce(k.exam_on - k.day between 0 and w.within_days_of_exam, w.within_days_of_exam is null))
  ), counted as (
    select f.n, f.path, count(*) filter (where not f.latest or f.place <= f.at_least) as fitting,
           count(*) filter (where f.good and (not f.latest or f.place <= f.at_least)) as good, max(f.day) as newest_on,
           jsonb_agg(jsonb_build_object('result_id', f.result_id, 'revision', f.revision, 'instrument', f.instrument, 'form',
             f.form,
                       'taken_on', f.day, 'scale', (array['epc', 'percent', 'three_digit', 'nbme800', 'cbse_old', 'own'])[f.scale],
                       'score', f.score_centi / 100.0::float8, 'reaches', f.good)
                     order by f.place) filter (where p_results and f.place <= 20) as results
      from fit f
     group by f.n, f.path
  )
  select c.n, l.path, t.truth,
         case l.kind
           when 'checks' then jsonb_build_object('wanted', (l.spec ->> 'at_least')::int4, 'fitting', coalesce(k.fitting, 0),
             'reaching', coalesce(k.good, 0))
           when 'last_check' then jsonb_build_object('within_days_of_exam', (l.spec ->> 'within_days_of_exam')::int4, 'newest_on',
             k.newest_on,
                                                     'days_before_exam', c.exam_on - k.newest_on)
           when 'p_pass' then jsonb_build_object('p', a.p, 'p_low', a.p_low, 'as_of', a.as_of, 'at_least', l.spec -> 'at_least',
                                                 'low_at_least', l.spec -> 'low_at_least')
           when 'state' then jsonb_build_object('state', core.state_name(a.state), 'as_of', a.as_of)
           when 'exam' then jsonb_build_object('exam_on', c.exam_on, 'breaks', to_jsonb(c.breaks))
           else jsonb_build_object('attempt', c.attempt) end,
         coalesce(k.results, '[]')
    from cases c
   cross join leaves l
    left join counted k on k.n = c.n and k.path = l.path
    left join core.assessment a on l.kind in ('p_pass', 'state') and not c.past and a.school_id = p_school
      and a.student_id = c.student_id
      and c.today - (a.as_of at time zone (select z.zone from zone z))::date <= coalesce((l.spec ->> 'max_age_days')::int4, 7)
   cross join lateral (
          select case l.kind
            when 'checks' then
              case when l.spec ? 'within_days_of_exam' and c.exam_on is null then null
                   when k.good >= (l.spec ->> 'at_least')::int4 then true
                   when k.fitting >= (l.spec ->> 'at_least')::int4 then false end
            when 'last_check' then
              case when c.exam_on - k.newest_on <= (l.spec ->> 'within_days_of_exam')::int4 then true
                   when c.today >= c.exam_on - (l.spec ->> 'within_days_of_exam')::int4 then false end
            when 'p_pass' then
              case when a.state <> 4 then a.p >= (l.spec ->> 'at_least')::float8
                and a.p_low >= coalesce((l.spec ->> 'low_at_least')::float8, 0) end
            when 'state' then
              case when a.state <> 4 or l.spec -> 'in' ? 'cannot_say' then l.spec -> 'in' ? core.state_name(a.state) end
            when 'exam' then
              (c.exam_on is not null or not coalesce((l.spec ->> 'planned')::bool, false))
              and (coalesce((l.spec ->> 'inside_rules')::bool, false) is false or c.breaks = '{}')
            when 'attempt' then c.attempt <= (l.spec ->> 'most')::int4
          end as truth) t
$$;
