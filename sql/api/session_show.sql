-- Who is signed in, what they may do, and until when. GET /api/v1/session
--
-- Who: sg_office. Ground: one's own account. Locks: none.
create or replace function api.session_show(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self');
begin
  perform core.args_known(p_args, '{}');
  return core.reply((
    select jsonb_build_object(
             'school', jsonb_build_object('code', c.code, 'name', c.name, 'zone', c.zone),
             'staff_id', p.staff_id, 'name', p.name, 'email', p.email, 'roles', p.roles,
             'rights', (select jsonb_object_agg(r.right, r.reach) from (
                          select distinct on (x.right) x.right, x.reach from core.role_rights() x where x.role = any (p.roles)
                           order by x.right, array_position(array['school', 'grounds', 'none'], x.reach)) r),
             'session', jsonb_build_object(
               'session_id', s.session_id, 'method', s.method, 'signed_in_at', s.created_at,
               'idle_min', core.setting(s.school_id, 'session_idle_min'),
               'warning_min', core.setting(s.school_id, 'session_warning_min'),
               'expires_at', s.expires_at,
               'stepped_up_until', s.stepped_up_at + core.setting(s.school_id, 'step_up_min') * interval '1 min'),
             'second_factor', p.totp_confirmed_at is not null)
      from core.session s
      join core.staff p on p.school_id = s.school_id and p.staff_id = s.staff_id
      join core.school c on c.school_id = s.school_id
     where s.school_id = v_me.school_id and s.session_id = v_me.session_id));
end
$$;
