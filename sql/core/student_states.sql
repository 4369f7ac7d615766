-- All that the estimates of these students rest on: for each place n of the two arrays (school and student) one row; state is null
-- where there is no such student. One statement that the planner folds into its caller's. The deadline is the roster's own for this
-- student, else the one that the school set for the class. Without p_results their results are null, and nothing looks for them.
drop function if exists core.student_states(int4[], int8[]); -- it was given a further parameter
create or replace function core.student_states(p_schools int4[], p_students int8[], p_results bool default true)
  returns table (n int8, state api.student_state)
  language sql stable as $$
  select k.n,
         case when s.student_id is not null then
           row(k.school_id, k.student_id, p.version, coalesce(sc.parameters_id, 0), s.external_id, sc.zone, s.track, plan.attempt,
               plan.failures, plan.exam_day, coalesce(plan.dedicated_day, s.dedicated_day), plan.permit_from, plan.permit_to,
               coalesce(s.deadline,
                        (select d.day from core.deadline_of(k.school_id, s.class_year, (core.now() at time zone sc.zone)::date) d)),
               p.enrolled_at is not null, coalesce(p.enrolled_at, p.invited_at), p.last_sync_at,
               coalesce(a.state, 0::int2), coalesce(a.pending_runs, 0::int2),
               case when p_results then coalesce(res.results, '{}') end, plan.last_failed_day,
               plan.sittings, plan.date_moves, plan.study)::api.student_state
         end
    from unnest(p_schools, p_students) with ordinality k(school_id, student_id, n)
    left join core.student s on s.school_id = k.school_id and s.student_id = k.student_id
    left join core.progress p on p.school_id = k.school_id and p.student_id = k.student_id
    left join core.school sc on sc.school_id = k.school_id
    left join core.assessment a on a.school_id = k.school_id and a.student_id = k.student_id
    left join lateral core.plan_of(k.school_id, k.student_id) plan on s.student_id is not null
    left join lateral (
           select array_agg(row(r.result_id, r.revision, r.retracted, r.instrument, r.form, r.taken_at, r.scale, r.score_centi,
                                r.mode, r.repeat, r.items, r.correct, r.omitted, r.seconds, r.seconds_allowed, r.printed_p_pass_bp,
                                r.subs)::api.result_row) as results
             from core.current_results(k.school_id, k.student_id) r) res on p_results and s.student_id is not null
  offset 0 -- keeps the row whole: callers take its fields apart, and each would build it anew
$$;
