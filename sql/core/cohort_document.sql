-- How the classes stand (api.cohort, core.class_document): who is at risk, how readiness and P(pass) on the planned day are spread,
-- by class year, whose exam is near, and what changed since yesterday, since last week and since a day that is asked for.
--
-- Counts are of the students who are still to sit (core.cohort_rows); who waits for a result or has passed is counted in
-- "students". Every count has the query of GET /students that leads to those it counts. Of p_me only school, zone and now are
-- looked at. p_least (core.cohort_least): counts below it are null, with as many others as it takes, and no figure leads to
-- anybody.
create or replace function core.cohort_document(p_me core.me, p_years int2[], p_track int2, p_least int4,
  p_since date default null)
  returns jsonb
  language plpgsql stable as $$
declare
  c_bin constant numeric := 2;     -- EPC: half a report's likely range; with the pass line an edge, so that no bin is on both sides
  c_p_bin constant numeric := 0.05; -- floor and the likely ceilings are edges
  c_hidden constant jsonb := '{"n": null, "states": null, "readiness": null, "p": null, "students": null}'; -- of a class
  c_no_n constant jsonb := '{"n": null}'; -- of a spread whose n, with what is shown beside it, tells of few
  v_day date := (p_me.now at time zone p_me.zone)::date;
  v_filter jsonb;
  v_lines record;
  v_students int8[];
  v_states int2[];
  v_p float8[];
  v_readiness float8[];
  v_body jsonb;
begin
  v_filter := case when p_least = 0 then core.cohort_filter(p_years, p_track) end; -- null leads to nobody
  select * into v_lines from core.model_lines(p_me.school_id);
  with c as materialized (
    select r.* from core.cohort_rows_for(p_me.school_id, p_years, p_track, p_least) r
  ), open_ as materialized (
    select c.* from c where c.stage = 'to_sit'
  ), readiness as (
    select count(o.readiness) as n, percentile_cont('{0.25,0.5,0.75}'::float8[]) within group (order by o.readiness) as q,
           array_agg(o.readiness) as list, count(*) filter (where o.readiness < v_lines.pass_line) as below,
           core.steps(min(o.readiness), max(o.readiness), c_bin, v_lines.pass_line::numeric) as edges
      from open_ o
  ), passing as (
    select count(o.p) as n, percentile_cont('{0.25,0.5,0.75}'::float8[]) within group (order by o.p) as q, array_agg(o.p) as list
      from open_ o where o.exam_day is not null
  )
  select jsonb_build_object(
    'day', v_day, 'as_of', (select jsonb_build_object('first', min(o.as_of), 'last', max(o.as_of)) from open_ o),
    'parameters', v_lines.parameters, 'pass_line', v_lines.pass_line, 'floor', v_lines.floor, 'ceiling', v_lines.ceiling,
    'small_cell', nullif(p_least, 0),
    'students', (select core.cohort_counts(array_agg(x.stage order by x.i), array_agg(x.n order by x.i), 'stage', v_filter, p_least)
                   from (select k.stage, k.i, count(c.student_id) as n
                           from unnest('{to_sit,waiting,passed}'::text[]) with ordinality k(stage, i)
                           left join c on c.stage = k.stage group by k.stage, k.i) x),
    'n', (select case when count(*) >= p_least then count(*) end from open_),
    'states', core.cohort_states((select array_agg(o.state) from open_ o), v_filter || '{"stage": "to_sit"}', p_least),
    'cannot_say', (select core.cohort_counts(array_agg(x.why order by x.i), array_agg(x.n order by x.i), 'cannot_say',
                                             v_filter || '{"stage": "to_sit"}', p_least)
                     from (select k.why, k.i, count(o.student_id) as n
                             from unnest('{no_results,too_wide,no_check,check_old}'::text[]) with ordinality k(why, i)
                             left join open_ o on o.why = k.why group by k.why, k.i) x),
    'readiness', (select core.cohort_spread(r.n, r.q, 2, p_least)
                         || case when core.tells_few(r.n, (select count(*) from open_), p_least) then c_no_n else '{}' end
                         || jsonb_build_object(
                           'below_line', case when r.n >= p_least and p_least = 0 then r.below end, 'edges', r.edges,
                           'bins', core.histogram(r.list, r.edges, v_filter || '{"stage": "to_sit"}', 'readiness', p_least))
                    from readiness r),
    'p', (select core.cohort_spread(p.n, p.q, 4, p_least)
                 || case when core.tells_few(p.n, r.n, p_least) or core.tells_few(p.n, (select count(*) from open_), p_least)
                         then c_no_n else '{}' end
                 || jsonb_build_object(
                   'no_day', (select case when p_least = 0 then count(*) end from open_ o where o.p is not null
                     and o.exam_day is null),
                   'edges', to_jsonb(core.steps(0, 1, c_p_bin, 0)),
                   'bins', core.histogram(p.list, core.steps(0, 1, c_p_bin, 0),
                                          v_filter || '{"stage": "to_sit", "exam": "planned"}', 'p', p_least))
            from passing p cross join readiness r),
    'classes', (select coalesce(jsonb_agg(jsonb_build_object('class_year', k.class_year)
                         || case when h.hidden[k.i] then c_hidden
                            else jsonb_build_object(
                              'n', k.n, 'states', case when p_least = 0 then core.cohort_states(k.states, k.filter, 0) end,
                              'readiness', core.cohort_spread(k.readiness_n, k.readiness, 2, p_least)
                                           || case when p_least > 0 then c_no_n else '{}' end,
                              'p', core.cohort_spread(k.p_n, k.p, 4, p_least) || case when p_least > 0 then c_no_n else '{}' end,
                              'students', core.link(k.filter)) end
                         order by k.class_year), '[]')
                  from (select o.class_year, row_number() over (order by o.class_year) as i, count(*) as n,
                    array_agg(o.state) as states,
                               v_filter || jsonb_build_object('stage', 'to_sit', 'class_year', coalesce(o.class_year::text,
                                 'none')) as filter,
                               count(o.readiness) as readiness_n, count(o.p) filter (where o.exam_day is not null) as p_n,
                               percentile_cont('{0.25,0.5,0.75}'::float8[]) within group (order by o.readiness) as readiness,
                               percentile_cont('{0.25,0.5,0.75}'::float8[]) within group (order by o.p)
                                 filter (where o.exam_day is not null) as p
                          from open_ o group by o.class_year) k
                 cross join (select core.hidden_cells(array_agg(x.n order by x.class_year), p_least) as hidden
                               from (select o.class_year, count(*) as n from open_ o group by o.class_year) x) h),
    'exams', (select jsonb_agg(jsonb_build_object(
                       'days', w.days, 'to', v_day + w.days, 'n', case when p_least = 0 then x.n end,
                       'states', case when p_least = 0 then core.cohort_states(x.states, x.filter, 0) end,
                       'students', case when p_least = 0 then core.link(x.filter) end) order by w.days)
                from unnest('{30,60,90}'::int4[]) w(days)
               cross join lateral (
                      select count(*) as n, array_agg(o.state) as states, v_filter || jsonb_build_object(
                               'stage', 'to_sit', 'exam_from', v_day, 'exam_to', v_day + w.days) as filter
                        from open_ o where o.exam_day between v_day and v_day + w.days) x),
    'no_exam_day', (select case when p_least = 0 then jsonb_build_object(
                             'n', count(*), 'students', core.link(v_filter || '{"stage": "to_sit", "exam": "none"}')) end
                      from open_ o where o.exam_day is null)),
         (select array_agg(o.student_id order by o.student_id) from open_ o),
         (select array_agg(o.state order by o.student_id) from open_ o), (select array_agg(o.p order by o.student_id) from open_ o),
         (select array_agg(o.readiness order by o.student_id) from open_ o)
    into v_body, v_students, v_states, v_p, v_readiness;
  v_body := v_body || jsonb_build_object('compared', case when p_least = 0 then (
    select coalesce(jsonb_agg(x.one order by x.i) filter (where x.one is not null), '[]')
      from (select k.i, core.cohort_compared(p_me.school_id, v_students, v_states, v_p, v_readiness, k.what,
                                             core.night_before(p_me.school_id, k.before, p_me.zone)) as one
              from (values (1, 'yesterday', v_day), (2, 'week', v_day - 6), (3, 'asked', p_since)) k(i, what, before)
             where k.before is not null offset 0) x) end);
  return v_body;
end
$$;
