-- How a device stands: revoked; unfinished, a certificate was never handed over; expired, its certificate has ended and it can be
-- enrolled again; in_force.
create or replace function core.device_state(p_revoked_at timestamptz, p_not_after timestamptz, p_now timestamptz) returns text
  language sql immutable parallel safe as $$
  select case when p_revoked_at is not null then 'revoked' when p_not_after is null then 'unfinished'
              when p_not_after <= p_now then 'expired' else 'in_force' end
$$;
