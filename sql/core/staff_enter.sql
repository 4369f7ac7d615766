-- The door of the office: who asks, may they do this, and whose records may they see. First line of every function of the office.
-- Puts the school into scope, with all students, those for whom there is a ground, or none, by the reach of the right
-- (core.role_rights). Refuses (core.refuse):
--   401 not_signed_in, session_ended   403 csrf, second_factor_needed, no_right, step_up_required
--
-- p_write: the request changes something, so a browser must have sent the token of its page. p_step_up: the person must have proved
-- to be there within step_up_min. Changes nothing itself, so that it can stand in a READ ONLY transaction: that the session was
-- seen is noted by api.looked, or by core.note_done for what changes something.
create or replace function core.staff_enter(p_caller api.caller, p_right text, p_write bool default false,
                                            p_step_up bool default false) returns core.me
  language plpgsql as $$
declare
  v_school core.school := core.enter_school(p_caller.school_code);
  v_me core.me;
  v_session core.session;
  v_staff core.staff;
  v_token core.service_token;
  v_rights text[];
begin
  v_me.school_id := v_school.school_id;
  v_me.school_code := v_school.code;
  v_me.zone := v_school.zone;
  v_me.right := p_right;
  v_me.now := core.now();
  v_me.caller := p_caller;
  if p_caller.token_hash is null then
    perform core.refuse(401, 'not_signed_in', 'Nobody is signed in.', p_remedy => 'Sign in.');
  elsif p_caller.service then
    select t.* into v_token from core.service_token t
     where t.school_id = v_school.school_id and t.token_hash = p_caller.token_hash and t.revoked_at is null
       and t.expires_at > v_me.now;
    v_rights := core.token_rights(v_token);
    if v_rights = '{}' then
      perform core.refuse(401, 'not_signed_in', 'This token is not known, has been revoked, is past its end, or was made by '
                          'somebody who is not let in any more.');
    end if;
    if p_write then
      perform core.refuse(403, 'no_right', 'A program reads; it changes nothing.', p_more => jsonb_build_object('right', p_right));
    end if;
    v_me.token_id := v_token.token_id;
    v_me.name := v_token.name;
    v_me.roles := '{}';
    v_me.reach := case when p_right = any (v_rights) then
                    (select case when bool_or(r.reach <> 'none') then 'school' else 'none' end
                       from core.role_rights() r where r.right = p_right) end;
    v_me.ground := 'program "' || v_token.name || '"';
  else
    select s.* into v_session from core.session s
     where s.school_id = v_school.school_id and s.token_hash = p_caller.token_hash;
    select p.* into v_staff from core.staff p where p.school_id = v_session.school_id and p.staff_id = v_session.staff_id;
    if v_session.session_id is null or v_session.ended_at is not null or v_staff.status <> 'active'
       or v_session.expires_at <= v_me.now
       or v_session.last_seen_at + core.setting(v_school.school_id, 'session_idle_min') * interval '1 min' <= v_me.now then
      perform core.refuse(401, case when v_session.session_id is null then 'not_signed_in' else 'session_ended' end,
                          'The session has ended.', p_remedy => 'Sign in again; what you were writing is still on your page.');
    end if;
    if p_write and v_session.csrf_hash is distinct from p_caller.csrf_hash then
      perform core.refuse(403, 'csrf', 'The request did not come from the page that this session opened.',
                          p_remedy => 'Load the page again.');
    end if;
    if v_session.restricted and p_right <> 'self' then
      perform core.refuse(403, 'second_factor_needed', 'This account has no second factor yet.',
                          p_remedy => 'Set one up, or enter a code of the one you have; then go on.');
    end if;
    v_me.staff_id := v_staff.staff_id;
    v_me.session_id := v_session.session_id;
    v_me.name := v_staff.name;
    v_me.roles := v_staff.roles;
    select r.reach, case when r.reach = 'school' then r.role || ' of the school' end into v_me.reach, v_me.ground
      from core.role_rights() r
     where r.right = p_right and r.role = any (v_staff.roles)
     order by array_position(array['school', 'grounds', 'none'], r.reach)
     limit 1;
  end if;
  if v_me.reach is null then
    perform core.refuse(403, 'no_right', 'Your role does not allow this.', p_more => jsonb_build_object('right', p_right));
  end if;
  if p_step_up then
    perform core.step_up_check(v_me);
  end if;
  perform set_config('sg.scope', array[v_school.school_id]::text || '|' || case v_me.reach
    when 'school' then '*'
    when 'grounds' then
      coalesce((select array_agg(g.student_id) from core.students_of(v_school.school_id, v_me.staff_id, v_me.now) g), '{}')::text
    else '' end, true);
  return v_me;
end
$$;
