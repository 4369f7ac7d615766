-- How a case can end, coded. by: who may say so, a person or a rule.
create or replace function core.case_resolutions() returns table (code text, by text, meaning text)
  language sql immutable parallel safe as $$
  values ('ready',      'person', 'Readiness is shown.'),
         ('plan_agreed','person', 'A plan is in place; nothing more is to be done for now.'),
         ('postponed',  'person', 'The exam was moved to a safer day.'),
         ('on_leave',   'person', 'The student is on leave.'),
         ('not_needed', 'person', 'Looked at; nobody was needed.'),
         ('referred',   'person', 'Handed to somebody outside the office, such as the progress committee.'),
         ('no_contact', 'person', 'The student could not be reached, and what the school asks for then was done.'),
         ('left',       'person', 'The student left the school.'),
         ('recovered',  'rule',   'The reasons went away before anybody had begun.'),
         ('passed',     'rule',   'The exam was passed.'),
         ('failed',     'rule',   'The exam was failed; the next attempt has a case of its own.')
$$;
