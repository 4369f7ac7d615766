-- The office's numbers as they ship: unit in the name, and where each comes from. A school's own values are in ops.setting.
create or replace function core.setting_defaults() returns table (key text, value jsonb, low float8, high float8, source text)
  language sql immutable parallel safe as $$
  values ('session_idle_min',           '15'::jsonb,   5, 60,     'ASVS 5.0 7.3.1; security.md, sessions'),
         ('session_absolute_h',         '8',           1, 24,     'ASVS 5.0 7.3.2; a working day'),
         ('session_warning_min',        '2',           1, 10,     'WCAG 2.2.1: at least 20 s to extend'),
         ('step_up_min',                '10',          1, 60,     'ASVS 5.0 7.5.3: a fresh proof before an export'),
         ('invitation_h',               '72',          1, 336,    'a weekend'),
         ('sessions_most',              '10',          1, 50,     'ASVS 5.0 7.1.2: of one person at a time; the oldest ends'),
         ('session_keep_days',          '90',          1, 400,    'a term: networks somebody signed in from count as known'),
         ('token_days_most',            '397',         1, 397,    'a year and a month, as for certificates'),
         ('oidc_second_factor',         '1',           0, 1,      '1: the identity provider sees to it; 0: a code of ours as well'),
         ('throttle_free',              '3',           1, 20,     'typing errors that cost nothing; one account from one network'),
         ('throttle_first_s',           '2',           1, 60,     'doubles with every failure'),
         ('throttle_most_s',            '900',         60, 86400, 'no lock-out that an outsider can hold up for a day'),
         ('throttle_account_free',      '20',          3, 1000,   'one account, networks it is not known on: guessing spread wide'),
         ('throttle_account_most_s',    '60',          1, 900,    'short: an outsider can cause it'),
         ('throttle_network_free',      '30',          3, 10000,  'one network, all accounts: a campus behind one address'),
         ('throttle_network_most_s',    '60',          1, 900,    'short: a neighbour can cause it'),
         ('throttle_forget_h',          '24',          1, 720,    'without a further failure it begins anew'),
         ('access_request_days',        '45',          1, 45,     '34 CFR 99.10(b): not more than 45 days'),
         ('amendment_days',             '45',          1, 120,    '34 CFR 99.20(b): within a reasonable time'),
         ('api_per_minute',             '600',         60, 60000, 'of one session or token'),
         ('small_cell',                 '10',          2, 50,     'practice.md: n < 10 hidden'),
         ('capacity_per_week',          '12',          1, 10000,  'product.md: "your office can see 12 this week"'),
         ('skip_acted_days',            '3',           0, 60,     'somebody acted on it: give it time'),
         ('acknowledge_h',              '48',          1, 720,    'two working days'),
         ('feed_stale_h',               '36',          1, 720,    'a night and a day missed')
$$;
