-- First half of a fresh proof by somebody who is signed in: counts the try and gives the daemon what api.sign_in_begin gives.
-- POST /api/v1/session/step-up
--
-- Who: sg_office. Ground: one's own account. Nothing of this answer leaves the daemon. Locks: rows of core.throttle.
create or replace function api.step_up_begin(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self', p_write => true);
  v_staff core.staff;
begin
  perform core.args_known(p_args, '{}');
  select * into v_staff from core.staff p where p.school_id = v_me.school_id and p.staff_id = v_me.staff_id;
  perform core.throttle_wait(core.throttle_take(v_me.school_id, v_staff.email, p_caller.address, v_me.now));
  return core.reply(core.proof_json(v_staff));
end
$$;
