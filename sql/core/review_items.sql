-- What a person who decides on clearance says they looked at. The estimate alone is not enough: a probability on which a decision
-- draws strongly can itself be an automated decision (GDPR Art. 22; CJEU C-634/21), so somebody must have looked at more than it.
create or replace function core.review_items() returns table (item text, words text)
  language sql immutable parallel safe as $$
  values ('results',       'The results themselves, with their dates and how they were taken'),
         ('estimate',      'The estimate with its interval and reasons'),
         ('plan',          'Exam date, permit, deadlines and attempts'),
         ('circumstances', 'Circumstances: health, leave, accommodation, off-cycle'),
         ('student',       'What the student says'),
         ('case',          'Contacts, notes and plans of the case')
$$;
