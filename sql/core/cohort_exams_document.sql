-- The exams between two days, by day or by week (p_by), as api.cohort_exams says. p_me, p_least: as core.cohort_document.
create or replace function core.cohort_exams_document(p_me core.me, p_years int2[], p_track int2, p_least int4,
  p_by text, p_from date, p_to date)
  returns jsonb
  language plpgsql stable as $$
declare
  c_hidden constant jsonb := '{"n": null, "states": null, "last_safe_days": null, "deadlines": null, "students": null}';
  v_today date := (p_me.now at time zone p_me.zone)::date;
  v_filter jsonb;
  v_body jsonb;
begin
  v_filter := case when p_least = 0 then core.cohort_filter(p_years, p_track) || '{"stage": "to_sit"}' end; -- null leads to nobody
  with c as materialized (
    select r.student_id, r.state, r.exam_day
      from core.cohort_rows_for(p_me.school_id, p_years, p_track, p_least) r where r.stage = 'to_sit'
  ), due as materialized (
    select d.student_id, d.last_safe_on, least(d.taken_by, d.passed_by) as deadline
      from core.calendar_rows(p_me.school_id, p_me.now) d where d.student_id in (select c.student_id from c)
  ), slot as (
    select row_number() over (order by g.day) as i, greatest(g.day::date, p_from) as low,
           least(case p_by when 'day' then g.day::date else g.day::date + 6 end, p_to) as high
      from generate_series(case p_by when 'day' then p_from else date_trunc('week', p_from)::date end::timestamp, p_to::timestamp,
                           case p_by when 'day' then interval '1 day' else interval '7 days' end) g(day)
  ), sits as materialized (
    select c.exam_day as day, count(*) as n, array_agg(c.state) as states from c group by c.exam_day
  ), safe as materialized (
    select d.last_safe_on as day, count(*) as n from due d group by d.last_safe_on
  ), ends as materialized (
    select d.deadline as day, count(*) as n from due d group by d.deadline
  ), filled as (
    select s.*, x.n, x.states, l.safe, o.deadlines,
      core.hidden_cells(array_agg(x.n) over (order by s.i rows between unbounded preceding
             and unbounded following), p_least) as hidden
      from slot s
     cross join lateral (select coalesce(sum(y.n), 0)::int8 as n,
                                (select array_agg(u.state) from sits z, unnest(z.states) u(state)
                                  where z.day between s.low and s.high) as states
                           from sits y where y.day between s.low and s.high) x
     cross join lateral (select coalesce(sum(y.n), 0)::int8 as safe from safe y where y.day between s.low and s.high) l
     cross join lateral (select coalesce(sum(y.n), 0)::int8 as deadlines from ends y where y.day between s.low and s.high) o
  )
  select jsonb_build_object(
    'day', v_today, 'from', p_from, 'to', p_to, 'by', p_by,
    'as_of', (select jsonb_build_object('first', min(r.as_of), 'last', max(r.as_of))
                from core.cohort_rows_for(p_me.school_id, p_years, p_track, p_least) r where r.stage = 'to_sit'),
    'n', (select case when count(*) >= p_least then count(*) end from c where c.exam_day between p_from and p_to),
    'items', coalesce(jsonb_agg(jsonb_build_object('from', f.low, 'to', f.high)
               || case when f.hidden[f.i] then c_hidden else jsonb_build_object(
                    'n', f.n, 'states', case when p_least = 0 then core.cohort_states(f.states, f.filter, 0) end,
                    'last_safe_days', case when p_least = 0 then f.safe end, 'deadlines', case when p_least = 0
                      then f.deadlines end,
                    'students', core.link(f.filter)) end order by f.i), '[]'))
    into v_body
    from (select x.*, v_filter || jsonb_build_object('exam_from', x.low, 'exam_to', x.high) as filter from filled x) f;
  return v_body;
end
$$;
