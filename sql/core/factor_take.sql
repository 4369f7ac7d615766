-- Whether a second factor was right, and if so it is spent: p_step, the 30-second step of a code that the daemon found right,
-- counts when it is later than any before (compare-and-swap); p_recovery, the hash of a recovery code, when it is unused. false for
-- neither.
create or replace function core.factor_take(p_school int4, p_staff int8, p_step int8, p_recovery bytea, p_now timestamptz)
  returns bool
  language plpgsql as $$
begin
  if p_step is not null then
    update core.staff p set totp_last_step = p_step
     where p.school_id = p_school and p.staff_id = p_staff and p.totp_confirmed_at is not null and p.totp_last_step < p_step;
  else
    update core.staff_recovery_code r set used_at = p_now
     where r.school_id = p_school and r.staff_id = p_staff and r.code_hash = p_recovery and r.used_at is null;
  end if;
  return found;
end
$$;
