-- api.record_evaluations for programs of the version before, which know nothing of effort and areas. These become unknown until the
-- estimate is made again.
--
-- Who: sg_student, sg_report, sg_operator. Ground: computing. Locks: those of api.record_evaluations.
create or replace function api.record_assessments(p_assessments api.assessment_row[], p_flags api.flag_row[])
  returns table (school_id int4, student_id int8, recorded bool)
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
begin
  perform core.enter((select array_agg(distinct a.school_id) from unnest(p_assessments) a));
  return query
  select r.school_id, r.student_id, r.recorded
    from api.record_evaluations(
           (select array_agg(row(a.school_id, a.student_id, a.version, a.parameters_id, a.as_of, a.state, a.pending_runs,
                                 a.readiness_mean, a.readiness_sd, a.exam_mean, a.exam_sd, a.p, a.p_low, a.p_high, a.base_rate,
                                 a.growth_per_week, a.results_used, a.exam_day, a.last_check_at, a.reasons, null, null, null, null,
                                 null, null)::api.evaluation_row order by a.n)
              from unnest(p_assessments) with ordinality
                   a(school_id, student_id, version, parameters_id, as_of, state, pending_runs, readiness_mean, readiness_sd,
                     exam_mean, exam_sd, p, p_low, p_high, base_rate, growth_per_week, results_used, exam_day, last_check_at,
                     reasons, n)), p_flags) r;
end
$$;
