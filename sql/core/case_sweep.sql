-- What time does to the cases of a school: raises or ends the alert of a stale feed, opens cases for what is not muted any more,
-- then makes the steps that are due (core.cases_standing), and once a day looks at the calendar. Each once: a second call at the
-- same time changes nothing. Gives how many of each. All students of the school must be in scope.
--
-- Locks: progress rows of the students concerned and their cases (core.cases_follow), in key order; the steps pass over cases that
-- somebody else holds, for the next call. So it never waits while holding what others wait for.
create or replace function core.case_sweep(p_school int4, p_now timestamptz) returns jsonb
  language plpgsql as $$
declare
  v_zone text := (select s.zone from core.school s where s.school_id = p_school);
  v_day date := (p_now at time zone v_zone)::date;
  v_feed text := core.feed_follow(p_school, p_now);
  v_students int8[];
  v_followed int4 := 0;
  v_held int8[];
  v_steps jsonb := '{}';
  v_more jsonb;
begin
  -- Flags without a reason: their rule was muted when they opened, or they are older than cases are.
  select array_agg(distinct w.student_id) into v_students
    from (select f.student_id, f.code
            from core.flag f where f.school_id = p_school and f.closed_at is null and f.severity >= 3
          union all
          select a.student_id, 'at_risk' from core.assessment a where a.school_id = p_school and a.state = 1) w
   where not exists (select from core.case_reason r
                      where r.school_id = p_school and r.student_id = w.student_id and r.closed_at is null
                        and (r.code = w.code or (w.code = 'at_risk' and r.code = 'low_probability')));
  if v_students is not null then
    perform from core.progress p where p.school_id = p_school and p.student_id = any (v_students) order by p.school_id, p.student_id
      for no key update;
    v_followed := core.cases_follow(array_fill(p_school, array[cardinality(v_students)]), v_students, p_now);
  end if;

  loop -- a sleep that ended may let another step fall due
    select array_agg(h.case_id) into v_held
      from (select c.case_id from core.case_file c
             where c.school_id = p_school and c.case_id in (select s.case_id from core.cases_standing(p_school, p_now) s
                                                             where s.verb is not null)
             order by c.case_id for no key update skip locked) h;
    exit when v_held is null;
    with due as (
      select s.case_id, s.state as from_state, s.verb, coalesce(s.next, s.state) as to_state,
             case s.verb
               when 'time_out' then 'Nobody acted in time.'
               when 'snooze_end' then 'Awake again.'
               when 'follow_up_due' then 'The day of the follow-up has come.'
               else 'The cover is over; it goes back to its owner.' end as why
        from core.cases_standing(p_school, p_now) s
       where s.case_id = any (v_held) and s.verb is not null
    ), done as (
      update core.case_file c
         set state = d.to_state, state_since = case when d.to_state = c.state then c.state_since else p_now end, state_why = d.why,
             revision = c.revision + 1,
             snooze_until = case when d.verb in ('time_out', 'snooze_end') then null else c.snooze_until end,
             slept_until = case when d.verb = 'snooze_end' then c.snooze_until else c.slept_until end,
             mark_p = case when d.verb = 'follow_up_due' then null else c.mark_p end,
             mark_delta = case when d.verb = 'follow_up_due' then null else c.mark_delta end,
             owner_id = case when d.verb = 'cover_end' then c.held_for else c.owner_id end,
             held_for = case when d.verb = 'cover_end' then null else c.held_for end
        from due d
       where c.school_id = p_school and c.case_id = d.case_id
      returning c.case_id, c.student_id, c.revision, d.verb, d.from_state, d.to_state, d.why
    ), told as (
      insert into core.case_event (school_id, case_id, student_id, at, verb, from_state, to_state, revision, detail)
      select p_school, d.case_id, d.student_id, p_now, d.verb, d.from_state, d.to_state, d.revision,
             jsonb_build_object('sentence', d.why)
        from done d order by d.case_id
      returning verb
    )
    select jsonb_object_agg(n.verb, n.n) into v_more from (select t.verb, count(*) as n from told t group by t.verb) n;
    exit when v_more is null;
    select jsonb_object_agg(k.key, coalesce((v_steps ->> k.key)::int8, 0) + coalesce((v_more ->> k.key)::int8, 0)) into v_steps
      from jsonb_object_keys(v_steps || v_more) k(key);
  end loop;

  -- The last safe day moves with the day.
  if exists (select from core.case_file c
              where c.school_id = p_school and c.state not in ('resolved', 'merged') and c.dates_on is distinct from v_day) then
    perform core.case_dates_follow(p_school, null, p_now);
  end if;
  return jsonb_build_object('feed', v_feed, 'followed', v_followed, 'steps', v_steps);
end
$$;
