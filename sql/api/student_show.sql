-- Everything the office may see of one student, as one JSON document: {"student","devices","plan","attempts","assessment","flags",
-- "results"}; null where the school has no such student. Results with all their revisions, newest first.
--
-- Who: sg_operator, sg_office. Ground: the office's own work. Audited: the student looked at, or that one was asked for who is
-- not there. Locks: none.
create or replace function api.student_show(p_school_code text, p_external_id text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_student core.student;
  v_page jsonb;
begin
  select * into v_student from core.student where school_id = v_school.school_id and external_id = p_external_id;
  if not found then
    perform core.note(v_school.school_id, 'student_show', null, jsonb_build_object('unknown', p_external_id));
    return null;
  end if;

  select jsonb_build_object(
    'student', jsonb_build_object(
      'student_id', v_student.external_id, 'given_name', v_student.given_name, 'family_name', v_student.family_name,
      'email', v_student.email, 'class_year', v_student.class_year,
      'track', (array['us_md', 'us_do', 'non_us'])[v_student.track + 1],
      'adviser_email', v_student.adviser_email, 'dedicated_start', v_student.dedicated_day, 'deadline', v_student.deadline,
      'status', v_student.status, 'invited_at', p.invited_at, 'enrolled_at', p.enrolled_at, 'last_sync_at', p.last_sync_at,
      'stale', p.assessed_version < p.version),
    'devices', (select coalesce(jsonb_agg(jsonb_build_object(
                         'device_id', d.device_id, 'name', d.name, 'created_at', d.created_at, 'revoked_at', d.revoked_at,
                         'revoked_reason', d.revoked_reason,
                         'certificate_not_after', (select max(c.not_after) from core.certificate c
                                                    where c.school_id = d.school_id and c.device_id = d.device_id
                                                      and c.state = 'issued')) order by d.device_id), '[]')
                  from core.device d where d.school_id = v_student.school_id and d.student_id = v_student.student_id),
    'plan', (select to_jsonb(plan) from core.plan_of(v_student.school_id, v_student.student_id) plan),
    'attempts', (select coalesce(jsonb_agg(jsonb_build_object(
                          'attempt', t.attempt, 'planned_on', t.planned_on, 'permit_from', t.permit_from, 'permit_to', t.permit_to,
                          'taken_on', t.taken_on, 'outcome', (array['pass', 'fail'])[t.outcome],
                          'outcome_known_on', t.outcome_known_on) order by t.attempt), '[]')
                   from core.attempts_of(v_student.school_id, v_student.student_id) t),
    'assessment', (select jsonb_build_object(
                            'state', core.state_name(a.state), 'as_of', a.as_of, 'p', a.p, 'p_low', a.p_low, 'p_high', a.p_high,
                            'base_rate', a.base_rate, 'readiness_mean', a.readiness_mean, 'readiness_sd', a.readiness_sd,
                            'exam_mean', a.exam_mean, 'exam_sd', a.exam_sd, 'growth_per_week', a.growth_per_week,
                            'results_used', a.results_used, 'exam_day', a.exam_day, 'last_check_at', a.last_check_at,
                            'parameters', s.version, 'reasons', a.reasons)
                     from core.assessment a
                     left join ops.parameter_set s on s.school_id = a.school_id and s.parameters_id = a.parameters_id
                    where a.school_id = v_student.school_id and a.student_id = v_student.student_id),
    'flags', (select coalesce(jsonb_agg(jsonb_build_object(
                       'code', f.code, 'version', f.version, 'severity', core.severity_name(f.severity), 'text', f.text,
                       'since', f.opened_at, 'closed_at', f.closed_at, 'detail', f.detail)
                       order by f.closed_at desc nulls first, f.severity desc, f.opened_at desc, f.code), '[]')
                from core.flag f where f.school_id = v_student.school_id and f.student_id = v_student.student_id),
    'results', (select coalesce(jsonb_agg(jsonb_build_object(
                         'result_id', r.result_id, 'revision', r.revision, 'retracted', r.retracted, 'instrument', r.instrument,
                         'form', r.form, 'taken_at', r.taken_at, 'received_at', r.received_at,
                         'scale', (array['epc', 'percent', 'three_digit', 'nbme800', 'cbse_old', 'own'])[r.scale],
                         'score', r.score_centi / 100.0::float8, 'mode', (array['timed', 'untimed', 'tutor'])[r.mode],
                         'repeat', r.repeat, 'items', r.items, 'correct', r.correct, 'omitted', r.omitted, 'seconds', r.seconds,
                         'seconds_allowed', r.seconds_allowed, 'printed_p_pass', r.printed_p_pass_bp / 10000.0::float8,
                         'subscores', coalesce(octet_length(r.subs) / 5, 0), 'device_id', r.device_id)
                         order by r.taken_at desc, r.result_id, r.revision desc), '[]')
                  from core.result r where r.school_id::int8 = v_student.school_id and r.student_id = v_student.student_id))
    into v_page
    from core.progress p
   where p.school_id = v_student.school_id and p.student_id = v_student.student_id;

  perform core.note(v_school.school_id, 'student_show', array[v_student.student_id], null);
  return v_page;
end
$$;
