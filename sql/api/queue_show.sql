-- Whom to see today, in which order, and why (core.queue_order). GET
-- /api/v1/queue?owner&mine&class_year&state&severity&limit&format
--
-- The line is drawn at what the office can still do this week: capacity_per_week less the cases that somebody acted on since
-- Monday. Below it stand the next few (queue_marginal), so that the cut is seen; a hard deadline is shown wherever the line is (up
-- to a page). Filters choose among the rows and change neither rank nor line. hidden says how many open cases are not in the queue,
-- and why.
--
-- Who: sg_office, right "records"; an adviser sees their own caseload, by row-level security alone. Ground: the person's own.
-- Locks: none.
create or replace function api.queue_show(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_page constant int8 := 50; -- as other lists; more by limit
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_day date := (v_me.now at time zone v_me.zone)::date;
  v_csv bool := core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'csv';
  v_owner int8 := case when core.arg_choice(p_args, 'mine', '{true,false}', 'false') = 'true' then v_me.staff_id
                       else core.arg_number(p_args, 'owner', null, 1, 999999999999) end;
  v_year int8 := core.arg_number(p_args, 'class_year', null, 1900, 2999);
  v_state text := core.arg_choice(p_args, 'state', '{any,new,acknowledged,in_progress,watching,regressed,escalating}', 'any');
  v_severity text := core.arg_choice(p_args, 'severity', '{any,info,watch,warning,urgent}', 'any');
  v_limit int8 := core.arg_number(p_args, 'limit', null, 1, 200);
  v_filtered bool := v_owner is not null or v_year is not null or v_state <> 'any' or v_severity <> 'any';
  v_capacity int8 := core.setting(v_me.school_id, 'capacity_per_week');
  v_points float8 := core.setting(v_me.school_id, 'watch_delta_points');
  v_night ops.night;
  v_since timestamptz;
  v_acted int8;
  v_left int8;
  v_items jsonb;
  v_students int8[];
  v_total int8;
  v_hard int8;
  v_hidden jsonb;
begin
  perform core.args_known(p_args, '{format,mine,owner,class_year,state,severity,limit}');
  if v_csv then
    perform core.export_check(v_me);
  end if;
  select count(*) into v_acted from core.case_file c
   where c.school_id = v_me.school_id and c.acted_at >= date_trunc('week', v_me.now at time zone v_me.zone) at time zone v_me.zone;
  v_left := greatest(v_capacity - v_acted, 0);

  -- Yesterday: what the last night said that was over before today began.
  select * into v_night from ops.night n
   where n.school_id = v_me.school_id and n.as_of < v_day::timestamp at time zone v_me.zone
   order by n.night desc limit 1;
  v_since := coalesce(v_night.as_of, (v_day - 1)::timestamp at time zone v_me.zone);

  with ordered as materialized (
    select * from core.queue_order(v_me.school_id, v_me.now)
  ), cut as (
    select coalesce(v_limit, case when v_filtered then c_page
                    else greatest(v_left + core.setting(v_me.school_id, 'queue_marginal'),
                      least(count(o.rank) filter (where o.hard), c_page)) end)
             as most,
           count(o.rank) as total, count(o.rank) filter (where o.hard) as hard
      from ordered o
  ), chosen as materialized (
    select o.*, c, row_number() over (order by o.rank) as n
      from ordered o
      join core.case_file c on c.school_id = v_me.school_id and c.case_id = o.case_id
      join core.student s on s.school_id = v_me.school_id and s.student_id = o.student_id
     where o.rank is not null and (v_filtered or v_csv or o.rank <= (select cut.most from cut))
       and (v_owner is null or c.owner_id = v_owner) and (v_year is null or s.class_year = v_year)
       and (v_state = 'any' or o.state = v_state) and (v_severity = 'any' or core.severity_name(c.severity) = v_severity)
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
             'clearance', core.clearance_state(v_me.school_id, o.student_id, (o.c).attempt),
             'changed', jsonb_build_object(
               'since', v_night.night, 'p', e.p, 'state', core.state_name(e.state), 'exam_day', e.exam_day,
               'kind', core.since_yesterday(o.c, v_since, e, a, codes.opened, codes.closed, v_points),
               'opened', codes.opened, 'closed', codes.closed)) as item
      from cut, chosen o
      join core.student s on s.school_id = v_me.school_id and s.student_id = o.student_id
     cross join lateral core.case_reasons_list(o.c, v_me.now) reasons
     cross join lateral (
            select core.case_reason_codes(o.c, 'opened', v_since) as opened,
                   core.case_reason_codes(o.c, 'closed', v_since) as closed
            offset 0) codes -- each once
      left join core.assessment a on a.school_id = v_me.school_id and a.student_id = o.student_id
      left join core.estimate_night e on e.school_id = v_me.school_id and e.night = v_night.night and e.student_id = o.student_id
     where v_csv or o.n <= cut.most
  )
  select (select coalesce(jsonb_agg(r.item order by r.n), '[]') from rows r),
    (select array_agg(r.student_id order by r.n) from rows r),
         (select cut.total from cut), (select cut.hard from cut),
         (select coalesce(jsonb_object_agg(h.skip, h.n), '{}')
            from (select o.skip, count(*) as n from ordered o where o.skip is not null group by o.skip) h)
    into v_items, v_students, v_total, v_hard, v_hidden;
  if v_csv then
    return core.reply_list(v_me, p_args, v_items, null, v_total, coalesce(v_students, '{}'),
      '{rank,above_line,student.student_id,student.given_name,student.family_name,student.class_year,case,state,severity,'
      'estimate.state,estimate.p,estimate.p_low,estimate.p_high,estimate.readiness_mean,exam_on,last_safe_on,clearance,owner.name,'
      'due_on,overdue,order.preventable,order.sentence}');
  end if;
  return core.reply(jsonb_build_object(
           'day', v_day, 'capacity', jsonb_build_object('per_week', v_capacity, 'acted', v_acted, 'left', v_left), 'total', v_total,
           'hard_deadlines', v_hard,
           'hidden', v_hidden,
           'feed', (select jsonb_build_object('since', l.since, 'text', l.text) from ops.alert l
                     where l.school_id = v_me.school_id and l.kind = 'feed_stale' and l.until is null),
           'items', v_items),
         coalesce(v_students, '{}'), v_me.ground);
end
$$;
