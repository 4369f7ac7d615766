-- A new webhook, {"url", "about", "events"}, with the secret that the daemon made and shows once: sealed ("secret", hex), and what
-- it is bound to ("secret_for"). 201 with the webhook. Wants a fresh proof: from then on something leaves the school's machines by
-- itself. Refuses 409 too_many. POST /api/v1/webhooks
--
-- Who: sg_office, right "settings". Ground: running the service. Locks: none.
create or replace function api.webhook_add(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  c_most constant int4 := 20; -- each costs a request a night; nobody keeps watch over more
  v_me core.me := core.staff_enter(p_caller, 'settings', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_webhook core.webhook;
  v_secret text;
begin
  perform core.args_known(p_args, '{}', '{url,about,events,secret,secret_for}');
  v_webhook.url := core.webhook_url(v_body, true);
  v_webhook.about := coalesce(core.arg(v_body, 'about'), '');
  v_webhook.events := core.arg_list(v_body, 'events', 3, '{night,urgent,escalation}');
  if v_webhook.events is null then
    perform core.refuse(422, 'missing', '"events" is missing.', 'events', 'Give at least one.');
  end if;
  v_secret := core.arg(v_body, 'secret', true, 512);
  v_webhook.secret_for := core.arg(v_body, 'secret_for', true, 32);
  if v_secret !~ '^([0-9a-f]{2})+$' or v_webhook.secret_for !~ '^[0-9a-f]{32}$' then
    perform core.refuse(422, 'invalid', '"secret" must be hexadecimal digits.', 'secret');
  elsif (select count(*) from core.webhook w where w.school_id = v_me.school_id and w.status <> 'off') >= c_most then
    perform core.refuse(409, 'too_many', format('There are %s webhooks already.', c_most), p_remedy => 'Switch one off first.');
  end if;
  insert into core.webhook (school_id, url, about, events, secret, secret_for, created_by, created_at)
  values (v_me.school_id, v_webhook.url, v_webhook.about, v_webhook.events, decode(v_secret, 'hex'), v_webhook.secret_for,
          v_me.staff_id, v_me.now)
  returning * into v_webhook;
  perform core.note_done(v_me, 'webhook_add', '{}', jsonb_build_object('webhook_id', v_webhook.webhook_id, 'url', v_webhook.url,
                                                                       'events', v_webhook.events));
  return core.reply(core.webhook_json(v_webhook), p_status => 201);
end
$$;
