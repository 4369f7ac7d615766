-- An account, as those see it who let people in.
create or replace function core.staff_json(p_staff core.staff) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'staff_id', p_staff.staff_id, 'name', p_staff.name, 'email', p_staff.email, 'roles', p_staff.roles, 'status', p_staff.status,
    'has_password', p_staff.password_hash is not null, 'second_factor', p_staff.totp_confirmed_at is not null,
    'single_sign_on', p_staff.oidc_subject is not null, 'created_at', p_staff.created_at, 'revision', p_staff.revision,
    'last_sign_in_at', (select max(s.created_at) from core.session s
                         where s.school_id = p_staff.school_id and s.staff_id = p_staff.staff_id),
    'invited_until', (select max(i.expires_at) from core.staff_invitation i
                       where i.school_id = p_staff.school_id and i.staff_id = p_staff.staff_id and i.used_at is null))
$$;
