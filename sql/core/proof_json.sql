-- What the daemon needs to judge a password and a code of somebody; for nobody the same document, empty. It never leaves the
-- daemon.
create or replace function core.proof_json(p_staff core.staff) returns jsonb
  language sql stable
  return jsonb_build_object(
    'staff_id', (p_staff).staff_id, 'revision', (p_staff).revision, 'password_hash', (p_staff).password_hash,
    'totp_secret', case when (p_staff).totp_confirmed_at is not null then encode((p_staff).totp_secret, 'hex') end,
    'totp_last_step', coalesce((p_staff).totp_last_step, 0));
