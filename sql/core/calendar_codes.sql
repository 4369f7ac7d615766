-- The rules about dates that a school may set for itself (core.calendar_rule): what each means, whether it is a day or a number,
-- within which bounds, and which of the USMLE's it stands in for where the school has none.
create or replace function core.calendar_codes() returns table (code text, kind text, low int4, high int4, words text)
  language sql immutable parallel safe as $$
  values ('taken_by',      'day',    null::int4, null::int4,
          'The exam is to be taken by this day. A student''s own day on the roster goes before it.'),
         ('passed_by',     'day',    null, null, 'The result of a pass is to be there by this day.'),
         ('attempt_limit', 'number', 1,    10,   'Attempts that the school allows; counts where it is tighter than the USMLE''s.'),
         ('block_start',   'day',    null, null,
          'A clerkship block begins; the result is to be there by its first day, less the days of lock-out. One for each block.'),
         ('lockout_days',  'number', 0,    180,
          'Days before a block by which the result must be there, else the student is locked out of it.'),
         ('study_weeks',   'number', 0,    104,
          'Weeks of directed study after a failure became known, before the next attempt.'),
         ('result_weeks',  'number', 1,    26,   'Weeks to plan with for a result, instead of the USMLE''s eight.'),
         ('notice_days',   'number', 0,    90,   'Days before an exam by which it must be decided to move it.')
$$;
