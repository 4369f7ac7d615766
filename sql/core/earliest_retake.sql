-- The first day on which a student may sit again after a failure: for a recorded failure that of the coming attempt, after all
-- distances, directed study and its permit; while the exam is planned or waits for its result, should that one fail. Never in the
-- past. Null where no attempt is left, who passed, and where neither a failure nor an exam is on record.
create or replace function core.earliest_retake(p_school int4, p_student int8, p_as_of timestamptz) returns date
  language sql stable as $$
  select case when r.passed then null
              when r.failures > 0 and not r.taken then
                case when r.attempts_left > 0 then greatest(r.earliest_on, r.today) end
              when r.retake_on is not null then greatest(r.retake_on, r.today) end
    from core.calendar_rows(p_school, p_as_of, array[p_student]) r
$$;
