-- Takes an account's second factor away, with its recovery codes and all its sessions: whoever has it anew must set one up.
create or replace function core.second_factor_reset(p_staff core.staff, p_now timestamptz) returns void
  language plpgsql as $$
begin
  update core.staff p set totp_secret = null, totp_pending = null, totp_confirmed_at = null
   where p.school_id = p_staff.school_id and p.staff_id = p_staff.staff_id;
  delete from core.staff_recovery_code r where r.school_id = p_staff.school_id and r.staff_id = p_staff.staff_id;
  perform core.sessions_end(p_staff.school_id, core.sessions_of(p_staff.school_id, p_staff.staff_id), 'account changed', p_now);
end
$$;
