-- The day by which a case is to be dealt with when nobody says otherwise: by its severity, from the school's day at a time.
create or replace function core.case_due_on(p_school int4, p_severity int2, p_at timestamptz) returns date
  language sql stable as $$
  select (p_at at time zone s.zone)::date
         + core.setting(p_school, case when p_severity >= 4 then 'due_urgent_days' else 'due_warning_days' end)::int4
    from core.school s where s.school_id = p_school
$$;
