-- Each clause of a policy for each of these cases: truth (null: unknown), what it found, and the results that it looked at, newest
-- first. One statement for a student, a class, or a past year: how it is asked decides what it costs.
--
-- What is known of a result: of each id the highest revision, unless retracted, taken no later than as_of. In a replay (past),
-- moreover only what had been received by then; what was received after the day of the exam was loaded afterwards, and is taken as
-- known on the day it was taken. A form counts as seen before where the student has an earlier result on it, or said so. Official
-- is what the office itself loaded: no device stands behind it (device_id 0). What it overrules (core.result_overruled) counts
-- until it was known, and the two are one sitting of a form, not two.
--
-- A replay looks at each student on 27 days. So what can be said of a result without the day is said once, and with it from when
-- it was known until a later revision was (known_at, until); what is left for each look is to compare times.
--
-- p_why false: truths alone; found and results are null.
drop function if exists core.policy_findings(int4, jsonb, core.policy_case[]);
drop function if exists core.policy_findings(int4, jsonb, core.policy_case[], bool);
create function core.policy_findings(p_school int4, p_rule jsonb, p_cases core.policy_case[], p_why bool default true)
  returns table (n int8, path text, truth bool, found jsonb, results jsonb)
  language plpgsql stable
  set plan_cache_mode = force_generic_plan -- planning it takes longer than asking it of one student
  set enable_mergejoin = off -- nobody tells the planner how many cases there are: it sorts what it could hash
as $$
#variable_conflict use_column
begin
  return query
  with leaves as materialized (
    select l.*, (l.spec ->> 'at_least')::float8 as at_least, coalesce(l.spec ->> 'pick', 'any') = 'latest' as latest,
           (l.spec ->> 'within_days')::int4 as within_days, (l.spec ->> 'within_days_of_exam')::int4 as of_exam,
           coalesce((l.spec ->> 'timed')::bool, false) as timed, coalesce((l.spec ->> 'new_form')::bool, false) as new_form,
           coalesce((l.spec ->> 'official')::bool, false) as official
      from core.policy_leaves(p_rule) l
  ), cases as materialized (
    select c.*, coalesce(c.exam_on, 'infinity') as sits_on from unnest(p_cases) c
  ), views as materialized ( -- a student with an exam's day: from it follows when a result was known
    select distinct c.student_id, c.past, c.sits_on, c.exam_on from cases c
  ), zone as materialized (
    select c.zone from core.school c where c.school_id = p_school
  ), wanted as materialized (
    select l.*, e.value ->> 'instrument' as instrument,
           array_position('{epc,percent,three_digit,nbme800,cbse_old,own}'::text[], e.value ->> 'scale') as scale,
           ((e.value ->> 'min_score')::numeric * 100)::int4 as least
      from leaves l
     cross join lateral jsonb_array_elements(l.spec -> 'of') e
     where l.kind in ('checks', 'last_check')
  ), stored as materialized (
    select r.student_id, r.result_id, r.revision, r.retracted, r.instrument, r.form, r.taken_at, r.received_at, r.scale,
           r.score_centi, r.mode, r.repeat, r.device_id, (r.taken_at at time zone z.zone)::date as day,
           (r.received_at at time zone z.zone)::date as received_on,
           r.form <> '' and first_value(r.result_id) over (partition by r.student_id, r.instrument, r.form,
                                                                        o.by_result_id is not null
                                                           order by r.taken_at, r.result_id) <> r.result_id as seen_before,
           b.taken_at as by_taken_at, b.received_at as by_received_at,
           (b.received_at at time zone z.zone)::date as by_received_on
      from core.result r
     cross join zone z
      left join core.result_overruled o on o.school_id = p_school and o.student_id = r.student_id and o.result_id = r.result_id
      left join core.result b on b.school_id = p_school and b.result_id = o.by_result_id and b.revision = 0
     where r.school_id::int8 = p_school and r.student_id = any (array(select v.student_id from views v))
       and r.instrument = any (array(select w.instrument from wanted w))
  ), known as materialized (
    select k.*, least(k.by_known_at, min(k.known_at) over (partition by k.student_id, k.past, k.sits_on, k.result_id
                                                           order by k.revision desc
                                                           rows between unbounded preceding and 1 preceding)) as until
      from (select v.past, v.sits_on, v.exam_on, s.*,
                   greatest(s.taken_at, case when v.past and coalesce(s.received_on <= v.exam_on, true) then s.received_at end)
                     as known_at,
                   greatest(s.by_taken_at, case when v.past and coalesce(s.by_received_on <= v.exam_on, true)
                                                then s.by_received_at end) as by_known_at
              from views v
              join stored s on s.student_id = v.student_id) k
  ), ready as materialized ( -- fits in all that does not hang on the day of the look
    select k.student_id, k.past, k.sits_on, k.result_id, k.revision, k.instrument, k.form, k.taken_at, k.day,
           k.scale, k.score_centi, k.known_at,
           coalesce(k.until, 'infinity') as until, coalesce(k.score_centi >= w.least, true) as good, w.path, w.at_least, w.latest,
           w.within_days
      from known k
      join wanted w on w.instrument = k.instrument and w.scale = k.scale
     where not k.retracted and (not w.timed or k.mode = 1) and (not w.new_form or not (k.repeat or k.seen_before))
       and (not w.official or k.device_id = 0)
       and (w.kind = 'last_check' or coalesce(k.exam_on - k.day between 0 and w.of_exam, w.of_exam is null))
  ), fit as materialized ( -- in all but the score
    select c.n, r.result_id, r.revision, r.instrument, r.form, r.taken_at, r.day, r.scale, r.score_centi, r.good, r.path,
           r.at_least, r.latest, case when p_why or r.latest then
             row_number() over (partition by c.n, r.path order by r.taken_at desc, r.result_id) end as place
      from cases c
      join ready r on r.student_id = c.student_id and r.past = c.past and r.sits_on = c.sits_on
     where r.known_at <= c.as_of and c.as_of < r.until and coalesce(c.today - r.day <= r.within_days, true)
  ), counted as materialized (
    select f.n, f.path, count(*) filter (where not f.latest or f.place <= f.at_least) as fitting,
           count(*) filter (where f.good and (not f.latest or f.place <= f.at_least)) as good, max(f.day) as newest_on,
           jsonb_agg(jsonb_build_object('result_id', f.result_id, 'revision', f.revision, 'instrument', f.instrument, 'form',
                       f.form,
                       'taken_on', f.day, 'scale', (array['epc', 'percent', 'three_digit', 'nbme800', 'cbse_old', 'own'])[f.scale],
                       'score', f.score_centi / 100.0::float8, 'reaches', f.good)
                     order by f.place) filter (where p_why and f.place <= 20) as results
      from fit f
     group by f.n, f.path
  )
  select c.n, l.path, t.truth,
         case when p_why then
           case l.kind
             when 'checks' then jsonb_build_object('wanted', l.at_least, 'fitting', coalesce(k.fitting, 0),
                                                   'reaching', coalesce(k.good, 0))
             when 'last_check' then jsonb_build_object('within_days_of_exam', l.of_exam, 'newest_on', k.newest_on,
                                                       'days_before_exam', c.exam_on - k.newest_on)
             when 'p_pass' then jsonb_build_object('p', a.p, 'p_low', a.p_low, 'as_of', a.as_of, 'at_least', l.spec -> 'at_least',
                                                   'low_at_least', l.spec -> 'low_at_least')
             when 'state' then jsonb_build_object('state', core.state_name(a.state), 'as_of', a.as_of)
             when 'exam' then jsonb_build_object('exam_on', c.exam_on, 'breaks', to_jsonb(c.breaks))
             else jsonb_build_object('attempt', c.attempt) end
         end,
         case when p_why then coalesce(k.results, '[]') end
    from cases c
   cross join leaves l
    left join counted k on k.n = c.n and k.path = l.path
    left join core.assessment a on l.kind in ('p_pass', 'state') and not c.past and a.school_id = p_school
      and a.student_id = c.student_id
      and c.today - (a.as_of at time zone (select z.zone from zone z))::date <= coalesce((l.spec ->> 'max_age_days')::int4, 7)
   cross join lateral (
          select case l.kind
            when 'checks' then
              case when l.of_exam is not null and c.exam_on is null then null
                   when k.good >= l.at_least then true
                   when k.fitting >= l.at_least then false end
            when 'last_check' then
              case when c.exam_on - k.newest_on <= l.of_exam then true
                   when c.today >= c.exam_on - l.of_exam then false end
            when 'p_pass' then
              case when a.state <> 4 then a.p >= l.at_least and a.p_low >= coalesce((l.spec ->> 'low_at_least')::float8, 0) end
            when 'state' then
              case when a.state <> 4 or l.spec -> 'in' ? 'cannot_say' then l.spec -> 'in' ? core.state_name(a.state) end
            when 'exam' then
              (c.exam_on is not null or not coalesce((l.spec ->> 'planned')::bool, false))
              and (coalesce((l.spec ->> 'inside_rules')::bool, false) is false or c.breaks = '{}')
            when 'attempt' then c.attempt <= (l.spec ->> 'most')::int4
          end as truth
          offset 0) t;
end
$$;
