-- The day by which a policy wants to be met for an exam on this day; null where it counts from an exam that nobody planned.
create or replace function core.policy_due(p_rule jsonb, p_exam date) returns date
  language sql immutable parallel safe
  return coalesce((p_rule #>> '{by,date}')::date, p_exam - (p_rule #>> '{by,days_before_exam}')::int4);
