-- What a program's token may be good for: rights to read (core.role_rights). Whoever makes one can give only what they have
-- themselves.
create or replace function core.token_scopes() returns text[]
  language sql immutable parallel safe
  return array['records', 'cohort', 'model_read', 'export', 'roster', 'trail', 'settings_read', 'colleagues'];
