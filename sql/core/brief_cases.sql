-- The lists overdue, no_follow_up and queue of a night's brief. Which cases stood open is known for the night (core.cases_at);
-- their days, tasks and plans are those there are when it is written.
--
--   overdue       the case's own day, its follow-up or a task of it is over; the longest overdue first. Not what is asleep,
--                 unless it is urgent.
--   no_follow_up  somebody acted, skip_acted_days ago or longer, or what was planned has ended; nothing says how it goes on. Not
--                 what is watched or asleep: it comes back by itself.
--   queue         core.queue_order as of the night, by what the night said, with its sentence; all who stand in it
--
-- Once the exam is sat nothing of it is listed. No titles and no notes: they are for who may read the case.
create or replace function core.brief_cases(p_school core.school, p_run ops.run)
  returns table (code text, place int8, student_id int8, text text, severity int2)
  language sql stable as $$
  with t as materialized ( -- asked once, not for every case
    select (p_run).as_of - core.setting(p_school.school_id, 'skip_acted_days') * interval '1 day' as acted_before
  ), stood as materialized (
    select c, n.state, s.external_id, (c.acted_at at time zone p_school.zone)::date as acted_on,
           c.acted_at <= (p_run).as_of as acted
      from core.cases_at(p_school.school_id, (p_run).as_of) n
      join core.case_file c on c.school_id = p_school.school_id and c.case_id = n.case_id
      join core.student s on s.school_id = c.school_id and s.student_id = c.student_id and s.status <> 'inactive'
     where n.state <> 'resolved' and not c.exam_taken
  ), tasks as materialized (
    select t.case_id, count(*) as open, count(*) filter (where t.due_on < (p_run).night) as late,
           min(t.due_on) filter (where t.due_on < (p_run).night) as late_on
      from core.case_task t
     where t.school_id = p_school.school_id and t.created_at <= (p_run).as_of and (t.ended_at is null or t.ended_at > (p_run).as_of)
     group by t.case_id
  ), plans as materialized (
    select distinct on (i.case_id) i.case_id, i.kind, i.ends_on
      from core.case_plan_item i
     where i.school_id = p_school.school_id and i.state in ('proposed', 'agreed') and i.ends_on < (p_run).night
     order by i.case_id, i.ends_on desc, i.kind
  ), late as (
    select (o.c).student_id, o.external_id, (o.c).severity, least(d.due_on, d.follow_on, t.late_on) as since,
           core.sentence(concat_ws('; ',
             case when d.due_on is not null then
               format('The case was due on %s, %s', d.due_on, core.days_words(d.due_on - (p_run).night)) end,
             case when d.follow_on is not null then
               format('the follow-up was due on %s, %s', d.follow_on, core.days_words(d.follow_on - (p_run).night)) end,
             case when t.late = 1 then format('a task was due on %s', t.late_on)
                  when t.late > 1 then format('%s tasks are overdue, the oldest since %s', t.late, t.late_on) end,
             case when not coalesce(o.acted, o.acted_on is null) then null when o.acted then format('last acted on %s', o.acted_on)
                  else 'nobody has acted' end)) as text
      from stood o
      left join tasks t on t.case_id = (o.c).case_id
     cross join lateral (
            select case when (o.c).due_on < (p_run).night then (o.c).due_on end as due_on,
                   case when (o.c).follow_up_on < (p_run).night and not coalesce(o.acted_on >= (o.c).follow_up_on, false)
                        then (o.c).follow_up_on end as follow_on) d
     where least(d.due_on, d.follow_on, t.late_on) is not null
       and ((o.c).severity >= 4 or not coalesce((o.c).snooze_until > (p_run).night, false))
  ), left_alone as (
    select (o.c).student_id, o.external_id, (o.c).severity, coalesce(i.ends_on, o.acted_on) as since,
           case when i.ends_on is not null then
                  core.sentence(format('%s ended on %s, %s; what came of it is not noted', replace(i.kind, '_', ' '), i.ends_on,
                                       core.days_words(i.ends_on - (p_run).night)))
                else format('Acted on %s, %s; no day for a follow-up is set and no task is open.', o.acted_on,
                            core.days_words(o.acted_on - (p_run).night)) end as text
      from stood o
      left join tasks t on t.case_id = (o.c).case_id
      left join plans i on i.case_id = (o.c).case_id and i.ends_on > coalesce(o.acted_on, '-infinity')
     where o.state <> 'watching' and (o.c).follow_up_on is null and coalesce(t.open, 0) = 0
       and not coalesce((o.c).snooze_until >= (p_run).night, false)
       and (i.ends_on is not null
            or (o.c).acted_at <= (select t.acted_before from t))
  )
  select 'overdue', row_number() over (order by l.since, l.severity desc, l.external_id), l.student_id, l.text, l.severity
    from late l
  union all
  select 'no_follow_up', row_number() over (order by l.since, l.severity desc, l.external_id), l.student_id, l.text, l.severity
    from left_alone l
  union all
  select 'queue', row_number() over (order by q.rank), q.student_id,
         core.queue_sentence(q.state, q.hard, q.p, q.helps, q.preventable, q.until, q.last_safe_on, q.exam_on, q.days),
         (o.c).severity
    from core.queue_order(p_school.school_id, (p_run).as_of, (p_run).night) q
    join stood o on (o.c).case_id = q.case_id
   where q.rank is not null
$$;
