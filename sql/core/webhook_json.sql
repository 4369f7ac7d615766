-- Where a program of somebody else's listens, without the secret.
create or replace function core.webhook_json(p_webhook core.webhook) returns jsonb
  language sql stable as $$
  select jsonb_build_object(
    'webhook_id', (p_webhook).webhook_id, 'url', (p_webhook).url, 'about', (p_webhook).about, 'events', (p_webhook).events,
    'status', (p_webhook).status, 'failures', (p_webhook).failures, 'last_ok_at', (p_webhook).last_ok_at,
    'last_failed_at', (p_webhook).last_failed_at, 'last_reply', (p_webhook).last_reply,
    'created_by', core.staff_ref((p_webhook).school_id, (p_webhook).created_by), 'created_at', (p_webhook).created_at,
    'revision', (p_webhook).revision)
$$;
