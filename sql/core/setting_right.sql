-- Which right it takes to set a number: the administrator's for what guards the door, the dean's for what the office works by.
create or replace function core.setting_right(p_key text) returns text
  language sql immutable parallel safe
  return case when p_key ~ '^(session|sessions|step_up|invitation|token|throttle|oidc|api)_' then 'settings' else 'policy' end;
