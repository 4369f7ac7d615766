-- What a school shows an accreditor of its advising in a period (days, both with): whom it reached, how soon, and what became of
-- those of each risk band. Figures alone: no names, no ids, no cell of few (core.paper_share, core.paper_outcomes). One JSON
-- document:
--   core.paper_head, "from", "to", "small_cell", "students" {"n", "classes": [{"class_year", "n"}]},
--   "reach", "followed" [{"term", shares}], "contact" {"q1", "median", "q3", "bands": [{"name", "n"}]},
--   "outcomes" [{"state", shares}] with state 'none' and, last, 'all'; "decisions" and "resolutions" [{"name", "n"}],
--   "definitions" [{"term", "words"}]
--
-- A case belongs to the period it was opened in, an attempt to that of its exam. Raises 22023 for a period that is none.
create or replace function core.accreditation_document(p_school core.school, p_from date, p_to date, p_as_of timestamptz,
  p_least int4)
  returns jsonb
  language plpgsql stable as $$
declare
  c_most constant int4 := 1100; -- three classes, as the funnel
  v_school constant int4 := p_school.school_id;
  v_from timestamptz := core.day_start(p_from, p_school.zone);
  v_until timestamptz := core.day_start(p_to + 1, p_school.zone);
  v_body jsonb;
begin
  if p_from is null or p_to is null or p_to < p_from or p_to - p_from > c_most then
    raise exception 'the period must be from 0 to % days long', c_most using errcode = 'invalid_parameter_value';
  end if;
  with who as materialized (
    select s.student_id, s.class_year, p.enrolled_at is not null as enrolled
      from core.student s
      join core.progress p on p.school_id = s.school_id and p.student_id = s.student_id
     where s.school_id = v_school and s.status <> 'inactive'
  ), heard as (
    select distinct r.student_id from core.result r
     where r.school_id::int8 = v_school and r.taken_at >= v_from and r.taken_at < v_until and not r.retracted
       and not exists (select from core.result n
                        where n.school_id = r.school_id and n.result_id = r.result_id and n.revision > r.revision)
  ), said as (
    select distinct e.student_id
      from ops.night n
      join core.estimate_night e on e.school_id = n.school_id and e.night = n.night
     where n.school_id = v_school and n.night between p_from and p_to
  ), came as materialized (
    select distinct on (c.student_id) c.student_id, c.case_id, (c.opened_at at time zone p_school.zone)::date as opened_on
      from core.case_file c
      join who w on w.student_id = c.student_id
     where c.school_id = v_school and c.state <> 'merged' and c.opened_at >= v_from and c.opened_at < v_until
     order by c.student_id, c.opened_at, c.case_id
  ), followed as materialized (
    select c.*, k.tried_on, k.met, i.planned,
           case when k.tried_on is not null then greatest(k.tried_on - c.opened_on, 0) end as days
      from came c
      left join lateral (select min(k.on_day) as tried_on, bool_or(k.outcome = 'met') as met from core.case_contact k
                          where k.school_id = v_school and k.case_id = c.case_id) k on true
      left join lateral (select count(*) > 0 as planned from core.case_plan_item i
                          where i.school_id = v_school and i.case_id = c.case_id and i.state <> 'dropped') i on true
  ), sat as materialized (
    select o.outcome = 1 as passed, coalesce(core.state_name(e.state), 'none') as state
      from core.outcomes_of(v_school) o
      left join lateral (select n.night from ops.night n
                          where n.school_id = v_school and n.night <= o.taken_on
                            and n.as_of < core.day_start(o.taken_on, p_school.zone)
                          order by n.night desc limit 1) n on true
      left join core.estimate_night e on e.school_id = v_school and e.night = n.night and e.student_id = o.student_id
     where o.taken_on between p_from and p_to
  ), band as (
    select b.state, b.i, count(s.state) as n, count(*) filter (where s.passed) as k
      from unnest('{at_risk,borderline,on_track,cannot_say,none}'::text[]) with ordinality b(state, i)
      left join sat s on s.state = b.state
     group by b.state, b.i
  ), figures as (
    select (select count(*) from who) as n,
           array[(select count(*) from who w where w.enrolled),
                 (select count(*) from who w join heard h using (student_id)),
                 (select count(*) from who w join said s using (student_id)), (select count(*) from came)] as reached,
           array[count(f.tried_on), count(*) filter (where f.met), count(*) filter (where f.planned)] as followed,
           count(*) as came, count(f.days) as contacted,
           percentile_cont('{0.25,0.5,0.75}'::float8[]) within group (order by f.days) as quartiles
      from followed f
  )
  select jsonb_build_object(
    'students', jsonb_build_object('n', case when f.n >= p_least then f.n end, 'classes', (
      select coalesce(jsonb_agg(jsonb_build_object('class_year', c.class_year, 'n', case when not h.hidden[c.i] then c.n end)
                                order by c.i), '[]')
        from (select w.class_year, count(*) as n, row_number() over (order by w.class_year) as i from who w group by w.class_year) c
       cross join (select core.hidden_cells(array_agg(x.n order by x.class_year), p_least) as hidden
                     from (select w.class_year, count(*) as n from who w group by w.class_year) x) h)),
    'reach', core.paper_terms('{Enrolled,Sent a result,Estimated,Came up}', r.shares),
    'followed', core.paper_terms('{Contacted,Met,Plan}', core.paper_share(
      f.followed, case when r.shares #>> '{3,said}' = 'exact' then f.came end, p_least)),
    'contact', case when f.contacted >= greatest(p_least, 1) then jsonb_build_object(
                 'q1', f.quartiles[1], 'median', f.quartiles[2], 'q3', f.quartiles[3])
               else '{"q1": null, "median": null, "q3": null}' end
      || jsonb_build_object('bands', core.paper_cells(
           '{within 2 days,3 to 7 days,8 to 14 days,later}',
           (select array_agg(b.n order by b.i)
              from (select d.i, count(v.student_id) as n
                      from (values (1, 0, 2), (2, 3, 7), (3, 8, 14), (4, 15, null)) d(i, low, high)
                      left join followed v on v.days >= d.low and coalesce(v.days <= d.high, true)
                     group by d.i) b), p_least)),
    'outcomes', (select jsonb_agg((o.one || jsonb_build_object('state', coalesce(b.state, 'all'))) order by o.i)
                   from (select core.paper_outcomes(array_agg(x.k order by x.i), array_agg(x.n order by x.i), p_least) as all_
                           from band x) y
                  cross join lateral jsonb_array_elements(y.all_) with ordinality o(one, i)
                   left join band b on b.i = o.i),
    'decisions', (select core.paper_cells(array_agg(d.name order by d.i), array_agg(d.n order by d.i), p_least)
                    from (select k.name, k.i, count(c.state) as n
                            from unnest('{cleared,conditional,not_cleared,waived}'::text[]) with ordinality k(name, i)
                            left join core.clearance c on c.school_id = v_school and c.state = k.name and c.decided_at >= v_from
                                                      and c.decided_at < v_until
                           group by k.name, k.i) d),
    'resolutions', (select core.paper_cells(array_agg(d.name order by d.name), array_agg(d.n order by d.name), p_least)
                      from (select c.resolution as name, count(*) as n from core.case_file c
                             where c.school_id = v_school and c.state = 'resolved' and c.resolution is not null
                               and c.state_since >= v_from and c.state_since < v_until
                             group by c.resolution) d))
    into v_body
    from figures f
   cross join lateral (select core.paper_share(f.reached, f.n, p_least) as shares) r;
  return core.paper_head(p_school, 'accreditation', p_as_of) || v_body || jsonb_build_object(
    'from', p_from, 'to', p_to, 'small_cell', nullif(p_least, 0),
    'definitions', (select jsonb_agg(jsonb_build_object('term', d.term, 'words', d.words) order by d.place)
                      from core.paper_definitions() d));
end
$$;
