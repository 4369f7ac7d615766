-- The office's numbers as they ship: unit in the name, and where each comes from. A school's own values are in ops.setting.
create or replace function core.setting_defaults() returns table (key text, value jsonb, low float8, high float8, source text)
  language sql immutable parallel safe as $$
  values ('session_idle_min',           '15'::jsonb,   5, 60,     'ASVS 5.0 7.3.1; security.md, sessions'),
         ('session_absolute_h',         '8',           1, 24,     'ASVS 5.0 7.3.2; a working day'),
         ('session_warning_min',        '2',           1, 10,     'WCAG 2.2.1: at least 20 s to extend'),
         ('step_up_min',                '10',          1, 60,     'ASVS 5.0 7.5.3: a fresh proof before an export'),
         ('invitation_h',               '72',          1, 336,    'a weekend'),
         ('throttle_free',              '3',           1, 20,     'typing errors that cost nothing'),
         ('throttle_first_s',           '2',           1, 60,     'doubles with every failure'),
         ('throttle_most_s',            '900',         60, 86400, 'no lock-out that an outsider can hold up for a day'),
         ('api_per_minute',             '600',         60, 60000, 'of one session or token'),
         ('small_cell',                 '10',          2, 50,     'practice.md: n < 10 hidden'),
         ('capacity_per_week',          '12',          1, 10000,  'product.md: "your office can see 12 this week"'),
         ('skip_acted_days',            '3',           0, 60,     'somebody acted on it: give it time'),
         ('acknowledge_h',              '48',          1, 720,    'two working days'),
         ('feed_stale_h',               '36',          1, 720,    'a night and a day missed')
$$;
