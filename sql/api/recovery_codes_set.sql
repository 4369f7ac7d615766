-- Ten new recovery codes, {"code_hashes"}; those before are void. Wants a fresh proof and a second factor (409
-- second_factor_needed). POST /api/v1/me/recovery-codes
--
-- Who: sg_office. Ground: one's own account. Locks: the account's row.
create or replace function api.recovery_codes_set(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  c_codes constant int4 := 10;
  v_hashes text[];
begin
  perform core.args_known(p_args, '{}', '{code_hashes}');
  perform core.step_up_check(v_me, p_full => true);
  v_hashes := core.arg_list(p_args -> 'body', 'code_hashes', c_codes, p_long => 64);
  if coalesce(cardinality(v_hashes), 0) <> c_codes or exists (select from unnest(v_hashes) h where h !~ '^[0-9a-f]{64}$') then
    perform core.refuse(422, 'invalid', format('"code_hashes" must be %s different SHA-256, hexadecimal.', c_codes), 'code_hashes');
  end if;
  perform from core.staff p where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id and p.totp_confirmed_at is not null
     for no key update;
  if not found then
    perform core.refuse(409, 'second_factor_needed', 'Recovery codes stand in for a second factor; there is none yet.',
                        p_remedy => 'Set one up first.');
  end if;
  delete from core.staff_recovery_code r where r.school_id = v_me.school_id and r.staff_id = v_me.staff_id;
  insert into core.staff_recovery_code (school_id, staff_id, code_hash)
  select v_me.school_id, v_me.staff_id, decode(h, 'hex') from unnest(v_hashes) h;
  perform core.note_done(v_me, 'recovery_codes_set');
  return core.reply(jsonb_build_object('recovery_codes', c_codes));
end
$$;
