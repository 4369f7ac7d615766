-- The language of clearance policies, the whole of it: for each construct its members. core.policy_problems() holds a document
-- against this table; server/office/openapi/clearance.json says the same as a JSON Schema, and a test compares the two.
--
-- kind: text (low and high count characters), int, number, bool, day, word (one of choices), words (a list of them), code (an
-- instrument's), scale; a construct's name; "a list of <construct>". A construct whose members are all optional alternatives is a
-- choice: exactly one of them (expr, by; see core.policy_faults).
--
-- An expression is true, false or unknown (null), and all, any, not follow Kleene: unknown only where the known parts do not settle
-- it.
--
--   checks      at_least of the listed results reach their score. Of pick "latest" only the newest at_least count. True: they do;
--               false: there are at least at_least of them, and they do not; unknown: there are too few.
--   last_check  the newest of the listed results lies within_days_of_exam before the exam. Unknown while the days before the exam
--               have not begun and no result lies in them, and where no exam is planned.
--   p_pass      the estimate: P(pass) at_least, the lower end of its interval low_at_least. Unknown where there is none, where it
--               says "cannot say", or is older than max_age_days (default 7).
--   state       the estimate's state is one of these. Unknown as above, but "cannot_say" may be asked for.
--   exam        planned: a day is planned or taken; inside_rules: nothing stands against it (core.calendar_rows)
--   attempt     the coming attempt is at most this one
--
-- Of a listed result: timed, new_form (not seen before, neither declared nor found), official (loaded by the office),
-- within_days (of today), within_days_of_exam.
create or replace function core.policy_language()
  returns table (construct text, member text, required bool, kind text, low float8, high float8, choices text[])
  language sql immutable parallel safe as $$
  values
    ('policy',      'language',            true,  'int',             1::float8, 1::float8, null::text[]),
    ('policy',      'title',               true,  'text',            1,   120,  null),
    ('policy',      'source',              false, 'text',            1,   500,  null), -- where the rule is written
    ('policy',      'require',             true,  'expr',            null, null, null),
    ('policy',      'by',                  true,  'by',              null, null, null), -- by when it is to be met
    ('policy',      'missing',             false, 'word',            null, null, '{cannot_say,does_not_meet}'),
      -- what "unknown" is once that day is over
    ('policy',      'decides',             true,  'words',           1,   5,    '{dean,adviser}'),
      -- roles; the right "clearance" is needed besides
    ('policy',      'waiver',              false, 'waiver',          null, null, null), -- absent: no exceptions
    ('policy',      'conditional',         false, 'conditional',     null, null, null), -- absent: no such decisions
    ('policy',      'counsellor_decides',  false, 'bool',            null, null, null),
      -- lifts the counsellor wall for these decisions
    ('policy',      'valid_days',          false, 'int',             1,   730,  null), -- how long a clearance holds
    ('waiver',      'by',                  true,  'words',           1,   5,    '{dean}'),
    ('conditional', 'means',               true,  'text',            1,   1000, null), -- in words, for student and office
    ('conditional', 'when',                false, 'expr',            null, null, null), -- when the software proposes it
    ('by',          'days_before_exam',    false, 'int',             0,   365,  null),
    ('by',          'date',                false, 'day',             null, null, null),
    ('expr',        'all',                 false, 'a list of expr',  1,   16,   null),
    ('expr',        'any',                 false, 'a list of expr',  1,   16,   null),
    ('expr',        'not',                 false, 'expr',            null, null, null),
    ('expr',        'checks',              false, 'checks',          null, null, null),
    ('expr',        'last_check',          false, 'last_check',      null, null, null),
    ('expr',        'p_pass',              false, 'p_pass',          null, null, null),
    ('expr',        'state',               false, 'state',           null, null, null),
    ('expr',        'exam',                false, 'exam',            null, null, null),
    ('expr',        'attempt',             false, 'attempt',         null, null, null),
    ('checks',      'at_least',            true,  'int',             1,   20,   null),
    ('checks',      'of',                  true,  'a list of item',  1,   20,   null),
    ('checks',      'pick',                false, 'word',            null, null, '{any,latest}'),
    ('checks',      'within_days',         false, 'int',             1,   730,  null),
    ('checks',      'within_days_of_exam', false, 'int',             1,   730,  null),
    ('checks',      'timed',               false, 'bool',            null, null, null),
    ('checks',      'new_form',            false, 'bool',            null, null, null),
    ('checks',      'official',            false, 'bool',            null, null, null),
    ('item',        'instrument',          true,  'code',            null, null, null),
    ('item',        'scale',               true,  'word',            null, null, '{epc,percent,three_digit,nbme800,cbse_old,own}'),
    ('item',        'min_score',           false, 'number',          0,   1000, null), -- absent: any score
    ('last_check',  'of',                  true,  'a list of item',  1,   20,   null),
    ('last_check',  'within_days_of_exam', true,  'int',             1,   365,  null),
    ('last_check',  'timed',               false, 'bool',            null, null, null),
    ('last_check',  'new_form',            false, 'bool',            null, null, null),
    ('last_check',  'official',            false, 'bool',            null, null, null),
    ('p_pass',      'at_least',            true,  'number',          0,   1,    null),
    ('p_pass',      'low_at_least',        false, 'number',          0,   1,    null),
    ('p_pass',      'max_age_days',        false, 'int',             1,   90,   null),
    ('state',       'in',                  true,  'words',           1,   4,    '{at_risk,borderline,on_track,cannot_say}'),
    ('state',       'max_age_days',        false, 'int',             1,   90,   null),
    ('exam',        'planned',             false, 'bool',            null, null, null),
    ('exam',        'inside_rules',        false, 'bool',            null, null, null),
    ('attempt',     'most',                true,  'int',             1,   10,   null)
$$;
