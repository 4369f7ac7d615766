-- The one mail of a day in which things of a kind are gathered for a person: the one that waits, or a new one; when that day's has
-- left, the next morning's. It is held, so that no sender takes it before the things are in it.
create or replace function core.post_list(p_school int4, p_kind text, p_staff int8, p_address text, p_day date, p_now timestamptz,
                                          p_not_before timestamptz) returns int8
  language plpgsql as $$
declare
  c_days constant int4 := 3; -- a mail server that was away: further than that nothing is put off
  v_message int8;
  v_key text;
  v_not_before timestamptz := p_not_before;
  v_zone constant text := (select s.zone from core.school s where s.school_id = p_school);
begin
  for v_ahead in 0 .. c_days loop
    v_key := format('%s/list/%s/staff/%s', p_kind, p_day + v_ahead, p_staff);
    if v_ahead > 0 then
      v_not_before := ((p_day + v_ahead) + core.setting(p_school, 'quiet_to_h')::int4 * interval '1 h') at time zone v_zone;
    end if;
    perform core.post_put(p_school, p_kind, v_key, p_address, '{"n": 0, "items": []}', p_now, v_not_before, p_staff);
    select m.message_id into v_message from ops.message m
     where m.school_id = p_school and m.dedup_key = v_key and m.state in ('waiting', 'failed') and m.attempts = 0
       for no key update;
    exit when v_message is not null;
  end loop;
  return v_message;
end
$$;
