-- The exams ahead, by day or by week: how many are planned and how these students stand, how many last safe days and deadlines fall
-- into it. GET /api/v1/cohort/exams
--   class_year  one, or several with a comma; track
--   by          week (from Monday, default), day
--   from, to    days, both with; default: from today for 13 weeks; at most 400 days, by day 120
--
-- The list of the days themselves, with names, is GET /calendar. A last safe day is core.calendar_rows()'; deadlines are the
-- school's days by which an exam is to be taken or passed. Days on which nothing falls are there, with 0.
--
-- Who: sg_office, right "cohort". Ground: figures. Locks: none.
create or replace function api.cohort_exams(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_most constant int4 := 400;     -- as GET /calendar
  c_days_most constant int4 := 120; -- more bars than a screen has room for
  c_hidden constant jsonb := '{"n": null, "states": null, "last_safe_days": null, "deadlines": null, "students": null}';
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_today date := (v_me.now at time zone v_me.zone)::date;
  v_by text;
  v_from date;
  v_to date;
  v_years int2[];
  v_track int2;
  v_least int4;
  v_filter jsonb;
  v_body jsonb;
begin
  perform core.args_known(p_args, '{class_year,track,by,from,to,format}');
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_by := core.arg_choice(p_args, 'by', '{week,day}', 'week');
  v_from := coalesce(core.arg_day(p_args, 'from'), v_today);
  v_to := coalesce(core.arg_day(p_args, 'to'), v_from + 90);
  if v_to < v_from or v_to - v_from >= (case v_by when 'day' then c_days_most else c_most end) then
    perform core.refuse(422, 'invalid', format('"to" must be less than %s days after "from", by day less than %s.', c_most,
      c_days_most), 'to');
  end if;
  v_least := core.cohort_least(v_me);
  v_filter := case when v_least = 0 then core.cohort_filter(v_years, v_track) || '{"stage": "to_sit"}' end; -- null leads to nobody
  with c as materialized (
    select r.student_id, r.state, r.exam_day
      from core.cohort_rows_for(v_me.school_id, v_years, v_track, v_least) r where r.stage = 'to_sit'
  ), due as materialized (
    select d.student_id, d.last_safe_on, least(d.taken_by, d.passed_by) as deadline
      from core.calendar_rows(v_me.school_id, v_me.now) d where d.student_id in (select c.student_id from c)
  ), slot as (
    select row_number() over (order by g.day) as i, greatest(g.day::date, v_from) as low,
           least(case v_by when 'day' then g.day::date else g.day::date + 6 end, v_to) as high
      from generate_series(case v_by when 'day' then v_from else date_trunc('week', v_from)::date end::timestamp, v_to::timestamp,
                           case v_by when 'day' then interval '1 day' else interval '7 days' end) g(day)
  ), sits as materialized (
    select c.exam_day as day, count(*) as n, array_agg(c.state) as states from c group by c.exam_day
  ), safe as materialized (
    select d.last_safe_on as day, count(*) as n from due d group by d.last_safe_on
  ), ends as materialized (
    select d.deadline as day, count(*) as n from due d group by d.deadline
  ), filled as (
    select s.*, x.n, x.states, l.safe, o.deadlines,
      core.hidden_cells(array_agg(x.n) over (order by s.i rows between unbounded preceding
             and unbounded following), v_least) as hidden
      from slot s
     cross join lateral (select coalesce(sum(y.n), 0)::int8 as n,
                                (select array_agg(u.state) from sits z, unnest(z.states) u(state)
                                  where z.day between s.low and s.high) as states
                           from sits y where y.day between s.low and s.high) x
     cross join lateral (select coalesce(sum(y.n), 0)::int8 as safe from safe y where y.day between s.low and s.high) l
     cross join lateral (select coalesce(sum(y.n), 0)::int8 as deadlines from ends y where y.day between s.low and s.high) o
  )
  select jsonb_build_object(
    'day', v_today, 'from', v_from, 'to', v_to, 'by', v_by,
    'as_of', (select jsonb_build_object('first', min(r.as_of), 'last', max(r.as_of))
                from core.cohort_rows_for(v_me.school_id, v_years, v_track, v_least) r where r.stage = 'to_sit'),
    'filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')),
    'n', (select case when count(*) >= v_least then count(*) end from c where c.exam_day between v_from and v_to),
    'items', coalesce(jsonb_agg(jsonb_build_object('from', f.low, 'to', f.high)
               || case when f.hidden[f.i] then c_hidden else jsonb_build_object(
                    'n', f.n, 'states', case when v_least = 0 then core.cohort_states(f.states, f.filter, 0) end,
                    'last_safe_days', case when v_least = 0 then f.safe end, 'deadlines', case when v_least = 0
                      then f.deadlines end,
                    'students', core.link(f.filter)) end order by f.i), '[]'))
    into v_body
    from (select x.*, v_filter || jsonb_build_object('exam_from', x.low, 'exam_to', x.high) as filter from filled x) f;
  if core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv' then
    return core.reply_list(v_me, p_args, (select jsonb_agg(x.e || jsonb_build_object('as_of', v_body #> '{as_of,last}') || coalesce(
                                                     (select jsonb_object_agg(s ->> 'state', s -> 'n')
                                                        from jsonb_array_elements(nullif(x.e -> 'states', 'null')) s),
                                                          '{}') order by x.i)
                                            from jsonb_array_elements(v_body -> 'items') with ordinality x(e, i)), null, null, null,
                           '{from,to,n,at_risk,borderline,on_track,cannot_say,none,last_safe_days,deadlines,as_of}');
  end if;
  return core.reply(v_body, '{}', v_me.ground);
end
$$;
