-- The USMLE's rules about attempts and dates, as dated data: what was in force when, where it is said, and how good that source is
-- (grades: P primary source read, S a primary rule told by somebody else, W weak). The same for every school. A rule that changes
-- gets valid_to and a new row; a number is never edited in place.
--
-- Where a source does not say since when a rule holds, valid_from is that of the attempt limit it is printed with.
create or replace function core.usmle_rules()
  returns table (code text, value int4, unit text, valid_from date, valid_to date, source text, grade text, words text)
  language sql immutable parallel safe as $$
  values
    ('attempt_limit', 6, 'attempts', '2013-01-01'::date, '2021-06-30'::date, 'usmle.org announcements 2012', 'P',
     'At most six attempts at a Step, incomplete ones among them.'),
    ('attempt_limit', 4, 'attempts', '2021-07-01', null, 'usmle.org/common-questions/attempt-limit', 'P',
     'At most four attempts at a Step, incomplete ones among them; for applications on or after 1 July 2021.'),
    ('window_attempts', 3, 'attempts', '2021-07-01', null, 'open-exam-prep.com study guide, June 2026; fistcock.com', 'S',
     'No more than three attempts at a Step within twelve months.'),
    ('window_months', 12, 'months', '2021-07-01', null, 'open-exam-prep.com study guide, June 2026; fistcock.com', 'S',
     'The twelve months of that rule.'),
    ('spaced_from_attempt', 4, 'attempt', '2021-07-01', null, 'open-exam-prep.com study guide, June 2026; fistcock.com', 'S',
     'From this attempt on the two distances below hold.'),
    ('after_first_months', 12, 'months', '2021-07-01', null, 'open-exam-prep.com study guide, June 2026; fistcock.com', 'S',
     'A fourth attempt is at least twelve months after the first.'),
    ('after_last_months', 6, 'months', '2021-07-01', null, 'open-exam-prep.com study guide, June 2026; fistcock.com', 'S',
     'A fourth attempt is at least six months after the most recent one.'),
    ('eligibility_months', 3, 'months', '2013-01-01', null, 'Bulletin of Information, copy of 2013; to be verified again', 'S',
     'The eligibility period, chosen with the application, is three months.'),
    ('extension_months', 3, 'months', '2013-01-01', null, 'Bulletin of Information, copy of 2013; to be verified again', 'S',
     'It can be extended once, for a fee, by the three months that follow.'),
    ('result_typical_weeks', 4, 'weeks', '2021-07-01', null, 'open-exam-prep.com 2026; USMLE announcements; ECFMG news', 'S',
     'Results are typically there within four weeks.'),
    ('result_weeks', 8, 'weeks', '2021-07-01', null, 'open-exam-prep.com 2026; USMLE announcements; ECFMG news', 'S',
     'Allow at least eight weeks for a result.'),
    ('result_weekday', 3, 'ISO weekday', '2021-07-01', null, 'open-exam-prep.com 2026; USMLE announcements; ECFMG news', 'S',
     'Results are posted on Wednesdays.'),
    ('notice_free_days', 31, 'days', '2020-01-01', null, 'NBME fee table 2020, copies of 2021; outdated', 'W',
     'Moving the exam is free until this many days before it.'),
    ('notice_days', 6, 'days', '2020-01-01', null, 'NBME fee table 2020, copies of 2021; outdated', 'W',
     'Moving the exam five days before it or later costs the highest fee.')
$$;
