-- All that past estimates of these students rest on (api.student_past), in order of student number. The plan comes in steps: what
-- was known from when on (core.plan_at). previous_state and pending_runs are those of the last night kept before p_first, from
-- which hysteresis goes on; with p_first null, those of the estimate in force.
--
-- "As known then" is: results taken by then, in their last revision and whenever they arrived; plans and outcomes as core.plan_at()
-- says; what was reported of weeks by the day it was said, in its last word; track, deadline and the roster's start of the
-- dedicated period as they stand today. Contacts with a client are not part of it.
create or replace function core.pasts_of(p_school core.school, p_students int8[], p_first date) returns setof api.student_past
  language sql stable as $$
  select s.school_id, s.student_id, s.external_id, p_school.zone, s.class_year, s.track, coalesce(p_school.parameters_id, 0),
         coalesce(before.state, 0::int2), coalesce(before.pending_runs, 0::int2), steps.plans, coalesce(ends.attempts, '{}'),
         coalesce(res.results, '{}'),
         core.study_fold(s.school_id, s.student_id, 120) -- two years, as long as a replay, and what its first day looks back on
    from unnest(p_students) k(student_id)
    join core.student s on s.school_id = p_school.school_id and s.student_id = k.student_id
   cross join lateral (
           select coalesce(s.deadline, (select d.day from core.deadline_of(s.school_id, s.class_year,
                                                                           (core.now() at time zone p_school.zone)::date) d))
                    as deadline) due
    left join lateral (
           select e.state, e.pending_runs
             from core.estimate_night e
            where p_first is not null and e.school_id = s.school_id and e.student_id = s.student_id
              and e.night = (select max(n.night) from ops.night n where n.school_id = p_school.school_id and n.night < p_first)
           union all
           select a.state, a.pending_runs
             from core.assessment a
            where p_first is null and a.school_id = s.school_id and a.student_id = s.student_id) before on true
   cross join lateral (
           select array_agg(row(m.known_from, plan.attempt, plan.failures, plan.exam_day,
                                coalesce(plan.dedicated_day, s.dedicated_day), plan.permit_from, plan.permit_to, due.deadline,
                                plan.taken_on, plan.passed, plan.date_moves)::api.plan_step
                            order by m.known_from nulls first) as plans
             from (select null::timestamptz as known_from
                   union
                   (select x.at from (
                      select c.made_at as at from core.plan_change c
                       where c.school_id = s.school_id and c.student_id = s.student_id
                      union
                      select (coalesce(a.outcome_known_on, coalesce(a.taken_on, a.planned_on) + 28) + 1)::timestamp
                             at time zone p_school.zone
                        from core.attempts_of(s.school_id, s.student_id) a where a.outcome is not null) x
                    where x.at is not null
                    order by x.at desc
                    limit 100)) m -- more moves of a date than anybody makes; the latest count
            cross join lateral core.plan_at(s.school_id, s.student_id, coalesce(m.known_from, '-infinity'),
                                            p_school.zone) plan) steps
    left join lateral (
           select array_agg(row(a.attempt, a.taken_on, a.outcome,
                                coalesce(a.outcome_known_on, a.taken_on + 28))::api.attempt_row order by a.attempt) as attempts
             from core.attempts_of(s.school_id, s.student_id) a
            where a.outcome is not null and a.taken_on is not null) ends on true
    left join lateral (
           select array_agg(row(r.result_id, r.revision, r.retracted, r.instrument, r.form, r.taken_at, r.scale, r.score_centi,
                                r.mode, r.repeat, r.items, r.correct, r.omitted, r.seconds, r.seconds_allowed, r.printed_p_pass_bp,
                                r.subs)::api.result_row) as results
             from core.current_results(s.school_id, s.student_id) r) res on true
   order by s.student_id
$$;
