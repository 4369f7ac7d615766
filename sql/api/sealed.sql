-- The sealed secrets, as they are kept: [{"which": totp_secret | totp_pending | webhook, "id" (of the account or the webhook),
-- "bound" (what it was sealed for: server/base/seal.h), "sealed"}] in hexadecimal digits, whose first two are the number of the
-- key. Without a key they say nothing. `stepguardctl seal`
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
    select jsonb_agg(jsonb_build_object('which', s.which, 'id', s.id, 'bound', s.bound, 'sealed', encode(s.sealed, 'hex'))
                     order by s.which, s.id)
      from (select v.which, p.staff_id as id, format('totp/%s/%s', v_school.code, p.staff_id) as bound, v.sealed
              from core.staff p
             cross join lateral (values ('totp_secret', p.totp_secret), ('totp_pending', p.totp_pending)) v(which, sealed)
             where p.school_id = v_school.school_id
            union all
            select 'webhook', w.webhook_id, format('webhook/%s/%s', v_school.code, w.secret_for), w.secret
              from core.webhook w where w.school_id = v_school.school_id) s
     where s.sealed is not null), '[]');
end
$$;
