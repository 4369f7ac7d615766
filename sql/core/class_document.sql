-- The report of one class year: how it stands, whose exam is near, what was done, where it is weak, and how it compares with the
-- classes before. Figures alone and nobody behind them. One JSON document:
--   core.paper_head, "class_year", "small_cell", "cohort" (core.cohort_document), "exams" (by week, core.cohort_exams_document),
--   "funnel" (of half a year), "areas", "classes" (this and up to four earlier, by weeks before the exam)
--
-- p_least: below which count a figure is hidden; the report leaves the page it was made on, so callers give the school's small_cell
-- unless whoever asked sees the records anyway and wants it so.
create or replace function core.class_document(p_school core.school, p_class_year int2, p_as_of timestamptz, p_least int4)
  returns jsonb
  language plpgsql stable as $$
declare
  c_weeks constant int4 := 90; -- days of exams ahead: as the page of the cohort
  c_earlier constant int4 := 4;
  v_me core.me := core.paper_me(p_school, p_as_of);
  v_day date := (p_as_of at time zone p_school.zone)::date;
  v_years int2[] := array[p_class_year];
  v_compared int2[] := array(select distinct s.class_year from core.student s
                              where s.school_id = p_school.school_id and s.status <> 'inactive' and s.class_year <= p_class_year
                              order by s.class_year desc limit c_earlier + 1);
begin
  return core.paper_head(p_school, 'class', p_as_of) || jsonb_build_object(
    'class_year', p_class_year, 'small_cell', nullif(p_least, 0),
    'cohort', core.cohort_document(v_me, v_years, null, p_least),
    'exams', core.cohort_exams_document(v_me, v_years, null, p_least, 'week', v_day, v_day + c_weeks),
    'funnel', core.cohort_funnel_document(v_me, v_years, null, p_least, v_day - core.funnel_days(), v_day),
    'areas', core.cohort_areas_document(v_me, v_years, null, p_least),
    'classes', core.cohort_classes_document(v_me, v_compared, null, p_least, 'exam'));
end
$$;
