-- What each role may do, the whole table. reach: 'school' every student of it, 'grounds' the students for whom this person has one
-- (core.students_of), 'none' no student's record at all. Scopes of service tokens are rights of this table, with reach 'school'.
--
-- The auditor sees who looked at whom and the figures, not the records: 'trail' and 'requests' reach every student so that the
-- functions of these rights can name them, and show no more than the name, 'cohort' so that there is something to count. The
-- administrator lets people in, and sees none.
create or replace function core.role_rights() returns table (role text, "right" text, reach text)
  language sql immutable parallel safe as $$
  values ('dean',          'records',         'school'),  -- estimates, results, cases, notes: to read
         ('adviser',       'records',         'grounds'),
         ('dean',          'casework',        'school'),  -- contacts, notes, tasks, plans, states of cases
         ('adviser',       'casework',        'grounds'),
         ('dean',          'assign',          'school'),  -- owners, grounds, cover, merging, bulk work
         ('dean',          'clearance',       'school'),  -- to decide
         ('dean',          'policy',          'school'),  -- rules, thresholds, capacity: propose, replay, activate
         ('dean',          'calendar',        'school'),  -- plans and outcomes as the office knows them, life events
         ('adviser',       'calendar',        'grounds'),
         ('dean',          'cohort',          'school'),  -- figures of classes
         ('auditor',       'cohort',          'school'),  -- small ones hidden, and nobody behind them (core.cohort_least)
         ('dean',          'model',           'school'),  -- calibration, versions, promotion
         ('auditor',       'model_read',      'school'),  -- figures of the model; shows no student
         ('dean',          'model_read',      'school'),
         ('dean',          'export',          'school'),  -- lists as files
         ('adviser',       'export',          'grounds'),
         ('operator',      'roster',          'school'),  -- names, codes, devices; no estimate, no result
         ('dean',          'roster',          'school'),
         ('operator',      'export',          'none'),
         ('auditor',       'export',          'none'),
         ('administrator', 'export',          'none'),
         ('auditor',       'trail',           'school'),  -- who saw what
         ('dean',          'disclose',        'school'),  -- the ledger of disclosures
         ('auditor',       'disclose',        'school'),
         ('dean',          'requests',        'school'),  -- students' requests to see or amend their record
         ('auditor',       'requests',        'school'),
         ('administrator', 'staff',           'none'),    -- accounts, tokens
         ('administrator', 'settings',        'none'),
         ('operator',      'health',          'school'),  -- whether everything runs; counts, and no student
         ('dean',          'health',          'school'),
         ('administrator', 'health',          'school'),
         ('dean',          'tokens',          'none'),    -- tokens of programs, with scopes that one has oneself
         ('auditor',       'tokens',          'none'),
         ('administrator', 'tokens',          'none'),
         ('dean',          'settings_read',   'none'),
         ('administrator', 'settings_read',   'none'),
         ('dean',          'colleagues',      'none'),    -- names and roles of those who work here
         ('adviser',       'colleagues',      'none'),
         ('operator',      'colleagues',      'none'),
         ('auditor',       'colleagues',      'none'),
         ('administrator', 'colleagues',      'none'),
         ('dean',          'self',            'none'),    -- one's own account
         ('adviser',       'self',            'none'),
         ('operator',      'self',            'none'),
         ('auditor',       'self',            'none'),
         ('administrator', 'self',            'none')
$$;
