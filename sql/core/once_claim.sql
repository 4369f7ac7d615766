-- A deed is done once for each key (header Idempotency-Key; "once" of a request's arguments, which core.args_known keeps for the
-- transaction). Refuses (409 done_already) what was done under it before, and with that undoes what this transaction did. Of a
-- request with several deeds the first claims the key for all of them.
create or replace function core.once_claim(p_me core.me, p_action text) returns void
  language plpgsql as $$
declare
  c_good constant interval := '1 day'; -- longer than any page stands open with an unanswered request
  v_key text := nullif(current_setting('sg.once', true), '');
begin
  if v_key is null or p_me.staff_id is null then
    return;
  end if;
  insert into ops.once as o (school_id, staff_id, key, action, at)
  values (p_me.school_id, p_me.staff_id, v_key, p_action, p_me.now)
      on conflict (school_id, staff_id, key) do update set action = excluded.action, at = excluded.at
       where o.at < excluded.at - c_good;
  if not found then
    perform core.refuse(409, 'done_already', 'This was done already: the first time it was sent, it arrived.',
                        p_remedy => 'Nothing was done twice. Look at what is there now.');
  end if;
  perform set_config('sg.once', '', true);
end
$$;
