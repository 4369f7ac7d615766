-- What the office has loaded of one form on one day of one student: the newest revision, retracted or not; none where nothing has
-- been. Such results have no device behind them (device_id 0).
create or replace function core.official_result(p_school int4, p_student int8, p_instrument text, p_form text,
                                                p_taken_at timestamptz)
  returns setof core.result
  language sql stable as $$
  select r.*
    from core.result r
   where r.school_id::int8 = p_school and r.student_id = p_student -- the cast: see index result_by_student
     and r.device_id = 0 and r.instrument = p_instrument and r.form = p_form and r.taken_at = p_taken_at
   order by r.revision desc
   limit 1
$$;
