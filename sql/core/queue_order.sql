-- The open cases that this person sees, in the order in which to see the students. rank null: not to be seen today, and skip says
-- why:
--   exam_taken   nothing is left to prevent          muted      every open reason is (core.rule_mutes)
--   asleep       until a day                         watching   until it gets worse, or its follow-up
--   acted        somebody did something lately (skip_acted_days); a follow-up that is due ends that
--   no_reason    what it was about went away; it waits for its owner to close it
-- What is regressed or escalating is skipped for none of the last four.
--
-- First those with a hard deadline (last safe day within deadline_days, and not cleared for the exam), then the others; in both
-- regressed before escalating before the rest; then by core.preventable(): P(fail) times the chance that acting still helps by the
-- last safe day. By the exam day where the last safe day is over or there is none; by neither: as if it were far away. A student
-- without an estimate counts as one half. Who ties stands by the school's own id: by a number that this database made, another copy
-- of the same school would order them otherwise.
--
-- The state is that of core.cases_standing(): what time alone has made due counts before the sweep has written it down. P is that
-- of the estimate in force; with p_night what was said in that night, so that a night's brief does not turn with the day after it.
drop function if exists core.queue_order(int4, timestamptz); -- it knew no nights
create or replace function core.queue_order(p_school int4, p_now timestamptz, p_night date default null)
  returns table (case_id int8, student_id int8, state text, rank int8, skip text, hard bool, exam_on date, last_safe_on date,
                 days int4, until text, p float8, helps float8, preventable float8)
  language sql stable as $$
  with t as materialized (
    select (p_now at time zone s.zone)::date as day, core.setting(p_school, 'deadline_days')::int4 as deadline_days,
           p_now - core.setting(p_school, 'skip_acted_days') * interval '1 day' as acted_before
      from core.school s where s.school_id = p_school
  ), mutes as materialized (
    select l.student_id, m.code
      from t
      join core.life_event l on l.school_id = p_school and l.withdrawn_at is null
                            and t.day between l.starts_on and coalesce(l.ends_on, 'infinity')
      join core.rule_mutes() m on m.kind = l.kind
  ), quiet as materialized (
    select m.code from core.rule_mutes() m
     where m.kind = 'feed_stale'
       and exists (select from ops.alert a where a.school_id = p_school and a.kind = 'feed_stale' and a.until is null)
  ), heard as materialized (
    select distinct r.case_id
      from core.case_file c
      join core.case_reason r on r.school_id = c.school_id and r.case_id = c.case_id and r.closed_at is null
     where c.school_id = p_school and c.state not in ('resolved', 'merged')
       and (r.source <> 'rule'
            or ((r.student_id, r.code) not in (select m.student_id, m.code from mutes m)
              and r.code not in (select q.code from quiet q)))
  ), standing as materialized (
    select n.case_id, n.snoozed, n.next, coalesce(n.next, n.state) as state from core.cases_standing(p_school, p_now) n
  ), cases as materialized (
    select c.case_id, c.student_id, s.external_id, n.state, a.p, c.exam_on, c.last_safe_on, c.attempt,
           coalesce(c.last_safe_on between t.day and t.day + t.deadline_days, false) as near,
           case
             when c.exam_taken then 'exam_taken'
             when c.severity > 1 and c.case_id not in (select h.case_id from heard h) then 'muted'
             when n.state in ('regressed', 'escalating') then null
             when c.severity = 1 and c.opened_by is null then 'no_reason'
             when n.snoozed then 'asleep'
             when n.next is null and c.state = 'watching' and not coalesce(a.p <= c.mark_p - c.mark_delta + 1e-9, false)
               then 'watching'
             when c.acted_at >= t.acted_before and not coalesce(c.follow_up_on <= t.day, false) then 'acted'
           end as skip
      from t
      join core.case_file c on c.school_id = p_school and c.state not in ('resolved', 'merged')
      join core.student s on s.school_id = c.school_id and s.student_id = c.student_id and s.status <> 'inactive'
      join standing n on n.case_id = c.case_id
      left join lateral (
             select x.p from core.assessment x
              where p_night is null and x.school_id = c.school_id and x.student_id = c.student_id
             union all
             select e.p from core.estimate_night e
              where p_night is not null and e.school_id = c.school_id and e.night = p_night
                and e.student_id = c.student_id) a on true
  ), dated as materialized (
    select c.*, c.near and coalesce(l.state not in ('cleared', 'waived') or l.valid_until < t.day, true) as hard,
           u.until, case u.until when 'last_safe_day' then c.last_safe_on - t.day when 'exam_day' then c.exam_on - t.day end as days
      from t
     cross join cases c
      left join lateral (
             select k.state, k.valid_until from core.clearance k
              where c.near and k.school_id = p_school and k.student_id = c.student_id and k.attempt = c.attempt
              order by k.revision desc limit 1) l on true
     cross join lateral (select case when c.last_safe_on >= t.day then 'last_safe_day' when c.exam_on is not null then 'exam_day'
                                     else 'open' end as until) u
  ), weighed as (
    select d.*, core.preventable(0, d.days) as helps, core.preventable(coalesce(d.p, 0.5), d.days) as preventable from dated d
  )
  select w.case_id, w.student_id, w.state,
         case when w.skip is null then row_number() over (
           order by w.skip is not null, not w.hard, coalesce(array_position(array['regressed', 'escalating'], w.state), 3),
                    w.preventable desc, w.p, w.days, w.external_id, w.case_id) end,
         w.skip, w.hard, w.exam_on, w.last_safe_on, w.days, w.until, w.p, w.helps, w.preventable
    from weighed w
$$;
