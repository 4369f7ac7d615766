-- The calendar of a school's students (all, or those of p_students): for each the coming attempt, as core.plan_of has it, and the
-- days that rules and plans make of it, on the school's day at p_as_of. The one place where these are computed. p_as_of moves the
-- day and the rules in force; of plans and outcomes it is what is known now.
--
--   exam_on      E: the day taken, else planned
--   earliest_on  the first day on which this attempt may be sat: not before the permit begins, the distances between attempts
--                (core.next_attempt_day), the school's weeks of directed study after the last failure became known. Null: any day.
--   latest_on    the last exam day that keeps the student's path: inside the permit, no later than taken_by, and with the result
--                back (core.result_day with the weeks to plan with) by passed_by, and by the first day of the block, less the days
--                of lock-out. Null: any day. The block is the first that can still be reached: whose last exam day is not over (for
--                an exam taken: was not when it was taken).
--   last_safe_on the last day on which a decision about the date still protects the path: the earlier of E and latest_on, less the
--                notice that moving an exam needs. With E before latest_on it can be postponed until then, by room_days; with E
--                after it (room_days negative) that is the last day to move it forward; with no E, the last day to take one. Null
--                once the exam was taken, where nothing is planned and no rule sets a day, and where no lawful day is left.
--   result_typical_on, result_plan_on   when the result of E is typically there, and the day to plan with
--   retake_on    should the attempt at E fail: the first day of another one, no earlier than its result is typically there. Null:
--                there is none to come. retake_fits: that day still keeps the path, as far as that does not hang on its permit.
--   attempts_left  what the limit still allows, the coming one among them; the one that waits for its result is used
--   breaks       codes of core.calendar_break_words(): what stands against this plan
--   rules        {"earliest_on": [{"rule", "by", "version", "valid_from", "value", "day", "with"}, …], …}: for each of these days
--                what bounds it, the one that made it first. Built only where it is asked for: this function is folded into its
--                caller's query.
--
-- Who passed has the day of that exam, and nothing to come.
drop function if exists core.calendar_rows(int4, timestamptz, int8[]);
create function core.calendar_rows(p_school int4, p_as_of timestamptz, p_students int8[] default null)
  returns table (student_id int8, today date, attempt int2, failures int2, passed bool, taken bool, exam_on date, permit_from date,
                 permit_to date, permit_extended_to date, taken_by date, passed_by date, block text, block_on date,
                   earliest_on date,
                 latest_on date, last_safe_on date, room_days int4, result_typical_on date, result_plan_on date, retake_on date,
                 retake_fits bool, attempts_used int2, attempts_left int2, failed_on date, failure_known_on date, breaks text[],
                 rules jsonb)
  language sql stable as $$
  select s.student_id, at.today, a.attempt, a.failures, a.passed, a.taken, a.exam_on, a.permit_from, a.permit_to, d.extended_to,
         d.taken_by, d.passed_by, w.block_names[b.n], w.block_days[b.n], d.earliest_on, d.latest_on,
         case when d.open and not coalesce(d.earliest_on > d.latest_on, false) then least(a.exam_on,
           d.latest_on) - w.notice_days end,
         d.latest_on - a.exam_on, d.typical_on, d.plan_on, r.retake_on, r.retake_on <= least(d.taken_by, d.passed_latest, b.latest),
         a.used::int2, greatest(w.attempt_limit - a.used, 0)::int2, a.failed_on, a.failure_known_on,
         case when a.passed then '{}' else array_remove(array[
           case when not a.taken and a.used >= w.attempt_limit then 'limit_reached' end,
           case when a.undated then 'day_unknown' end,
           case when d.earliest_on > d.latest_on then 'no_lawful_day' end,
           case when d.open and a.exam_on < greatest(d.spaced_on, d.studied_on) then 'too_soon' end,
           case when d.open and a.exam_on < a.permit_from then 'before_permit' end,
           case when d.open and a.exam_on > a.permit_to then 'after_permit' end,
           case when coalesce(a.exam_on, at.today) > d.taken_by then 'after_deadline' end,
           case when coalesce(a.exam_on, at.today) > d.passed_latest then 'result_after_deadline' end,
           case when a.exam_on > b.latest then 'result_after_block' end,
           case when not a.taken and a.exam_on < at.today then 'day_over' end], null) end,
         jsonb_strip_nulls(jsonb_build_object(
           'earliest_on', core.calendar_because(d.earliest_on, array[
             core.calendar_reason(w.refs -> 'window_attempts', core.next_attempt_day(a.days, w.window_attempts, w.window_months,
               w.spaced_from, w.first_months, w.last_months, 'window_attempts'), w.refs -> 'window_months'),
             core.calendar_reason(w.refs -> 'after_first_months', core.next_attempt_day(a.days, w.window_attempts, w.window_months,
               w.spaced_from, w.first_months, w.last_months, 'after_first_months'), w.refs -> 'spaced_from_attempt'),
             core.calendar_reason(w.refs -> 'after_last_months', core.next_attempt_day(a.days, w.window_attempts, w.window_months,
               w.spaced_from, w.first_months, w.last_months, 'after_last_months'), w.refs -> 'spaced_from_attempt'),
             core.calendar_reason(w.refs -> 'study_weeks', d.studied_on),
             core.calendar_reason('{"rule": "permit_from", "by": "plan"}', a.permit_from)]),
           'latest_on', core.calendar_because(d.latest_on, array[
             core.calendar_reason('{"rule": "permit_to", "by": "plan"}', a.permit_to),
             core.calendar_reason(case when s.deadline is not null then '{"rule": "taken_by", "by": "roster"}'
               else w.refs -> 'taken_by' end,
                                  d.taken_by),
             core.calendar_reason(w.refs -> 'passed_by', d.passed_latest, w.refs -> 'result_weeks', w.refs -> 'result_weekday'),
             core.calendar_reason(w.block_refs[b.n], b.latest, w.refs -> 'lockout_days', w.refs -> 'result_weeks',
               w.refs -> 'result_weekday')]),
           'notice', case when d.open then jsonb_build_array(w.refs -> 'notice_days') end,
           'result_typical_on', case when d.typical_on is not null then
             jsonb_build_array(w.refs -> case when w.typical_weeks = w.result_weeks then 'result_weeks'
               else 'result_typical_weeks' end,
                               w.refs -> 'result_weekday') end,
           'result_plan_on', case when d.plan_on is not null then jsonb_build_array(w.refs -> 'result_weeks',
             w.refs -> 'result_weekday') end,
           'permit_extended_to', case when d.extended_to is not null then jsonb_build_array(w.refs -> 'extension_months') end,
           'attempts_left', jsonb_build_array(w.refs -> 'attempt_limit'),
           'retake_on', core.calendar_because(r.retake_on, array[
             core.calendar_reason(w.refs -> 'window_attempts', core.next_attempt_day(r.days, w.window_attempts, w.window_months,
               w.spaced_from, w.first_months, w.last_months, 'window_attempts'), w.refs -> 'window_months'),
             core.calendar_reason(w.refs -> 'after_first_months', core.next_attempt_day(r.days, w.window_attempts, w.window_months,
               w.spaced_from, w.first_months, w.last_months, 'after_first_months'), w.refs -> 'spaced_from_attempt'),
             core.calendar_reason(w.refs -> 'after_last_months', core.next_attempt_day(r.days, w.window_attempts, w.window_months,
               w.spaced_from, w.first_months, w.last_months, 'after_last_months'), w.refs -> 'spaced_from_attempt'),
             core.calendar_reason(w.refs -> 'study_weeks', d.typical_on + nullif(w.study_weeks, 0) * 7,
               w.refs -> 'result_typical_weeks'),
             core.calendar_reason(w.refs -> 'result_typical_weeks', d.typical_on, w.refs -> 'result_weekday')])))
    from core.school c
   cross join lateral (select (p_as_of at time zone c.zone)::date as today) at
    join core.student s on s.school_id = c.school_id and (p_students is null or s.student_id = any (p_students))
    join core.calendar_terms(p_school, (select (p_as_of at time zone z.zone)::date from core.school z
      where z.school_id = p_school),
      (select array_agg(distinct coalesce(k.class_year, 0::int2)) from core.student k
        where k.school_id = p_school and k.student_id = any (p_students))) w -- null without p_students: of all classes
      on w.class_year = coalesce(s.class_year, 0)
   cross join lateral core.attempt_facts(p_school, s.student_id) a
    left join lateral (
           select x.n, x.latest
             from (select u.n, core.exam_day_for(u.day - w.lockout_days, w.result_weeks, w.weekday) as latest
                     from unnest(w.block_days) with ordinality u(day, n)) x
            where x.latest >= case when a.taken then a.exam_on else at.today end and not a.passed
            order by x.n
            limit 1) b on true
   cross join lateral (
          select not a.passed and not a.taken and a.used < w.attempt_limit as open) o
   cross join lateral (
          select o.open, case when not a.passed then coalesce(s.deadline, w.taken_by) end as taken_by,
                 case when not a.passed then w.passed_by end as passed_by,
                 case when not a.passed then core.exam_day_for(w.passed_by, w.result_weeks, w.weekday) end as passed_latest,
                 case when o.open then core.next_attempt_day(a.days, w.window_attempts, w.window_months, w.spaced_from,
                   w.first_months,
                                                             w.last_months) end as spaced_on,
                 case when o.open then a.failure_known_on + nullif(w.study_weeks, 0) * 7 end as studied_on,
                 case when o.open then (a.permit_to + make_interval(months => w.extension_months))::date end as extended_to,
                 case when not a.passed then core.result_day(a.exam_on, w.typical_weeks, w.weekday) end as typical_on,
                 case when not a.passed then core.result_day(a.exam_on, w.result_weeks, w.weekday) end as plan_on) k
   cross join lateral (
          select k.*, case when k.open then greatest(k.spaced_on, k.studied_on, a.permit_from) end as earliest_on,
                 case when k.open then least(a.permit_to, k.taken_by, k.passed_latest, b.latest) end as latest_on
          offset 0) d -- each day once, not wherever it is named
   cross join lateral (
          select case when a.taken or a.exam_on is null then a.days
                      when a.days = '{}' then array[a.exam_on]
                      else (select array_agg(x.day order by x.day desc) from unnest(a.exam_on || a.days) x(day)) end as days,
                 a.used + case when a.taken then 0 else 1 end as used) q
   cross join lateral (
          select q.days, case when not a.passed and a.exam_on is not null and q.used < w.attempt_limit then
                   greatest(core.next_attempt_day(q.days, w.window_attempts, w.window_months, w.spaced_from, w.first_months,
                     w.last_months),
                            d.typical_on + w.study_weeks * 7) end as retake_on
          offset 0) r
   where c.school_id = p_school
$$;
