-- A student's name as a mail writes it, where the school lets names out.
create or replace function core.post_name(p_student core.student) returns text
  language sql immutable parallel safe
  return concat_ws(' ', nullif((p_student).given_name, ''), nullif((p_student).family_name, ''));
