-- First half of signing in with a password: counts the try (core.throttle_take) and gives the daemon what it needs to judge
-- password and code: {"staff_id", "revision", "password_hash", "totp_secret" (sealed, hex), "totp_last_step"}, all null or 0 for an
-- address that is none: the daemon then works on a hash of its own, so that neither answer nor time tells. POST /api/v1/session
--
-- Nothing of this answer leaves the daemon. Refuses 429 slow_down, with "retry_after_s".
--
-- Who: sg_office. Ground: whoever knocks. Locks: rows of core.throttle.
create or replace function api.sign_in_begin(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_caller.school_code);
  v_staff core.staff;
  v_email text;
begin
  perform core.args_known(p_args, '{}', '{email}');
  v_email := lower(core.arg(p_args -> 'body', 'email', true, 254));
  perform core.throttle_wait(core.throttle_take(v_school.school_id, v_email, p_caller.address, core.now()));
  select * into v_staff from core.staff p
   where p.school_id = v_school.school_id and p.email = v_email and p.status = 'active' and p.password_hash is not null;
  return core.reply(core.proof_json(v_staff));
end
$$;
