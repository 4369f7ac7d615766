-- A student's results with all their revisions, newest first, as JSON. "overruled_by" names the official result that counts in its
-- place; "reported" of an official one is what the student said of that sitting (core.result_reported).
create or replace function core.results_document(p_student core.student) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'result_id', r.result_id, 'revision', r.revision, 'retracted', r.retracted, 'instrument', r.instrument,
           'form', r.form, 'taken_at', r.taken_at, 'received_at', r.received_at,
           'scale', (array['epc', 'percent', 'three_digit', 'nbme800', 'cbse_old', 'own'])[r.scale],
           'score', r.score_centi / 100.0::float8, 'mode', (array['timed', 'untimed', 'tutor'])[r.mode],
           'repeat', r.repeat, 'items', r.items, 'correct', r.correct, 'omitted', r.omitted, 'seconds', r.seconds,
           'seconds_allowed', r.seconds_allowed, 'printed_p_pass', r.printed_p_pass_bp / 10000.0::float8,
           'subscores', coalesce(octet_length(r.subs) / 5, 0), 'device_id', r.device_id, 'overruled_by', o.by_result_id,
           'reported', case when r.device_id = 0 then (select s.said from core.result_reported(p_student) s
                                                        where s.by_result_id = r.result_id) end)
           order by r.taken_at desc, r.result_id, r.revision desc), '[]')
    from core.result r
    left join core.result_overruled o on o.school_id = p_student.school_id and o.student_id = p_student.student_id
                                     and o.result_id = r.result_id
   where r.school_id::int8 = p_student.school_id and r.student_id = p_student.student_id
$$;
