-- How the classes stand, on one page: who is at risk, how readiness and P(pass) on the planned day are spread, by class year, whose
-- exam is near, and what changed since yesterday and since last week. GET /api/v1/cohort
--   class_year  one, or several with a comma; track
--   since       a day: compared with the last night before it, beside yesterday and a week ago
--
-- The answer is core.cohort_document. Who may see figures and not records sees those of the whole school (core.cohort_whole);
-- counts below small_cell are null there, with as many others as it takes, and of classes there are no states, which would say by
-- subtraction what those of the school hide.
--
-- Who: sg_office, right "cohort". Ground: figures. Locks: none.
create or replace function api.cohort(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_years int2[];
  v_track int2;
  v_since date;
  v_least int4;
  v_body jsonb;
begin
  perform core.args_known(p_args, '{class_year,track,since,format}');
  v_least := core.cohort_least(v_me);
  perform core.cohort_whole(v_least, p_args, '{class_year,track}');
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_since := core.arg_day(p_args, 'since');
  v_body := core.cohort_document(v_me, v_years, v_track, v_least, v_since)
            || jsonb_build_object('filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')));
  if core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv' then
    return core.reply_list(v_me, p_args, core.cohort_lines(v_body), null, null, null,
                           '{figure,class_year,name,from,to,n,value,as_of}');
  end if;
  return core.reply(v_body, '{}', v_me.ground);
end
$$;
