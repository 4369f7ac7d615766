-- What there is to know of one student beside the results, as one JSON document:
-- {"student","devices","plan","attempts","assessment", "flags"}. For the operator's page and the office's (api.student_show,
-- api.student).
create or replace function core.student_document(p_student core.student) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'student', jsonb_build_object(
      'student_id', p_student.external_id, 'given_name', p_student.given_name, 'family_name', p_student.family_name,
      'email', p_student.email, 'class_year', p_student.class_year,
      'track', (array['us_md', 'us_do', 'non_us'])[p_student.track + 1],
      'adviser_email', p_student.adviser_email, 'dedicated_start', p_student.dedicated_day, 'deadline', p_student.deadline,
      'status', p_student.status, 'invited_at', p.invited_at, 'enrolled_at', p.enrolled_at, 'last_sync_at', p.last_sync_at,
      'stale', p.assessed_version < p.version),
    'devices', (select coalesce(jsonb_agg(jsonb_build_object(
                         'device_id', d.device_id, 'name', d.name, 'created_at', d.created_at, 'revoked_at', d.revoked_at,
                         'revoked_reason', d.revoked_reason,
                         'certificate_not_after', (select max(c.not_after) from core.certificate c
                                                    where c.school_id = d.school_id and c.device_id = d.device_id
                                                      and c.state = 'issued')) order by d.device_id), '[]')
                  from core.device d where d.school_id = p_student.school_id and d.student_id = p_student.student_id),
    'plan', (select to_jsonb(plan) - 'study' from core.plan_of(p_student.school_id, p_student.student_id) plan),
    'attempts', (select coalesce(jsonb_agg(jsonb_build_object(
                          'attempt', t.attempt, 'planned_on', t.planned_on, 'permit_from', t.permit_from, 'permit_to', t.permit_to,
                          'taken_on', t.taken_on, 'outcome', (array['pass', 'fail'])[t.outcome],
                          'outcome_known_on', t.outcome_known_on) order by t.attempt), '[]')
                   from core.attempts_of(p_student.school_id, p_student.student_id) t),
    'assessment', (select jsonb_build_object(
                            'state', core.state_name(a.state), 'as_of', a.as_of, 'p', a.p, 'p_low', a.p_low, 'p_high', a.p_high,
                            'base_rate', a.base_rate, 'readiness_mean', a.readiness_mean, 'readiness_sd', a.readiness_sd,
                            'exam_mean', a.exam_mean, 'exam_sd', a.exam_sd, 'growth_per_week', a.growth_per_week,
                            'results_used', a.results_used, 'exam_day', a.exam_day, 'last_check_at', a.last_check_at,
                            'parameters', s.version, 'reasons', coalesce(a.reasons_text::json, a.reasons))
                     from core.assessment a
                     left join ops.parameter_set s on s.school_id = a.school_id and s.parameters_id = a.parameters_id
                    where a.school_id = p_student.school_id and a.student_id = p_student.student_id),
    'flags', (select coalesce(jsonb_agg(jsonb_build_object(
                       'code', f.code, 'version', f.version, 'severity', core.severity_name(f.severity), 'text', f.text,
                       'since', f.opened_at, 'closed_at', f.closed_at, 'detail', f.detail)
                       order by f.closed_at desc nulls first, f.severity desc, f.opened_at desc, f.code), '[]')
                from core.flag f where f.school_id = p_student.school_id and f.student_id = p_student.student_id))
    from core.progress p
   where p.school_id = p_student.school_id and p.student_id = p_student.student_id
$$;
