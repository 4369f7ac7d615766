-- Puts secrets that were sealed anew in the place of what they were, [{"which", "id", "was", "sealed"}], and gives how many.
-- One that is another by now (its owner set up a new factor meanwhile) stays: it was sealed under the newest key then.
-- `stepguardctl seal reseal`
--
-- Who: sg_operator. Ground: running the service. Locks: the rows of accounts, then of webhooks, in order of their
-- number.
create or replace function api.sealed_change(p_school_code text, p_changes jsonb) returns int4
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_school core.school := core.enter_school(p_school_code);
  v_change record;
  v_row int4;
  v_changed int4 := 0;
begin
  for v_change in
    select c.which, c.id, decode(c.was, 'hex') as was, decode(c.sealed, 'hex') as sealed
      from jsonb_to_recordset(p_changes) c(which text, id int8, was text, sealed text)
     order by c.which = 'webhook', c.id, c.which
  loop
    if v_change.which = 'webhook' then
      update core.webhook w set secret = v_change.sealed
       where w.school_id = v_school.school_id and w.webhook_id = v_change.id and w.secret = v_change.was;
    else
      update core.staff p
         set totp_secret = case v_change.which when 'totp_secret' then v_change.sealed else p.totp_secret end,
             totp_pending = case v_change.which when 'totp_pending' then v_change.sealed else p.totp_pending end
       where p.school_id = v_school.school_id and p.staff_id = v_change.id
         and v_change.was = case v_change.which when 'totp_secret' then p.totp_secret when 'totp_pending' then p.totp_pending end;
    end if;
    get diagnostics v_row = row_count;
    v_changed := v_changed + v_row;
  end loop;
  perform core.note(v_school.school_id, 'sealed_change', '{}', jsonb_build_object('changed', v_changed));
  return v_changed;
end
$$;
