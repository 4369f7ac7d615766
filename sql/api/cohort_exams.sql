-- The exams ahead, by day or by week: how many are planned and how these students stand, how many last safe days and deadlines fall
-- into it. GET /api/v1/cohort/exams
--   class_year  one, or several with a comma; track
--   by          week (from Monday, default), day
--   from, to    days, both with; default: from today for 13 weeks; at most 400 days, by day 120
--
-- The list of the days themselves, with names, is GET /calendar. A last safe day is core.calendar_rows()'; deadlines are the
-- school's days by which an exam is to be taken or passed. Days on which nothing falls are there, with 0. Who may see figures and
-- not records sees the weeks to come of the whole school (core.cohort_whole).
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
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_today date := (v_me.now at time zone v_me.zone)::date;
  v_by text;
  v_from date;
  v_to date;
  v_years int2[];
  v_track int2;
  v_least int4;
  v_body jsonb;
begin
  perform core.args_known(p_args, '{class_year,track,by,from,to,format}');
  v_least := core.cohort_least(v_me);
  perform core.cohort_whole(v_least, p_args, '{class_year,track,by,from,to}');
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_by := core.arg_choice(p_args, 'by', '{week,day}', 'week');
  v_from := coalesce(core.arg_day(p_args, 'from'), v_today);
  v_to := coalesce(core.arg_day(p_args, 'to'), v_from + 90);
  if v_to < v_from or v_to - v_from >= (case v_by when 'day' then c_days_most else c_most end) then
    perform core.refuse(422, 'invalid', format('"to" must be less than %s days after "from", by day less than %s.', c_most,
      c_days_most), 'to');
  end if;
  v_body := core.cohort_exams_document(v_me, v_years, v_track, v_least, v_by, v_from, v_to)
            || jsonb_build_object('filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')));
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
