-- core.cohort_rows for who may see figures of no fewer than p_least students (core.cohort_least; 0: of any): without those of a
-- class, track and stage of fewer. Left in, they could be found out: by the figures of all classes less those of all but one.
create or replace function core.cohort_rows_for(p_school int4, p_years int2[], p_track int2, p_least int4)
  returns table (student_id int8, external_id text, given_name text, family_name text, class_year int2, track int2, stage text,
                 failures int2, state int2, why text, p float8, readiness float8, readiness_sd float8, exam_day date,
                 as_of timestamptz, effort int4, area_numbers int4[], area_items int4[], area_correct int4[],
                 area_difference_centi int4[], weak_areas int4[])
  language sql stable as $$
  select r.* from core.cohort_rows(p_school, p_years, p_track) r where p_least = 0
  union all
  select (c.r).*
    from (select r, count(*) over (partition by r.class_year, r.track, r.stage) as cell
            from core.cohort_rows(p_school, p_years, p_track) r where p_least > 0) c
   where c.cell >= p_least
$$;
