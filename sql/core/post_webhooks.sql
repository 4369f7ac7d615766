-- Puts an event into the post for every webhook that asked for it: Standard Webhooks' form, with counts and a link, and nobody in
-- it. Gives to how many.
create or replace function core.post_webhooks(p_school int4, p_event text, p_key text, p_data jsonb, p_now timestamptz,
                                              p_run int8 default null) returns int4
  language plpgsql as $$
declare
  v_hook record;
  v_told int4 := 0;
begin
  for v_hook in select w.webhook_id, w.url from core.webhook w
                 where w.school_id = p_school and w.status = 'on' and p_event = any (w.events) order by w.webhook_id
  loop
    if core.post_put(p_school, 'webhook', format('%s/%s/webhook/%s', p_event, p_key, v_hook.webhook_id), v_hook.url,
                     jsonb_build_object('event', p_event, 'data', p_data), p_now, p_now, p_webhook => v_hook.webhook_id,
                     p_run => p_run) is not null then
      v_told := v_told + 1;
    end if;
  end loop;
  return v_told;
end
$$;
