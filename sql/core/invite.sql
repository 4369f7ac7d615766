-- A one-time code for an account, by its hash; codes it had are void. Gives when it ends.
create or replace function core.invite(p_staff core.staff, p_code_hash bytea, p_now timestamptz, p_until timestamptz default null)
  returns timestamptz
  language plpgsql as $$
declare
  v_until constant timestamptz := coalesce(p_until, p_now + core.setting(p_staff.school_id, 'invitation_h') * interval '1 h');
begin
  update core.staff_invitation i set used_at = p_now
   where i.school_id = p_staff.school_id and i.staff_id = p_staff.staff_id and i.used_at is null;
  insert into core.staff_invitation (school_id, code_hash, staff_id, created_at, expires_at)
  values (p_staff.school_id, p_code_hash, p_staff.staff_id, p_now, v_until);
  return v_until;
end
$$;
