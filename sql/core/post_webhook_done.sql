-- Counts what a webhook answered: a success begins anew, webhook_failures in a row switch it off and raise an alert, which ends
-- when a person switches it on again and it takes something. Locks: the webhook's row.
create or replace function core.post_webhook_done(p_school int4, p_webhook int8, p_ok bool, p_reply text, p_now timestamptz)
  returns void
  language plpgsql as $$
declare
  v_hook core.webhook;
begin
  update core.webhook w
     set failures = case when p_ok then 0 else w.failures + 1 end, last_reply = p_reply,
         last_ok_at = case when p_ok then p_now else w.last_ok_at end,
         last_failed_at = case when p_ok then w.last_failed_at else p_now end,
         status = case when not p_ok and w.status = 'on'
                            and w.failures + 1 >= core.setting(p_school, 'webhook_failures')
                       then 'failing' else w.status end
   where w.school_id = p_school and w.webhook_id = p_webhook
  returning * into v_hook;
  if p_ok then
    update ops.alert a set until = greatest(p_now, a.since)
     where a.school_id = p_school and a.kind = 'webhook/' || p_webhook and a.until is null;
  elsif v_hook.status = 'failing' then
    insert into ops.alert (school_id, kind, since, text)
    values (p_school, 'webhook/' || p_webhook, p_now,
            format('Webhook %s failed %s times in a row and is off. See to it, and switch it on again.', p_webhook,
                   v_hook.failures))
        on conflict (school_id, kind) where until is null do nothing;
  end if;
end
$$;
