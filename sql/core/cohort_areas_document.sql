-- Where the classes are strong and weak, for each system and discipline of the outline and each class. api.cohort_areas says what
-- the members mean and what a cell can be. p_me, p_least: as core.cohort_document; below p_least only the cells of all classes
-- together, and none of fewer students.
create or replace function core.cohort_areas_document(p_me core.me, p_years int2[], p_track int2, p_least int4)
  returns jsonb
  language plpgsql stable as $$
declare
  c_items constant int4 := 25; -- practice.md: NBME suppresses areas below
  c_crossed constant text := 'Reports count an item for its system and for its discipline and do not say both of one item; '
    'a cell of one with the other would be made up.';
  v_filter jsonb;
  v_small int4;
  v_lines record;
  v_body jsonb;
begin
  v_small := core.setting(p_me.school_id, 'small_cell');
  v_filter := case when p_least = 0 then core.cohort_filter(p_years, p_track) || '{"stage": "to_sit"}' end; -- null leads to nobody
  select * into v_lines from core.model_lines(p_me.school_id);
  with c as materialized (
    select r.* from core.cohort_rows_for(p_me.school_id, p_years, p_track, p_least) r where r.stage = 'to_sit'
  ), packed as (
    select c.class_year, c.readiness, c.weak_areas, unnest(c.area_numbers) as number, unnest(c.area_items) as items,
           unnest(c.area_correct) as correct, unnest(c.area_difference_centi) as difference
      from c
  ), by_class as (
    select p.class_year, p.number, count(*) as n, sum(p.items) as items, sum(p.correct) as correct,
           sum(p.readiness + p.difference / 100.0::float8) as level, count(*) filter (where p.number = any (p.weak_areas)) as weak
      from packed p group by p.class_year, p.number
  ), cell as (
    select false as whole, b.class_year, b.number, b.n, b.items, b.correct, b.level, b.weak from by_class b where p_least = 0
    union all
    select true, null, b.number, sum(b.n), sum(b.items), sum(b.correct), sum(b.level), sum(b.weak) from by_class b group by b.number
  ), shown as (
    select x.*, a.axis, a.code,
           case when x.items < c_items or x.n < p_least then 'hidden' when x.n < v_small then 'hatched' else 'plain' end as shown,
           core.tells_few(x.weak, x.n, p_least) as few,
           v_filter || jsonb_build_object('weak_area', a.axis || '.' || a.code)
           || case when x.whole then '{}' else jsonb_build_object('class_year', coalesce(x.class_year::text, 'none')) end as filter
      from cell x join core.areas() a on a.number = x.number
  )
  select jsonb_build_object(
    'day', (p_me.now at time zone p_me.zone)::date,
    'as_of', (select jsonb_build_object('first', min(c.as_of), 'last', max(c.as_of)) from c),
    'n', (select case when count(*) >= p_least then count(*) end from c where cardinality(c.area_numbers) > 0),
    'without', (select case when p_least = 0 then count(*) end from c where cardinality(c.area_numbers) > 0 is not true),
    'parameters', v_lines.parameters, 'pass_line', v_lines.pass_line, 'weak_above', v_lines.area_probability,
    'window_days', v_lines.area_window_days, 'least_items', c_items, 'small_cell', v_small,
    'crossed', jsonb_build_object('available', false, 'text', c_crossed),
    'areas', (select coalesce(jsonb_agg(jsonb_build_object('axis', a.axis, 'area', a.code, 'name', a.name, 'low_pct', a.low_pct,
                                                           'high_pct', a.high_pct) order by a.number), '[]')
                from core.areas() a where a.axis in ('system', 'discipline') or exists (select from by_class b
                  where b.number = a.number)),
    'classes', (select coalesce(jsonb_agg(x.class_year order by x.class_year), '[]') from (select distinct c.class_year from c) x
      where p_least = 0),
    'cells', (select coalesce(jsonb_agg(jsonb_build_object(
                       'all', s.whole, 'class_year', s.class_year, 'axis', s.axis, 'area', s.code, 'shown', s.shown,
                       'n', case when s.n >= p_least then s.n end, 'items', case when s.n >= p_least then s.items end)
                       || case when s.shown = 'hidden' then '{"correct": null, "percent": null, "estimate": null}'::jsonb
                          else jsonb_build_object('correct', s.correct, 'percent', round(100.0 * s.correct / s.items, 1),
                                                  'estimate', round((s.level / s.n)::numeric, 1)) end
                       || case when s.few or s.n < p_least then '{"weak": null, "students": null}'::jsonb
                          else jsonb_build_object('weak', s.weak, 'students', core.link(s.filter)) end
                       order by s.number, s.whole desc, s.class_year), '[]') from shown s))
    into v_body;
  return v_body;
end
$$;
