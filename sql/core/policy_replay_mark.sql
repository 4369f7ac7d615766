-- What a replay of a policy over the past rests on, as two numbers that change with any of it: how many students have sat, and the
-- sum of their versions (core.progress: raised by every result and by whatever is said about an attempt; they only grow).
create or replace function core.policy_replay_mark(p_school int4) returns int8[]
  language sql stable as $$
  select array[count(*), coalesce(sum(p.version), 0)::int8]
    from core.attempt_fact f
    join core.progress p on p.school_id = f.school_id and p.student_id = f.student_id
   where f.school_id = p_school and f.used > 0
$$;
