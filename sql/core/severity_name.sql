-- The word for a severity (enum risk_severity).
create or replace function core.severity_name(p_severity int2) returns text
  language sql immutable as $$
  select (array['info', 'watch', 'warning', 'urgent'])[p_severity]
$$;
