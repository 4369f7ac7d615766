-- The time by which the office's rules are judged: limits of sessions, due dates, windows. The clock, unless the database or role
-- has the setting sg.now, by which a rule can be tried on another day. The trail never asks it: what happened, happened at the
-- clock's time.
create or replace function core.now() returns timestamptz
  language sql stable
  return coalesce(nullif(current_setting('sg.now', true), '')::timestamptz, statement_timestamp());
