-- Under which name tries are counted (core.throttle_take): the kind and a hash, so that the table says nothing about people.
create or replace function core.throttle_key(p_kind text, p_email text, p_network text) returns text
  language sql immutable parallel safe
  return p_kind || ':' || encode(substr(sha256(convert_to(
    case p_kind when 'pair' then p_email || ' ' || p_network when 'account' then p_email else p_network end,
    'UTF8')), 1, 16), 'hex');
