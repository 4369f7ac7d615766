-- core.class_courses for these weeks, from what is kept where that still rests on the same (core.course_marks), computed for the
-- other classes. Whoever has not all students in scope gets theirs: the marks are of those.
create or replace function core.courses_known(p_school int4, p_by text, p_years int2[], p_track int2)
  returns table (class_year int2, week int4, n int8, quartiles float8[], at_risk int8)
  language plpgsql stable as $$
#variable_conflict use_column
declare
  v_weeks constant int4[] := core.course_weeks(p_by);
  v_kept int2[];
  v_others int2[];
begin
  select array_agg(m.class_year) filter (where k.school_id is not null), array_agg(m.class_year) filter (where k.school_id is null)
    into v_kept, v_others
    from core.course_marks(p_school, p_by, p_years, p_track, v_weeks[1], v_weeks[2]) m
    left join core.course_kept k on k.school_id = p_school and k.counted = p_by and k.track = coalesce(p_track, -1)
                                and k.class_year = m.class_year and k.mark = m.mark;
  return query
  select nullif(k.class_year, 0::int2), w.week, w.n, array[w.q1, w.median, w.q3], w.at_risk
    from core.course_kept k
   cross join lateral unnest(k.weeks, k.n, k.at_risk, k.q1, k.median, k.q3) w(week, n, at_risk, q1, median, q3)
   where k.school_id = p_school and k.counted = p_by and k.track = coalesce(p_track, -1) and k.class_year = any (v_kept);
  if v_others is not null then
    return query select c.* from core.class_courses(p_school, p_by, v_others, p_track, v_weeks[1], v_weeks[2]) c;
  end if;
end
$$;
