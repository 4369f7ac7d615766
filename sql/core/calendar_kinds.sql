-- What the days of core.calendar_rows are called as entries of a calendar, in the order in which they stand on one day. place is
-- part of an entry's number and never changes.
create or replace function core.calendar_kinds() returns table (kind text, place int4, words text)
  language sql immutable parallel safe as $$
  values ('last_safe_day', 0, 'Last day on which a decision about the date still protects the path'),
         ('exam', 1, 'Exam, planned or taken'),
         ('deadline', 2, 'By this day the school wants the exam taken'),
         ('pass_due', 3, 'By this day the result of a pass is to be there'),
         ('permit_end', 4, 'The eligibility period ends'),
         ('result_typical', 5, 'The result is typically there'),
         ('result_expected', 6, 'The day to plan with for the result'),
         ('retake_from', 7, 'First day on which another attempt may be sat after a failure'),
         ('block_start', 8, 'The clerkship block begins')
$$;
