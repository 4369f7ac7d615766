-- What charts draw beside the estimates, from the school's parameters in force: the pass line and what it takes to be at risk or on
-- track. One row, always; nulls where there is no set, or its text has none.
create or replace function core.model_lines(p_school int4)
  returns table (parameters text, pass_line float8, floor float8, ceiling float8, thin_sd float8, area_probability float8,
                 area_window_days float8, checks text[])
  language sql stable as $$
  select v.version, core.number_or_null(core.parameter(v.body, 'cut_epc')), core.number_or_null(core.parameter(v.body, 'floor')),
         core.number_or_null(core.parameter(v.body, 'ceiling')), core.number_or_null(core.parameter(v.body, 'thin_sd_epc')),
         core.number_or_null(core.parameter(v.body, 'area_probability')),
         core.number_or_null(core.parameter(v.body, 'area_window_days')),
         coalesce(regexp_split_to_array(core.parameter(v.body, 'readiness_checks'), '\s+'), '{}')
    from core.school s
    left join ops.parameter_set v on v.school_id = s.school_id and v.parameters_id = s.parameters_id
   where s.school_id = p_school
  offset 0 -- read once, not for every row of the caller's that names one of them
$$;
