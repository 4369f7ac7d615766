-- What each code of calendar_rows.breaks says to a person.
create or replace function core.calendar_break_words() returns table (code text, words text)
  language sql immutable parallel safe as $$
  values ('limit_reached',         'All attempts that are allowed are used up.'),
         ('day_unknown',           'The day of an attempt is not on record; distances between attempts cannot be told.'),
         ('no_lawful_day',         'No day is both lawful and early enough to keep the path.'),
         ('too_soon',              'The planned day is earlier than the rules between attempts allow.'),
         ('before_permit',         'The planned day is before the eligibility period.'),
         ('after_permit',          'The planned day is after the eligibility period.'),
         ('after_deadline',        'The exam is later than the school wants it taken.'),
         ('result_after_deadline', 'The result may come after the day by which a pass is due.'),
         ('result_after_block',    'The result may come after the clerkship block is closed to the student.'),
         ('day_over',              'The planned day is over, and whether the exam was taken is not on record.')
$$;
