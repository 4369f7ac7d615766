-- How far a student's enrolment has come: enrolled (a device is in force), invited (a code that can still be used), code_expired,
-- lapsed (there were devices, none is in force), none.
create or replace function core.enrolment_state(p_in_force int8, p_devices int8, p_code_until timestamptz, p_now timestamptz)
  returns text
  language sql immutable parallel safe
  return case when p_in_force > 0 then 'enrolled' when p_code_until > p_now then 'invited' when p_devices > 0 then 'lapsed'
              when p_code_until is not null then 'code_expired' else 'none' end;
