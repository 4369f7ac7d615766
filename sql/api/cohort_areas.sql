-- Where the classes are strong and weak: for each system and each discipline of the outline, and each class, what was right of the
-- items answered, the estimate, and how many students are weak there. GET /api/v1/cohort/areas
--   class_year  one, or several with a comma; track
--
-- What a cell can be: reports count an item once for its system and once for its discipline and never say both of one item
-- (core.result keeps them so; the question details of NBME INSIGHTS are counted into the same areas when they come in). So there is
-- no cell of a discipline crossed with a system, and none is made up from the two margins; the map is areas by class, and "crossed"
-- says why.
--
--   percent    of the items of the last months, repeats left out, all students together: what was observed
--   estimate   mean over the students of readiness plus the area's difference, each shrunk by the few items it rests on (EPC)
--   weak       students of whom the area is below the pass line with the probability of "weak_above"
--   shown      'hidden': fewer than least_items, no figures (as NBME does not report areas with fewer than 25);
--              'hatched': fewer students than small_cell, to be read with care; else 'plain'
--
-- For who may see figures and not records: only the cells of all classes together, and none of fewer than small_cell students.
--
-- Who: sg_office, right "cohort". Ground: figures. Locks: none.
create or replace function api.cohort_areas(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_items constant int4 := 25; -- practice.md: NBME suppresses areas below
  c_crossed constant text := 'Reports count an item for its system and for its discipline and do not say both of one item; '
    'a cell of one with the other would be made up.';
  v_me core.me := core.staff_enter(p_caller, 'cohort');
  v_years int2[];
  v_track int2;
  v_filter jsonb;
  v_least int4;
  v_small int4;
  v_lines record;
  v_body jsonb;
begin
  perform core.args_known(p_args, '{class_year,track,format}');
  v_years := core.arg_years(p_args);
  v_track := core.track_number(nullif(core.arg_choice(p_args, 'track', '{any,us_md,us_do,non_us}', 'any'), 'any'));
  v_least := core.cohort_least(v_me);
  v_small := core.setting(v_me.school_id, 'small_cell');
  v_filter := case when v_least = 0 then core.cohort_filter(v_years, v_track) || '{"stage": "to_sit"}' end; -- null leads to nobody
  select * into v_lines from core.model_lines(v_me.school_id);
  with c as materialized (
    select r.* from core.cohort_rows_for(v_me.school_id, v_years, v_track, v_least) r where r.stage = 'to_sit'
  ), packed as (
    select c.class_year, c.readiness, c.weak_areas, unnest(c.area_numbers) as number, unnest(c.area_items) as items,
           unnest(c.area_correct) as correct, unnest(c.area_difference_centi) as difference
      from c
  ), by_class as (
    select p.class_year, p.number, count(*) as n, sum(p.items) as items, sum(p.correct) as correct,
           sum(p.readiness + p.difference / 100.0::float8) as level, count(*) filter (where p.number = any (p.weak_areas)) as weak
      from packed p group by p.class_year, p.number
  ), cell as (
    select false as whole, b.class_year, b.number, b.n, b.items, b.correct, b.level, b.weak from by_class b where v_least = 0
    union all
    select true, null, b.number, sum(b.n), sum(b.items), sum(b.correct), sum(b.level), sum(b.weak) from by_class b group by b.number
  ), shown as (
    select x.*, a.axis, a.code,
           case when x.items < c_items or x.n < v_least then 'hidden' when x.n < v_small then 'hatched' else 'plain' end as shown,
           v_least > 0 and (x.weak between 1 and v_least - 1 or x.n - x.weak between 1 and v_least - 1) as few,
           v_filter || jsonb_build_object('weak_area', a.axis || '.' || a.code)
           || case when x.whole then '{}' else jsonb_build_object('class_year', coalesce(x.class_year::text, 'none')) end as filter
      from cell x join core.areas() a on a.number = x.number
  )
  select jsonb_build_object(
    'day', (v_me.now at time zone v_me.zone)::date,
    'as_of', (select jsonb_build_object('first', min(c.as_of), 'last', max(c.as_of)) from c),
    'filter', jsonb_build_object('class_year', v_years, 'track', core.arg(p_args, 'track')),
    'n', (select case when count(*) >= v_least then count(*) end from c where cardinality(c.area_numbers) > 0),
    'without', (select case when v_least = 0 then count(*) end from c where cardinality(c.area_numbers) > 0 is not true),
    'parameters', v_lines.parameters, 'pass_line', v_lines.pass_line, 'weak_above', v_lines.area_probability,
    'window_days', v_lines.area_window_days, 'least_items', c_items, 'small_cell', v_small,
    'crossed', jsonb_build_object('available', false, 'text',
      c_crossed),
    'areas', (select coalesce(jsonb_agg(jsonb_build_object('axis', a.axis, 'area', a.code, 'name', a.name, 'low_pct', a.low_pct,
                                                           'high_pct', a.high_pct) order by a.number), '[]')
                from core.areas() a where a.axis in ('system', 'discipline') or exists (select from by_class b
                  where b.number = a.number)),
    'classes', (select coalesce(jsonb_agg(x.class_year order by x.class_year), '[]') from (select distinct c.class_year from c) x
      where v_least = 0),
    'cells', (select coalesce(jsonb_agg(jsonb_build_object(
                       'all', s.whole, 'class_year', s.class_year, 'axis', s.axis, 'area', s.code, 'shown', s.shown,
                       'n', case when s.n >= v_least then s.n end, 'items', case when s.n >= v_least then s.items end)
                       || case when s.shown = 'hidden' then '{"correct": null, "percent": null, "estimate": null}'::jsonb
                          else jsonb_build_object('correct', s.correct, 'percent', round(100.0 * s.correct / s.items, 1),
                                                  'estimate', round((s.level / s.n)::numeric, 1)) end
                       || case when s.few or s.n < v_least then '{"weak": null, "students": null}'::jsonb
                          else jsonb_build_object('weak', s.weak, 'students', core.link(s.filter)) end
                       order by s.number, s.whole desc, s.class_year), '[]') from shown s))
    into v_body;
  if core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv' then
    return core.reply_list(v_me, p_args, (select jsonb_agg(e || jsonb_build_object('as_of', v_body #> '{as_of,last}') order by n)
                                            from jsonb_array_elements(v_body -> 'cells') with ordinality x(e, n)), null, null, null,
                           '{axis,area,all,class_year,n,items,correct,percent,estimate,weak,shown,as_of}');
  end if;
  return core.reply(v_body, '{}', v_me.ground);
end
$$;
