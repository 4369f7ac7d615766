-- A page of the queue: whom to see today, in which order (core.queue_order), where the line is drawn, and why. The pages
-- (api.queue_show) and the operator's shell (api.queue) show the same one. Gives the document and whose records are in it, in
-- order.
--
-- The line is drawn at what the office can still do this week: capacity_per_week less the cases that somebody acted on since
-- Monday. Below it stand the next few (queue_marginal), so that the cut is seen; a hard deadline is shown wherever the line is (up
-- to a page). Filters choose among the rows and change neither rank nor line; 'any' and null are none. p_all: every row of the
-- queue. hidden says how many open cases are not in it, and why.
drop function if exists core.queue_rows(core.school, timestamptz, int4); -- another order of the same students
create or replace function core.queue_page(p_school core.school, p_now timestamptz, p_limit int8, p_all bool default false,
  p_owner int8 default null, p_year int8 default null, p_state text default 'any', p_severity text default 'any',
  out page jsonb, out students int8[])
  language plpgsql stable as $$
declare
  c_page constant int8 := 50; -- as other lists; more by limit
  v_day constant date := (p_now at time zone p_school.zone)::date;
  v_filtered constant bool := p_owner is not null or p_year is not null or p_state <> 'any' or p_severity <> 'any';
  v_capacity constant int8 := core.setting(p_school.school_id, 'capacity_per_week');
  v_points constant float8 := core.setting(p_school.school_id, 'watch_delta_points');
  v_night ops.night;
  v_since timestamptz;
  v_acted int8;
  v_left int8;
  v_items jsonb;
  v_total int8;
  v_hard int8;
  v_hidden jsonb;
begin
  select count(*) into v_acted from core.case_file c
   where c.school_id = p_school.school_id
     and c.acted_at >= date_trunc('week', p_now at time zone p_school.zone) at time zone p_school.zone;
  v_left := greatest(v_capacity - v_acted, 0);

  -- Yesterday: what the last night said that was over before today began.
  select * into v_night from ops.night n
   where n.school_id = p_school.school_id and n.as_of < v_day::timestamp at time zone p_school.zone
   order by n.night desc limit 1;
  v_since := coalesce(v_night.as_of, (v_day - 1)::timestamp at time zone p_school.zone);

  with ordered as materialized (
    select * from core.queue_order(p_school.school_id, p_now)
  ), cut as (
    select coalesce(p_limit, case when v_filtered then c_page
                    else greatest(v_left + core.setting(p_school.school_id, 'queue_marginal'),
                      least(count(o.rank) filter (where o.hard), c_page)) end)
             as most,
           count(o.rank) as total, count(o.rank) filter (where o.hard) as hard
      from ordered o
  ), chosen as materialized (
    select o.*, c, row_number() over (order by o.rank) as n
      from ordered o
      join core.case_file c on c.school_id = p_school.school_id and c.case_id = o.case_id
      join core.student s on s.school_id = p_school.school_id and s.student_id = o.student_id
     where o.rank is not null and (v_filtered or p_all or o.rank <= (select cut.most from cut))
       and (p_owner is null or c.owner_id = p_owner) and (p_year is null or s.class_year = p_year)
       and (p_state = 'any' or o.state = p_state) and (p_severity = 'any' or core.severity_name(c.severity) = p_severity)
  ), rows as (
    select o.n, o.student_id,
           core.case_head(o.c, s, v_day) || jsonb_build_object(
             'rank', o.rank, 'above_line', o.rank <= v_left, 'state', o.state,
             'estimate', coalesce(core.estimate_brief(a) || core.state_look(a.state), 'null'),
             'reasons', reasons.list, 'last_safe_on', o.last_safe_on, 'exam_on', o.exam_on,
             'order', jsonb_build_object(
               'hard_deadline', o.hard, 'step', case when o.state in ('regressed', 'escalating') then o.state end, 'p_fail',
                 1 - o.p,
               'helps', o.helps, 'preventable', o.preventable, 'days', o.days, 'until', o.until,
               'sentence', core.queue_sentence(o.state, o.hard, o.p, o.helps, o.preventable, o.until, o.last_safe_on, o.exam_on,
                 o.days)),
             'clearance', core.clearance_state(p_school.school_id, o.student_id, (o.c).attempt),
             'changed', jsonb_build_object(
               'since', v_night.night, 'p', e.p, 'state', core.state_name(e.state), 'exam_day', e.exam_day,
               'kind', core.since_yesterday(o.c, v_since, e, a, codes.opened, codes.closed, v_points),
               'opened', codes.opened, 'closed', codes.closed)) as item
      from cut, chosen o
      join core.student s on s.school_id = p_school.school_id and s.student_id = o.student_id
     cross join lateral core.case_reasons_list(o.c, p_now) reasons
     cross join lateral (
            select core.case_reason_codes(o.c, 'opened', v_since) as opened,
                   core.case_reason_codes(o.c, 'closed', v_since) as closed
            offset 0) codes -- each once
      left join core.assessment a on a.school_id = p_school.school_id and a.student_id = o.student_id
      left join core.estimate_night e on e.school_id = p_school.school_id and e.night = v_night.night
                                     and e.student_id = o.student_id
     where p_all or o.n <= cut.most
  )
  select (select coalesce(jsonb_agg(r.item order by r.n), '[]') from rows r),
    (select array_agg(r.student_id order by r.n) from rows r),
         (select cut.total from cut), (select cut.hard from cut),
         (select coalesce(jsonb_object_agg(h.skip, h.n), '{}')
            from (select o.skip, count(*) as n from ordered o where o.skip is not null group by o.skip) h)
    into v_items, students, v_total, v_hard, v_hidden;
  students := coalesce(students, '{}');
  page := jsonb_build_object(
    'day', v_day, 'capacity', jsonb_build_object('per_week', v_capacity, 'acted', v_acted, 'left', v_left), 'total', v_total,
    'hard_deadlines', v_hard, 'hidden', v_hidden,
    'feed', (select jsonb_build_object('since', l.since, 'text', l.text) from ops.alert l
              where l.school_id = p_school.school_id and l.kind = 'feed_stale' and l.until is null),
    'items', v_items);
end
$$;
