-- A second factor, first step: keeps the secret that the daemon made and sealed, {"secret"} (hex), until a code made with it has
-- come. The one before stays good until then. Wants a fresh proof. POST /api/v1/me/totp
--
-- Who: sg_office. Ground: one's own account. Locks: the account's row.
create or replace function api.totp_begin(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  v_secret text;
begin
  perform core.args_known(p_args, '{}', '{secret}');
  perform core.step_up_check(v_me, p_full => true);
  v_secret := core.arg(p_args -> 'body', 'secret', true, 512);
  if v_secret !~ '^([0-9a-f]{2})+$' then
    perform core.refuse(422, 'invalid', '"secret" must be hexadecimal digits.', 'secret');
  end if;
  update core.staff p set totp_pending = decode(v_secret, 'hex')
   where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id;
  perform core.note_done(v_me, 'totp_begin');
  return core.reply('{"pending": true}');
end
$$;
