-- Lets somebody into the office from the shell: `stepguardctl staff add`. Makes the account, or brings the one with this address
-- back: these roles, not disabled, no second factor, no sessions; with a one-time code (its SHA-256) good until p_expires. At any
-- time: who has the shell has the database, and whoever locked themselves out must get in again. Gives the account's number.
--
-- Who: sg_operator. Ground: running the service. On the trail. Refused (22023): a past end, an empty name or address, an unknown
-- role. Locks: the account's row.
create or replace function api.staff_first(p_school_code text, p_email text, p_name text, p_roles text[], p_code_hash bytea,
                                           p_expires timestamptz) returns int8
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_staff core.staff;
begin
  if p_expires is null or p_expires <= core.now() then
    raise exception 'the code would be past its end' using errcode = 'invalid_parameter_value';
  elsif coalesce(btrim(p_email), '') !~ '^[^\s@]+@[^\s@]+$' or coalesce(btrim(p_name), '') = '' then
    raise exception 'an account needs an e-mail address and a name' using errcode = 'invalid_parameter_value';
  elsif coalesce(cardinality(p_roles), 0) = 0 or exists (
          select from unnest(p_roles) r where r is null or r not in (select x.role from core.role_rights() x)) then
    raise exception 'roles are: %', (select string_agg(distinct x.role, ', ') from core.role_rights() x)
      using errcode = 'invalid_parameter_value';
  end if;
  insert into core.staff as p (school_id, email, name, roles, created_at)
  values (v_school.school_id, lower(btrim(p_email)), btrim(p_name), p_roles, core.now())
      on conflict (school_id, email) do update
     set name = excluded.name, roles = excluded.roles, revision = p.revision + 1,
         status = case when p.status = 'disabled' then 'invited' else p.status end
  returning * into v_staff;
  perform core.second_factor_reset(v_staff, core.now());
  perform core.invite(v_staff, p_code_hash, core.now(), p_expires);
  perform core.note(v_school.school_id, 'staff_first', '{}', jsonb_build_object('staff_id', v_staff.staff_id, 'roles', p_roles));
  return v_staff.staff_id;
end
$$;
