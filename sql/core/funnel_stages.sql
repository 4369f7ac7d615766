-- The stages from being flagged to passing, and what each means: the words beside the chart, and the names of its filter.
create or replace function core.funnel_stages() returns table (place int4, stage text, word text, definition text)
  language sql immutable parallel safe as $$
  values (1, 'flagged',   'flagged',   'A case was opened in the period; of several the one of the newest attempt counts.'),
         (2, 'contacted', 'contacted', 'Somebody noted an outreach of any kind on that case, whatever came of it.'),
         (3, 'met',       'met',       'An outreach ended in a meeting.'),
         (4, 'plan',      'plan',      'The case has a plan item that was not dropped.'),
         (5, 'retested',  'retested',  'After the case was opened a readiness check was taken: not a repeated form, not untimed.'),
         (6, 'cleared',   'cleared',   'After that a person cleared the student for this attempt, or waived the policy.'),
         (7, 'passed',    'passed',    'This attempt was passed; the day is the day of the exam.')
$$;
