-- The coming attempt of one student: always one row. It is the highest attempt anyone spoke of; after a failure the one after it,
-- of which nothing is known yet. exam_day is the day taken once it was taken, else the day planned. passed: there is no more to
-- come. last_failed_day: of the newest attempt that failed; sittings: the days on which attempts before the coming one were taken,
-- newest first; date_moves: how often its planned day became another day. Kept beside the log, made anew by the statement that says
-- something (core.attempt_facts_keep): everybody's estimate asks for it, every night. study: what the student reported of the
-- newest weeks, packed (core.study_fold), which is kept in the same row for the same reader.
drop function if exists core.plan_of(int4, int8); -- its columns changed
create or replace function core.plan_of(p_school int4, p_student int8)
  returns table (attempt int2, failures int2, exam_day date, dedicated_day date, permit_from date, permit_to date, taken bool,
                 passed bool, last_failed_day date, sittings date[], date_moves int2, study bytea)
  language sql stable as $$
  select coalesce(k.attempt, 1::int2), coalesce(k.failures, 0::int2), k.exam_on, k.dedicated_day, k.permit_from, k.permit_to,
         coalesce(k.taken, false), coalesce(k.passed, false), k.last_failed_day, coalesce(k.sittings, '{}'),
         coalesce(k.date_moves, 0::int2), k.study
    from (select) one
    left join core.attempt_fact k on k.school_id = p_school and k.student_id = p_student
$$;
