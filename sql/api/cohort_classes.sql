-- Class years side by side: median and quartiles of readiness and the share at risk week by week, and how those who are through
-- did. GET /api/v1/cohort/classes
--   class_year  one, or several with a comma; track
--   by          exam (weeks before the first exam, default), dedicated (weeks since the dedicated period began)
--
-- The weeks are those of core.class_courses(), as they were kept (core.courses_known); passed is of first attempts with an outcome,
-- with its 95 % interval. A group of fewer than small_cell shows no figures of outcomes to anybody. Who may see figures and not
-- records may not narrow them (core.cohort_whole), sees none of a small group at all, and no share that tells of few
-- (core.tells_few).
--
-- Who: sg_office, right "cohort". Ground: figures. Locks: none.
create or replace function api.cohort_classes(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_by text;
  v_years int2[];
  v_track int2;
  v_least int4;
  v_body jsonb;
begin
  perform core.args_known(p_args, '{class_year,track,by,format}');
  v_least := core.cohort_least(v_me);
  perform core.cohort_whole(v_least, p_args, '{class_year,track}');
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_by := core.arg_choice(p_args, 'by', '{exam,dedicated}', 'exam');
  v_body := core.cohort_classes_document(v_me, v_years, v_track, v_least, v_by)
            || jsonb_build_object('filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')));
  if core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv' then
    return core.reply_list(v_me, p_args, (
      select jsonb_agg(x.e || jsonb_build_object('class_year', x.c -> 'class_year', 'as_of',
        v_body #> '{nights,last}') order by x.i, x.place, x.j)
        from (select c.i, 1 as place, 0 as j, c.e as c, jsonb_build_object('figure', 'passed_first', 'n',
          c.e #> '{first_attempts,n}',
                     'share', c.e #> '{first_attempts,share}', 'low', c.e #> '{first_attempts,low}', 'high',
                       c.e #> '{first_attempts,high}') as e
                from jsonb_array_elements(v_body -> 'classes') with ordinality c(e, i)
              union all
              select c.i, 2, w.j, c.e, w.e || jsonb_build_object('figure', 'week', 'share', w.e -> 'share_at_risk')
                from jsonb_array_elements(v_body -> 'classes') with ordinality c(e, i)
               cross join lateral jsonb_array_elements(c.e -> 'weeks') with ordinality w(e, j)) x), null, null, null,
      '{class_year,figure,week,n,q1,median,q3,at_risk,share,low,high,as_of}');
  end if;
  return core.reply(v_body, '{}', v_me.ground);
end
$$;
