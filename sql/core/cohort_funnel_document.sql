-- From being flagged to passing, of those who came up between two days, as api.cohort_funnel says. p_me, p_least: as
-- core.cohort_document.
create or replace function core.cohort_funnel_document(p_me core.me, p_years int2[], p_track int2, p_least int4,
  p_since date, p_until date)
  returns jsonb
  language plpgsql stable as $$
declare
  v_today date := (p_me.now at time zone p_me.zone)::date;
  v_filter jsonb;
  v_body jsonb;
begin
  v_filter := case when p_least = 0 then core.cohort_filter(p_years, p_track) -- null leads to nobody
                                         || jsonb_build_object('since', p_since, 'until', p_until) end;
  with f as materialized (
    select r.* from core.funnel_rows(p_me.school_id, p_since, p_until, p_years, p_track) r
  ), staged as materialized (
    select k.place, k.stage, f.class_year, f.days[k.place] as day, f.days[k.place - 1] as before,
           array_position(f.days[:k.place], null) is null as through
      from f cross join core.funnel_stages() k
  ), counted as (
    select k.place, k.stage, k.word, k.definition, count(s.day) as n, count(s.day) filter (where s.through) as through,
           count(*) filter (where s.day >= s.before) as pairs,
           percentile_cont(0.5) within group (order by s.day - s.before) filter (where s.day >= s.before) as median
      from core.funnel_stages() k left join staged s on s.place = k.place
     group by k.place, k.stage, k.word, k.definition
  ), shown as (
    select c.*, core.tells_few(c.n, f.n, p_least) as n_few,
           core.tells_few(c.through, c.n, p_least)
             or exists (select from counted b
                         where b.place < c.place and core.tells_few(c.through, b.through, p_least)) as through_few
      from counted c cross join counted f where f.place = 1
  )
  select jsonb_build_object(
    'day', v_today, 'since', p_since, 'until', p_until,
    'stages', (select jsonb_agg(jsonb_build_object('stage', s.stage, 'word', s.word, 'definition', s.definition)
                         || jsonb_build_object(
                              'n', case when not s.n_few then s.n end,
                              'through', case when not s.through_few then s.through end,
                              'pairs', case when p_least = 0 then s.pairs end,
                              'median_days', case when s.pairs >= p_least then s.median end,
                              'students', core.link(v_filter || jsonb_build_object('funnel', s.stage))) order by s.place)
                   from shown s),
    'classes', (select coalesce(jsonb_agg(jsonb_build_object('class_year', x.class_year, 'stages', x.stages) order by x.class_year),
      '[]')
                  from (select y.class_year, jsonb_agg(jsonb_build_object('stage', y.stage, 'n', y.n, 'students', core.link(
                                 v_filter || jsonb_build_object('funnel', y.stage, 'class_year', coalesce(y.class_year::text,
                                   'none'))))
                                 order by y.place) as stages
                          from (select s.class_year, s.place, s.stage, count(s.day) as n from staged s
                                 where p_least = 0 group by s.class_year, s.place, s.stage) y
                         group by y.class_year) x))
    into v_body;
  return v_body;
end
$$;
