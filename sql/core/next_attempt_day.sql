-- The first day on which the USMLE's distances between attempts allow another one, given the days of those before (newest first),
-- and null where they ask for none. One bound by p_rule, for saying which rule it was; all of them for null:
--
--   window_attempts      no more than p_window attempts in p_window_months: as many attempts back, plus these months
--   after_first_months   from attempt p_spaced_from on: the first plus p_first_months
--   after_last_months    and the most recent plus p_last_months
--
-- Months are the calendar's: a day that the month does not have becomes its last one (31 August plus 6 months is 28 or 29 February,
-- 29 February plus 12 months is 28 February). The day itself is allowed.
create or replace function core.next_attempt_day(p_days date[], p_window int4, p_window_months int4, p_spaced_from int4,
  p_first_months int4,
                                                 p_last_months int4, p_rule text default null) returns date
  language sql immutable parallel safe
  return greatest(
    case when p_rule is null or p_rule = 'window_attempts' then
      (p_days[p_window] + make_interval(months => p_window_months))::date end,
    case when (p_rule is null or p_rule = 'after_first_months') and cardinality(p_days) + 1 >= p_spaced_from then
      (p_days[cardinality(p_days)] + make_interval(months => p_first_months))::date end,
    case when (p_rule is null or p_rule = 'after_last_months') and cardinality(p_days) + 1 >= p_spaced_from then
      (p_days[1] + make_interval(months => p_last_months))::date end);
