-- The office's accounts as the operator's tool lists them: [{"staff_id", "email", "name", "roles", "status", "second_factor",
-- "last_seen_at"}], by address. `stepguardctl staff list`
--
-- Who: sg_operator. Ground: running the service; nothing of a student is in it. Locks: none.
create or replace function api.staff_accounts(p_school_code text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object(
             'staff_id', p.staff_id, 'email', p.email, 'name', p.name, 'roles', p.roles, 'status', p.status,
             'second_factor', p.totp_confirmed_at is not null,
             'last_seen_at', (select max(s.last_seen_at) from core.session s
                               where s.school_id = p.school_id and s.staff_id = p.staff_id)) order by p.email)
      from core.staff p
     where p.school_id = v_school.school_id), '[]');
end
$$;
