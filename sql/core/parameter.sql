-- A value of a parameter file ("name = value ; where it comes from"), as risk_params_parse() reads it; null where it is not there.
create or replace function core.parameter(p_body text, p_name text) returns text
  language sql immutable parallel safe
  return btrim(substring(p_body from '(?n)^[ \t]*' || p_name || '[ \t]*=([^;\n]*)'));
