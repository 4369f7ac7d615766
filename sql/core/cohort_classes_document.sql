-- Class years side by side, week by week and by what came of first attempts, as api.cohort_classes says. p_by: 'exam', 'dedicated'.
-- p_me, p_least: as core.cohort_document.
create or replace function core.cohort_classes_document(p_me core.me, p_years int2[], p_track int2, p_least int4,
  p_by text)
  returns jsonb
  language plpgsql stable as $$
declare
  v_weeks int4[];
  v_small int4;
  v_body jsonb;
begin
  v_weeks := core.course_weeks(p_by);
  v_small := core.setting(p_me.school_id, 'small_cell');
  with course as materialized (
    select k.* from core.courses_known(p_me.school_id, p_by, p_years, p_track) k
  ), people as (
    select s.class_year, count(*) as n, count(o.student_id) as sat, count(*) filter (where o.outcome = 1) as passed
      from core.student s
      left join core.outcomes_of(p_me.school_id) o on o.student_id = s.student_id and o.attempt = 1
     where s.school_id = p_me.school_id and s.status <> 'inactive' and (p_years is null or coalesce(s.class_year,
       0::int2) = any (p_years))
       and (p_track is null or s.track = p_track)
     group by s.class_year
  )
  select jsonb_build_object(
    'day', (p_me.now at time zone p_me.zone)::date, 'by', p_by, 'from', v_weeks[1], 'to', v_weeks[2], 'small_cell', v_small,
    'pass_line', l.pass_line,
    'nights', (select jsonb_build_object('n', count(*), 'first', min(n.night), 'last', max(n.night))
                 from ops.night n where n.school_id = p_me.school_id),
    'classes', (select coalesce(jsonb_agg(jsonb_build_object(
                         'class_year', p.class_year, 'n', case when p.n >= p_least then p.n end,
                         'first_attempts', core.cell_masked(core.share_interval(p.passed, p.sat), p.sat < v_small
                           or core.tells_few(p.sat, p.n, p_least) or core.tells_few(p.passed, p.sat, p_least)),
                         'weeks', (select coalesce(jsonb_agg(jsonb_build_object(
                                            'week', c.week, 'at_risk', case when not x.few then c.at_risk end,
                                            'share_at_risk', case when not x.few and c.n > 0
                                              then round(c.at_risk::numeric / c.n, 4) end)
                                            || core.cohort_spread(c.n, c.quartiles, 2, p_least) order by c.week), '[]')
                                     from course c
                                    cross join lateral (select c.n < p_least or core.tells_few(c.at_risk, c.n, p_least) as few) x
                                    where c.class_year is not distinct from p.class_year),
                         'students', case when p_least = 0 then core.link(core.cohort_filter(null, p_track) || jsonb_build_object(
                                       'class_year', coalesce(p.class_year::text, 'none'))) end) order by p.class_year), '[]')
                  from people p))
    into v_body
    from core.model_lines(p_me.school_id) l;
  return v_body;
end
$$;
