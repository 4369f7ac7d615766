-- A session and whose it is, as api.session_show and everything that opens or prolongs one answer.
create or replace function core.session_json(p_school int4, p_session int8) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
           'school', jsonb_build_object('code', c.code, 'name', c.name, 'zone', c.zone),
           'staff_id', p.staff_id, 'name', p.name, 'email', p.email, 'roles', p.roles,
           'rights', (select jsonb_object_agg(r.right, r.reach) from (
                        select distinct on (x.right) x.right, x.reach from core.role_rights() x
                         where x.role = any (p.roles) and (not s.restricted or x.right = 'self')
                         order by x.right, array_position(array['school', 'grounds', 'none'], x.reach)) r),
           'session', jsonb_build_object(
             'session_id', s.session_id, 'method', s.method, 'restricted', s.restricted, 'signed_in_at', s.created_at,
             'idle_min', core.setting(s.school_id, 'session_idle_min'),
             'warning_min', core.setting(s.school_id, 'session_warning_min'),
             'expires_at', s.expires_at,
             'stepped_up_until', s.stepped_up_at + core.setting(s.school_id, 'step_up_min') * interval '1 min'),
           'has_password', p.password_hash is not null,
           'second_factor', p.totp_confirmed_at is not null,
           'recovery_codes', (select count(*) from core.staff_recovery_code r
                               where r.school_id = p.school_id and r.staff_id = p.staff_id and r.used_at is null))
    from core.session s
    join core.staff p on p.school_id = s.school_id and p.staff_id = s.staff_id
    join core.school c on c.school_id = s.school_id
   where s.school_id = p_school and s.session_id = p_session
$$;
