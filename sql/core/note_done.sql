-- Puts what a person of the office did on the trail, notes that the session was seen, and lets the open pages of the school know
-- that something is other than they show it (one's own account is on nobody else's). In the same transaction as the deed, which is
-- not done a second time under the same key (core.once_claim).
create or replace function core.note_done(p_me core.me, p_action text, p_students int8[] default '{}', p_detail jsonb default '{}')
  returns void
  language plpgsql as $$
declare
  v_event int8;
begin
  perform core.once_claim(p_me, p_action);
  insert into audit.event (school_id, actor, action, students, detail, staff_id, ground, address, request_id, status)
  values (p_me.school_id, coalesce('token/' || p_me.token_id, 'staff/' || p_me.staff_id), p_action, coalesce(p_students, '{}'),
          coalesce(p_detail, '{}'), p_me.staff_id,
          case when cardinality(p_students) = 1 then core.ground_for(p_me, p_students[1]) else p_me.ground end,
          (p_me.caller).address, (p_me.caller).request_id, 200)
  returning event_id into v_event;
  perform core.note_seen(p_me.school_id, v_event, p_students);
  if p_me.right <> 'self' then
    perform pg_notify('sg_changed', p_me.school_id::text);
  end if;
  update core.session s set last_seen_at = p_me.now
   where s.school_id = p_me.school_id and s.token_hash = (p_me.caller).token_hash and s.last_seen_at < p_me.now;
end
$$;
