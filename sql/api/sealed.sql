-- The sealed secrets of the office's accounts, as they are kept: [{"staff_id", "which": totp_secret | totp_pending, "sealed"}] in
-- hexadecimal digits, whose first two are the number of the key. Without a key they say nothing. `stepguardctl seal`
--
-- Who: sg_operator. Ground: running the service; nothing of a student is in it. Locks: none.
create or replace function api.sealed(p_school_code text) returns jsonb
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object('staff_id', p.staff_id, 'which', s.which, 'sealed', encode(s.sealed, 'hex'))
                     order by p.staff_id, s.which)
      from core.staff p
     cross join lateral (values ('totp_secret', p.totp_secret), ('totp_pending', p.totp_pending)) s(which, sealed)
     where p.school_id = v_school.school_id and s.sealed is not null), '[]');
end
$$;
