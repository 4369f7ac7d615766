-- The sealed secret that waits for its first code, {"secret"} (hex), for the daemon to hold a code against. Refuses 409
-- nothing_pending. POST /api/v1/me/totp/confirm
--
-- Who: sg_office. Ground: one's own account. Nothing of this answer leaves the daemon. Locks: none.
create or replace function api.totp_pending(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  v_secret bytea;
begin
  perform core.args_known(p_args, '{}');
  perform core.step_up_check(v_me, p_full => true);
  select p.totp_pending into v_secret from core.staff p where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id;
  if v_secret is null then
    perform core.refuse(409, 'nothing_pending', 'No second factor is being set up.', p_remedy => 'Begin anew.');
  end if;
  return core.reply(jsonb_build_object('secret', encode(v_secret, 'hex')));
end
$$;
