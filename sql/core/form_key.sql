-- A form's name as it is compared: letters and digits alone, without the words before a number ("NBME Form 031" is "31"). '' where
-- nothing names it.
create or replace function core.form_key(p_form text) returns text
  language sql immutable parallel safe
  return regexp_replace(regexp_replace(lower(p_form), '[^[:alnum:]]', '', 'g'), '^(nbme|cbssa|cbse|form)*0*', '');
