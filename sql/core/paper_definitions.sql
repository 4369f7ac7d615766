-- What each figure of the accreditation bundle means, in the order in which it stands there.
create or replace function core.paper_definitions() returns table (place int4, term text, words text)
  language sql immutable parallel safe as $$
  values
    (1, 'Students', 'Everybody on the roster who is not inactive, on the day this was made.'),
    (2, 'Enrolled', 'Has, or had, a device that may send results to the school.'),
    (3, 'Sent a result', 'At least one practice result was taken in the period and not taken back.'),
    (4, 'Estimated', 'At least one night of the period kept an estimate of this student.'),
    (5, 'Came up', 'A case was opened in the period, by a rule or by a person; of several the first one counts.'),
    (6, 'Contacted', 'Somebody noted an outreach of any kind on that case, whatever came of it.'),
    (7, 'Met', 'An outreach on that case ended in a meeting.'),
    (8, 'Plan', 'That case has a plan item that was not dropped.'),
    (9, 'Days to first contact', 'From the day that case was opened to the first outreach on it, by the school''s calendar.'),
    (10, 'Risk band', 'What the last night that was kept before the day of the exam said: at risk, borderline, on track, or cannot '
      'say; "not estimated" where no night before it was kept or none spoke of this student.'),
    (11, 'Passed', 'Of attempts taken in the period whose outcome is on record, those that were passed; each attempt counts.'),
    (12, 'Interval', '95 % interval of the share (Wilson''s score interval): with so few people, how far off chance alone can be.'),
    (13, 'Hidden figures', 'Counts of fewer people than the school''s limit are not shown, nor others from which they could be '
      'computed; "fewer than" and "at least" say what is left.')
$$;
