-- What a policy's expression being true, false or unknown comes to. Unknown is "cannot say" also when the day is over, unless the
-- policy says that what is missing then is not met.
create or replace function core.policy_verdict(p_rule jsonb, p_truth bool, p_overdue bool) returns text
  language sql immutable parallel safe
  return case when p_truth then 'meets'
              when not p_truth or (p_overdue and p_rule ->> 'missing' = 'does_not_meet') then 'does_not_meet'
              else 'cannot_say' end;
