-- The colleague a request names as owner of a case or task, who must be one who may work on it: a dean, or somebody with a ground
-- for the student. Null where the request names nobody.
create or replace function core.case_owner(p_me core.me, p_student int8, p_body jsonb, p_key text, p_required bool default false)
  returns int8
  language plpgsql stable as $$
declare
  v_staff int8 := core.arg_number(p_body, p_key, null, 1, 999999999999);
begin
  if v_staff is null then
    perform core.arg(p_body, p_key, p_required);
    return null;
  end if;
  if not core.case_works(p_me.school_id, p_student, v_staff, p_me.now) then
    perform core.refuse(422, 'no_ground', 'That colleague does not see this student''s record, or is not there any more.', p_key,
                        'Give them a ground first, or choose somebody who has one.');
  end if;
  return v_staff;
end
$$;
