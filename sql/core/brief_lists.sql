-- The lists of the nightly brief in their order: code, title, what standing in it means. known says of when it speaks: 'night', the
-- as-of moment alone; 'written', what stood in the records when the brief was written, where no history of it is kept (days of
-- plans, due days, decisions, versions). A student stands in one of the first four at most.
create or replace function core.brief_lists() returns table (place int4, code text, title text, means text, known text)
  language sql immutable parallel safe as $$
  select row_number() over ()::int4, v.*
    from (values
      ('new', 'New', 'Needed nobody the night before, and now does: at risk, or a flag of severity warning or urgent.', 'night'),
      ('worsened', 'Worsened', 'A graver state, a fall of P, or a further warning since the night before.', 'night'),
      ('regressed', 'Regressed', 'The case was resolved, and what it was about came back.', 'night'),
      ('recovered', 'Recovered', 'At risk or borderline the night before, on track now.', 'night'),
      ('overdue', 'Overdue', 'A case, follow-up or task whose day is over.', 'written'),
      ('silent', 'Gone silent', 'No contact for longer than the school waits; not who is on leave or muted.', 'night'),
      ('never_synced', 'Never synced', 'Let in, and no device was ever in contact; not who is on leave or muted.', 'night'),
      ('exams', 'Exams in the next 30 days', 'Whoever sits soon, the gravest readiness first.', 'night'),
      ('clearance_due', 'Clearance due', 'The policy''s day is near or over and nobody has decided, or what a decision rested on '
                                         'fell.', 'written'),
      ('no_follow_up', 'Interventions without follow-up', 'Somebody acted, and no day, task or note says how it goes on.',
        'written'),
      ('queue', 'First in the queue', 'Whom to see first, by the failures that seeing them is expected to prevent.', 'written'),
      ('not_yet', 'Not looked at yet', 'Something came in that no estimate takes in yet.', 'written')) v(code, title, means, known)
$$;
