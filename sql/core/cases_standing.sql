-- The open cases of a school as they stand at a time, with the step that time alone makes due: verb and next state, null where
-- none. What the sweep (core.case_sweep) writes down and what the queue, which may not write, already counts with: one source for
-- both.
--
--   time_out       new or acknowledged, and nobody acted for acknowledge_h; a case put to sleep waits, unless it is urgent, and its
--                  time begins anew when it wakes
--   snooze_end     its day has come (the state stays)
--   follow_up_due  what is watched comes back on the day it was meant to
--   cover_end      taken for somebody who was away; the cover is over, it goes back (the state stays)
create or replace function core.cases_standing(p_school int4, p_now timestamptz)
  returns table (case_id int8, student_id int8, state text, snoozed bool, verb text, next text)
  language sql stable as $$
  with t as materialized (
    select s.zone, (p_now at time zone s.zone)::date as day, core.setting(p_school, 'acknowledge_h') * interval '1 h' as patience
      from core.school s where s.school_id = p_school
  )
  select c.case_id, c.student_id, c.state, w.snoozed, v.verb, case when v.verb is not null then core.case_next(c.state, v.verb) end
    from t
    join core.case_file c on c.school_id = p_school and c.state not in ('resolved', 'merged')
   cross join lateral (select coalesce(c.snooze_until > t.day, false) as snoozed,
                              greatest(c.state_since, c.acted_at,
                                       greatest(c.snooze_until, c.slept_until)::timestamp at time zone t.zone) as slept) w
   cross join lateral (
          select case
                   when c.state in ('new', 'acknowledged')
                        and p_now >= t.patience + case when w.snoozed then greatest(c.state_since, c.acted_at) else w.slept end
                        and (not w.snoozed or c.severity >= 4) then 'time_out'
                   when c.snooze_until <= t.day then 'snooze_end'
                   when c.state = 'watching' and c.follow_up_on <= t.day then 'follow_up_due'
                   when c.held_for is not null and not exists (
                          select from core.cover v
                           where v.school_id = p_school and v.absent_id = c.held_for and v.staff_id = c.owner_id
                             and v.ended_at is null and p_now >= v.valid_from and p_now < v.valid_until) then 'cover_end'
                 end as verb
          offset 0) v -- once a row, not wherever it is asked for
$$;
