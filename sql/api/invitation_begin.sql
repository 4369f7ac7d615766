-- Whose one-time code this is: {"email", "name"} for {"code_hash"}, so that the daemon can hold the new password against them
-- before it spends a second on hashing it. Counts the try for the network; 404 invitation_unknown is answered, not raised. POST
-- /api/v1/invitation
--
-- Who: sg_office. Ground: whoever brings the code. Nothing of this answer leaves the daemon. Locks: a row of core.throttle.
create or replace function api.invitation_begin(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_caller.school_code);
  v_answer jsonb;
begin
  perform core.args_known(p_args, '{}', '{code_hash}');
  perform core.throttle_wait(core.throttle_take(v_school.school_id, null, p_caller.address, core.now()));
  select jsonb_build_object('email', p.email, 'name', p.name) into v_answer
    from core.staff_invitation i
    join core.staff p on p.school_id = i.school_id and p.staff_id = i.staff_id
   where i.school_id = v_school.school_id and i.code_hash = core.arg_hash(p_args -> 'body', 'code_hash', true)
     and i.used_at is null and i.expires_at > core.now() and p.status <> 'disabled';
  if not found then
    return core.reply_problem(404, 'invitation_unknown', 'This code is not known, was used, or is past its end.',
                              'Ask an administrator for a new one.');
  end if;
  perform core.throttle_give_back(v_school.school_id, null, p_caller.address);
  return core.reply(v_answer);
end
$$;
