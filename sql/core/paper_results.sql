-- The results of one student that count, newest first, as a packet lists them: [{"result_id", "on", "instrument", "form", "scale",
-- "score", "mode", "repeat", "omitted", "corrected", "source", "reported"}]; source 'office' is what the school loaded itself,
-- 'student' what a client sent; "reported" is what the student said of the same sitting (core.result_reported). At most p_most.
create or replace function core.paper_results(p_student core.student, p_zone text, p_most int4) returns jsonb
  language sql stable as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'result_id', r.result_id, 'on', (r.taken_at at time zone p_zone)::date, 'instrument', r.instrument, 'form', r.form,
           'scale', (array['epc', 'percent', 'three_digit', 'nbme800', 'cbse_old', 'own'])[r.scale],
           'score', r.score_centi / 100.0::float8, 'mode', (array['timed', 'untimed', 'tutor'])[r.mode], 'repeat', r.repeat,
           'omitted', r.omitted, 'corrected', r.revision > 0,
           'source', case when r.device_id = 0 then 'office' else 'student' end, 'reported', s.said)
           order by r.taken_at desc, r.result_id desc), '[]')
    from (select c.* from core.current_results(p_student.school_id, p_student.student_id) c
           order by c.taken_at desc, c.result_id desc limit p_most) r
    left join core.result_reported(p_student) s on s.by_result_id = r.result_id
$$;
