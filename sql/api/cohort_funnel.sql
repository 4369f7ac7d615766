-- From being flagged to passing: how many of the students who came up in a period reached each stage, and how long it took. GET
-- /api/v1/cohort/funnel
--   class_year    one, or several with a comma; track
--   since, until  days, both with; default: half a year up to today; at most 1100 days
--
-- core.funnel_stages() defines the stages. n counts who reached a stage, by whatever way; through, who reached all stages before it
-- as well. median_days: from the stage before to this one, of those who reached both and in this order (pairs). A stage that was
-- not reached by today may still be.
--
-- Who may see figures and not records sees those of the whole school and the half year up to today (core.cohort_whole), no pairs,
-- and no number that tells of few by itself or by another: of the flagged, of its stage, of a stage before (core.tells_few).
--
-- Who: sg_office, right "cohort". Ground: figures. Locks: none.
create or replace function api.cohort_funnel(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_most constant int4 := 1100; -- three classes
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_today date := (v_me.now at time zone v_me.zone)::date;
  v_since date;
  v_until date;
  v_years int2[];
  v_track int2;
  v_least int4;
  v_body jsonb;
begin
  perform core.args_known(p_args, '{class_year,track,since,until,format}');
  v_least := core.cohort_least(v_me);
  perform core.cohort_whole(v_least, p_args, '{class_year,track,since,until}');
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_until := coalesce(core.arg_day(p_args, 'until'), v_today);
  v_since := coalesce(core.arg_day(p_args, 'since'), v_until - core.funnel_days());
  if v_until < v_since or v_until - v_since > c_most then
    perform core.refuse(422, 'invalid', format('"until" must be from 0 to %s days after "since".', c_most), 'until');
  end if;
  v_body := core.cohort_funnel_document(v_me, v_years, v_track, v_least, v_since, v_until)
            || jsonb_build_object('filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')));
  if core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv' then
    return core.reply_list(v_me, p_args, (
      select jsonb_agg(x.e || jsonb_build_object('since', v_since, 'until', v_until, 'as_of', v_today) order by x.place, x.i)
        from (select 1 as place, s.i, s.e from jsonb_array_elements(v_body -> 'stages') with ordinality s(e, i)
              union all
              select 2, c.i * 10 + s.i, s.e || jsonb_build_object('class_year', c.e -> 'class_year')
                from jsonb_array_elements(v_body -> 'classes') with ordinality c(e, i)
               cross join lateral jsonb_array_elements(c.e -> 'stages') with ordinality s(e, i)) x), null, null, null,
      '{class_year,stage,n,through,pairs,median_days,since,until,as_of,definition}');
  end if;
  return core.reply(v_body, '{}', v_me.ground);
end
$$;
