-- A clause as a sentence: a capital letter before, a full stop after.
create or replace function core.sentence(p_clause text) returns text
  language sql immutable parallel safe
  return upper(left(p_clause, 1)) || substr(rtrim(p_clause, '.'), 2) || '.';
