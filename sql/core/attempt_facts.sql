-- What the calendar needs to know of one student's attempts: always one row. The coming attempt as in core.plan_of; of the attempts
-- that count towards a limit (taken, or with an outcome; an incomplete one is taken) their number and their days, newest first.
-- undated: of one of them not even a planned day is known, so that distances cannot be told.
--
-- It is kept in core.attempt_fact, made anew by the statement that says something (core.attempt_facts_keep).
create or replace function core.attempt_facts(p_school int4, p_student int8)
  returns table (attempt int2, failures int2, passed bool, taken bool, exam_on date, permit_from date, permit_to date, days date[],
                 used int4, undated bool, failed_on date, failure_known_on date)
  language sql stable as $$
  select coalesce(k.attempt, 1::int2), coalesce(k.failures, 0::int2), coalesce(k.passed, false), coalesce(k.taken, false),
         k.exam_on, k.permit_from, k.permit_to, coalesce(k.days, '{}'), coalesce(k.used, 0), coalesce(k.undated, false),
         k.failed_on, k.failure_known_on
    from (select) one
    left join core.attempt_fact k on k.school_id = p_school and k.student_id = p_student
$$;
