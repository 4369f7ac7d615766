-- What students report of their weeks, where everybody's estimate finds it: rules about how somebody studies look at it (goals
-- missed, cramming, misses left alone, confidence far from the estimate). The estimate itself does not.
--
-- It is kept packed in the row that holds the fold of what was said about the exam (0016, 0023). Every upload and every night read
-- that row, so who reports nothing costs nothing; a table of its own would cost a look-up for everybody.
--
-- At the end of both types, which are read by place (0015).
alter type api.student_state add attribute study bytea;
alter type api.student_past add attribute study bytea;
alter table core.attempt_fact add column study bytea; -- null: nothing was reported

-- The newest weeks that this student spoke of, at most p_most, newest first; 12 bytes each, big-endian:
--
--   Monday 2, day it was said 2 (of the school's zone; both in days since 2000) | questions 2, minutes of study 2 | goal of
--   questions 2, 0 for none | share of misses gone over 1, confidence 1, in percent, 255 for not said
--
-- Of several words about a week the last counts, and the goal is the one that stood on its Monday: a goal set on a Wednesday is not
-- missed by the days before it. It stands here for the reason that core.attempt_facts_keep does (0016): what it made is kept.
create function core.study_fold(p_school int4, p_student int8, p_most int4) returns bytea
  language sql stable as $$
  select string_agg(int2send((w.week_from - date '2000-01-01')::int2) || int2send((w.said_on - date '2000-01-01')::int2)
                    || int2send(w.questions::int2) || int2send(w.study_minutes::int2)
                    || int2send(coalesce(g.questions_a_week, 0)::int2)
                    || substr(int2send(coalesce(w.reviewed_percent, 255)::int2), 2)
                    || substr(int2send(coalesce(w.confidence_percent, 255)::int2), 2), '' order by w.week_from desc)
    from (select distinct on (c.week_from) c.week_from, c.questions, c.study_minutes, c.reviewed_percent, c.confidence_percent,
                 least(greatest((c.made_at at time zone s.zone)::date, date '2000-01-01'), date '2089-01-01') as said_on
            from core.study_checkin c
            join core.school s on s.school_id = c.school_id
           where c.school_id = p_school and c.student_id = p_student
             and c.week_from between date '2000-01-01' and date '2089-01-01' -- what two bytes hold
           order by c.week_from desc, c.made_at desc, c.checkin_id desc
           limit p_most) w
    left join lateral (
           select q.questions_a_week
             from core.study_goal q
            where q.school_id = p_school and q.student_id = p_student and q.from_day <= w.week_from
            order by q.set_at desc, q.goal_id desc
            limit 1) g on true
$$;

-- Makes it anew for these students. Twelve weeks: the dedicated period, and what is compared with it. Who spoke of no exam yet gets
-- the row that stands for that. Locks as core.attempt_facts_keep.
create function core.study_keep(p_school int4, p_students int8[]) returns void
  language plpgsql as $$
begin
  perform from core.progress p
    where p.school_id = p_school and p.student_id = any (p_students)
    order by p.school_id, p.student_id
      for no key update;
  insert into core.attempt_fact (school_id, student_id, attempt, failures, passed, taken, days, used, undated, study)
  select p_school, s.student_id, 1, 0, false, false, '{}', 0, false, core.study_fold(p_school, s.student_id, 12)
    from unnest(p_students) s(student_id)
      on conflict (school_id, student_id) do update set study = excluded.study;
end
$$;

-- The flags of these students rest on it: their stored estimates are stale.
create function core.study_said() returns trigger
  language plpgsql as $$
declare
  v_school record;
begin
  for v_school in
    select s.school_id, array_agg(distinct s.student_id) as students from said s group by s.school_id order by s.school_id
  loop
    perform core.study_keep(v_school.school_id, v_school.students);
    perform core.touch(v_school.school_id, v_school.students);
  end loop;
  return null;
end
$$;
create trigger study_goal_said after insert on core.study_goal
  referencing new table as said for each statement execute function core.study_said();
create trigger study_checkin_said after insert on core.study_checkin
  referencing new table as said for each statement execute function core.study_said();

select set_config('sg.scope', '*|*', true);
do $$
declare
  v_school record;
begin
  for v_school in
    select c.school_id, array_agg(distinct c.student_id) as students from core.study_checkin c group by c.school_id
  loop
    perform core.study_keep(v_school.school_id, v_school.students);
  end loop;
end
$$;
select set_config('sg.scope', '', true);
