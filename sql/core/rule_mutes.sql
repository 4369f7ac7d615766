-- Which rules keep quiet while what is going on: the whole table. kind is a life event (core.life_event), 'exam_taken' (the attempt
-- is sat, its outcome not known yet) or 'feed_stale' (an open alert of the school: nothing arrives from anybody). A muted flag
-- stays open and is shown as muted; it opens no case, does not count in the queue, and is back when the event ends.
--
-- Pace and silence are muted on leave, a date is not: an exam still planned for the weeks of a leave is what a person should see,
-- and so is confidence far from the evidence, of somebody who is ill above all.
create or replace function core.rule_mutes() returns table (kind text, code text, reason text)
  language sql immutable parallel safe as $$
  select m.kind, c.code, m.reason
    from (values
      ('leave',         'gone_silent never_synced no_recent_check no_timed_check plateau decline repetitive_misses avoidance '
                        'failure_without_plan goals_missed cramming misses_unreviewed',
                        'On leave: neither silence nor pace means anything.'),
      ('illness',       'gone_silent never_synced no_recent_check no_timed_check plateau decline goals_missed misses_unreviewed',
                        'Ill: neither silence nor pace means anything.'),
      ('accommodation', 'timing_problem no_timed_check', 'Has other times than the clock the rule knows.'),
      ('off_cycle',     'plan_after_deadline never_synced', 'Off cycle: the class''s dates are not this student''s.'),
      ('decelerated',   'plan_after_deadline plateau goals_missed', 'Slower by agreement.'),
      ('exam_taken',    'at_risk low_probability exam_soon_not_ready borderline plateau decline unstable repetitive_misses '
                        'inflated timing_problem no_timed_check no_recent_check repeated_form gone_silent never_synced '
                        'avoidance not_cleared goals_missed cramming misses_unreviewed over_confidence panic',
                        'The exam is sat; readiness is history.'),
      ('feed_stale',    'gone_silent never_synced no_recent_check', 'Nothing arrives from anybody: the silence is ours.')
    ) m(kind, codes, reason)
   cross join lateral unnest(string_to_array(m.codes, ' ')) c(code)
$$;
