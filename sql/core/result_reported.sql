-- What a student reported of the sittings of which the office loaded the official result: of each official one
-- {"result_id", "score", "scale", "difference"}, in the revision that stands; the difference is reported less official, null on
-- different scales. A sitting reported twice is told by the greater difference.
create or replace function core.result_reported(p_student core.student) returns table (by_result_id uuid, said jsonb)
  language sql stable as $$
  select distinct on (o.by_result_id) o.by_result_id,
         jsonb_build_object('result_id', o.result_id, 'score', r.score_centi / 100.0::float8,
                            'scale', (array['epc', 'percent', 'three_digit', 'nbme800', 'cbse_old', 'own'])[r.scale],
                            'difference', o.difference_centi / 100.0::float8)
    from core.result_overruled o
   cross join lateral (select x.score_centi, x.scale from core.result x
                        where x.school_id = o.school_id and x.result_id = o.result_id and x.student_id = o.student_id
                        order by x.revision desc limit 1) r
   where o.school_id = p_student.school_id and o.student_id = p_student.student_id
   order by o.by_result_id, abs(o.difference_centi) desc nulls first, o.result_id
$$;
