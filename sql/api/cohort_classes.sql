-- Class years side by side: median and quartiles of readiness and the share at risk week by week, and how those who are through
-- did. GET /api/v1/cohort/classes
--   class_year  one, or several with a comma; track
--   by          exam (weeks before the first exam, default), dedicated (weeks since the dedicated period began)
--
-- The weeks are those of core.class_courses(), as they were kept (core.courses_known); passed is of first attempts with an outcome,
-- with its 95 % interval. A group of fewer than small_cell shows no figures of outcomes to anybody, and to who may see figures and
-- not records no figures at all.
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
  v_weeks int4[];
  v_years int2[];
  v_track int2;
  v_least int4;
  v_small int4;
  v_body jsonb;
begin
  perform core.args_known(p_args, '{class_year,track,by,format}');
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_by := core.arg_choice(p_args, 'by', '{exam,dedicated}', 'exam');
  v_weeks := core.course_weeks(v_by);
  v_least := core.cohort_least(v_me);
  v_small := core.setting(v_me.school_id, 'small_cell');
  with course as materialized (
    select k.* from core.courses_known(v_me.school_id, v_by, v_years, v_track) k
  ), people as (
    select s.class_year, count(*) as n, count(o.student_id) as sat, count(*) filter (where o.outcome = 1) as passed
      from core.student s
      left join core.outcomes_of(v_me.school_id) o on o.student_id = s.student_id and o.attempt = 1
     where s.school_id = v_me.school_id and s.status <> 'inactive' and (v_years is null or coalesce(s.class_year,
       0::int2) = any (v_years))
       and (v_track is null or s.track = v_track)
     group by s.class_year
  )
  select jsonb_build_object(
    'day', (v_me.now at time zone v_me.zone)::date, 'by', v_by, 'from', v_weeks[1], 'to', v_weeks[2], 'small_cell', v_small,
    'pass_line', l.pass_line, 'filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')),
    'nights', (select jsonb_build_object('n', count(*), 'first', min(n.night), 'last', max(n.night))
                 from ops.night n where n.school_id = v_me.school_id),
    'classes', (select coalesce(jsonb_agg(jsonb_build_object(
                         'class_year', p.class_year, 'n', case when p.n >= v_least then p.n end,
                         'first_attempts', core.cell_masked(core.share_interval(p.passed, p.sat),
                                                            p.sat < v_small or v_least > 0 and p.n - p.sat between 1
                                                              and v_least - 1),
                         'weeks', (select coalesce(jsonb_agg(jsonb_build_object(
                                            'week', c.week, 'at_risk', case when c.n >= v_least then c.at_risk end,
                                            'share_at_risk', case when c.n >= greatest(v_least, 1)
                                              then round(c.at_risk::numeric / c.n, 4) end)
                                            || core.cohort_spread(c.n, c.quartiles, 2, v_least) order by c.week), '[]')
                                     from course c where c.class_year is not distinct from p.class_year),
                         'students', case when v_least = 0 then core.link(core.cohort_filter(null, v_track) || jsonb_build_object(
                                       'class_year', coalesce(p.class_year::text, 'none'))) end) order by p.class_year), '[]')
                  from people p))
    into v_body
    from core.model_lines(v_me.school_id) l;
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
