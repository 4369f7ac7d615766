-- What is read far more often than it changes: of each student's attempts what the calendar needs, what the policy in force
-- proposes, and the way to what somebody did.
--
-- ---- attempts
--
-- The calendar of a class is made whenever somebody looks at it (days follow from rules and the day it is), but what it starts
-- from, the fold of what was said about each student's attempts, changes a few times in a student's life. Half of the time went
-- into it. So it is kept beside the log, one row for each student of whom anything was said, and made anew by the statement that
-- adds to the log. A trigger and not the functions that write: there are three of them and imports besides, and one that forgot
-- would leave a deadline wrong without a word.
--
-- Not in core.progress, which every upload writes anew. Results do not come near this table.
create table core.attempt_fact (
  school_id int4 not null,
  student_id int8 not null,
  attempt int2 not null,       -- the coming one, as core.plan_of has it
  failures int2 not null,
  passed bool not null,
  taken bool not null,         -- the coming one is sat, its outcome open; or it was passed
  exam_on date,                -- of the coming one: taken, else planned
  permit_from date,
  permit_to date,
  days date[] not null,        -- of the attempts that count towards a limit, newest first, as far as known
  used int4 not null,          -- how many count: taken, or with an outcome (an incomplete one is taken)
  undated bool not null,       -- of one of them not even a planned day is known, so that distances cannot be told
  failed_on date,              -- the newest that failed
  failure_known_on date,
  primary key (school_id, student_id),
  foreign key (school_id, student_id) references core.student
);
call core.protect_student('core.attempt_fact');

-- Makes the rows of these students anew. It stands here and not with the functions that may be replaced at any time: what it made
-- is kept, so another fold is another migration, which fills the table anew. core.attempts_of() is the fold of one attempt.
--
-- The lock comes before the look. Two who say something about one student at the same time take turns at the progress row, and the
-- second sees what the first said: each statement of this function sees what was committed before it began. In key order, as
-- core.touch() takes them afterwards.
create function core.attempt_facts_keep(p_school int4, p_students int8[]) returns void
  language plpgsql as $$
begin
  perform from core.progress p
    where p.school_id = p_school and p.student_id = any (p_students)
    order by p.school_id, p.student_id
      for no key update;
  insert into core.attempt_fact as k (school_id, student_id, attempt, failures, passed, taken, exam_on, permit_from, permit_to,
                                      days, used, undated, failed_on, failure_known_on)
  select p_school, f.student_id, f.attempt + (f.over)::int4, f.failures, f.passed, not f.over and f.taken_on is not null,
         case when not f.over then coalesce(f.taken_on, f.planned_on) end, case when not f.over then f.permit_from end,
         case when not f.over then f.permit_to end, coalesce(f.days, '{}'), f.used, f.used > coalesce(cardinality(f.days), 0),
         f.failed_on, f.failure_known_on
    from (select s.student_id, max(t.attempt) as attempt, count(*) filter (where t.outcome = 2) as failures,
                 coalesce(bool_or(t.outcome = 1), false) as passed,
                 coalesce((array_agg(t.outcome order by t.attempt desc))[1] = 2, false) as over, -- failed: the next is to come
                 (array_agg(t.taken_on order by t.attempt desc))[1] as taken_on,
                 (array_agg(t.planned_on order by t.attempt desc))[1] as planned_on,
                 (array_agg(t.permit_from order by t.attempt desc))[1] as permit_from,
                 (array_agg(t.permit_to order by t.attempt desc))[1] as permit_to,
                 array_agg(u.day order by u.day desc) filter (where u.day is not null) as days,
                 count(*) filter (where u.counts) as used, max(u.day) filter (where t.outcome = 2) as failed_on,
                 max(coalesce(t.outcome_known_on, u.day)) filter (where t.outcome = 2) as failure_known_on
            from unnest(p_students) s(student_id)
           cross join lateral core.attempts_of(p_school, s.student_id) t
           cross join lateral (select t.taken_on is not null or t.outcome is not null as counts) n
           cross join lateral (select n.counts, case when n.counts then coalesce(t.taken_on, t.planned_on, t.outcome_known_on) end
                                        as day) u
           group by s.student_id) f
      on conflict (school_id, student_id) do update
     set (attempt, failures, passed, taken, exam_on, permit_from, permit_to, days, used, undated, failed_on, failure_known_on)
       = (excluded.attempt, excluded.failures, excluded.passed, excluded.taken, excluded.exam_on, excluded.permit_from,
          excluded.permit_to, excluded.days, excluded.used, excluded.undated, excluded.failed_on, excluded.failure_known_on);
end
$$;

create function core.plan_change_said() returns trigger
  language plpgsql as $$
declare
  v_school record;
begin
  for v_school in
    select s.school_id, array_agg(distinct s.student_id) as students from said s group by s.school_id order by s.school_id
  loop
    perform core.attempt_facts_keep(v_school.school_id, v_school.students);
  end loop;
  return null;
end
$$;
-- Its lock keeps everybody from saying more until this migration is over; the log is read once, some 25 microseconds a student.
create trigger plan_change_said after insert on core.plan_change
  referencing new table as said for each statement execute function core.plan_change_said();

select set_config('sg.scope', '*|*', true);
do $$
declare
  v_school record;
begin
  for v_school in
    select c.school_id, array_agg(distinct c.student_id) as students from core.plan_change c group by c.school_id
  loop
    perform core.attempt_facts_keep(v_school.school_id, v_school.students);
  end loop;
end
$$;
select set_config('sg.scope', '', true);

-- ---- proposals

-- What the policy in force proposed of a student's coming attempt, with all that it was made from; for choosing among a class
-- (api.clearance_list) without reading all of its results. It counts as long as each thing it was made from is still the same
-- (core.clearance_kept_now), so nobody has to mark anything, and a row that is missing or old costs time and never a wrong answer.
-- Written at night and when a policy is activated (core.clearance_keep). A decision never rests on it: what a person sees of one
-- student is always made anew.
--
-- Rejected: making it with every upload (an upload would wait for a policy); a trigger that marks it old (results are the hot
-- path).
create table core.clearance_kept (
  school_id int4 not null,
  student_id int8 not null,
  made_at timestamptz not null,
  today date not null,      -- the school's day then: distances in days are counted from it
  zone text not null,
  policy_id int8 not null,  -- an active policy never changes
  attempt int2 not null,
  exam_on date,
  breaks text[] not null,
  version int8 not null,    -- of core.progress: raised by every result, plan and change of the roster
  estimate_at timestamptz,  -- when the estimate was recorded; null: there was none
  proposal text not null check (proposal in ('meets', 'does_not_meet', 'cannot_say')),
  primary key (school_id, student_id),
  foreign key (school_id, student_id) references core.student
);
call core.protect_student('core.clearance_kept');

-- A policy's replay over the two years until a day (core.policy_replay), with what it was made from: the policy's revision, and of
-- all who sat how many they are and the sum of their versions, which only ever grow (core.policy_replay_mark). Other spans, and a
-- policy that was changed since, are computed when they are asked for.
create table core.policy_replay_kept (
  school_id int4 not null,
  policy_id int8 not null,
  revision int4 not null,
  from_on date not null,
  to_on date not null,
  zone text not null,
  mark int8[] not null,
  document jsonb not null,
  primary key (school_id, policy_id),
  foreign key (school_id, policy_id) references core.policy
);
call core.protect('core.policy_replay_kept');

-- ---- the trail

-- "Who put a policy in force, and when?" among half a million lines that say something else: the newest of an action are where its
-- range ends. Written with each line of the trail, which are looks and deeds of people, never uploads. Building it holds up new
-- lines for a second or two with every million that there are.
create index event_by_action on audit.event (school_id, action, event_id);
