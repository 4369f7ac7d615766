-- Changes a webhook, {"revision", "url", "about", "events", "status"}; what is absent stays. "on" also begins anew with one that
-- failed too often. Wants a fresh proof. Refuses 404, and 409 conflict where "revision" is not the webhook's.
-- PATCH /api/v1/webhooks/{webhook}
--
-- Who: sg_office, right "settings". Ground: running the service. Locks: the webhook's row.
create or replace function api.webhook_change(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'settings', p_write => true, p_step_up => true);
  v_body constant jsonb := p_args -> 'body';
  v_old core.webhook;
  v_new core.webhook;
begin
  perform core.args_known(p_args, '{webhook}', '{revision,url,about,events,status}');
  select * into v_old from core.webhook w
   where w.school_id = v_me.school_id and w.webhook_id = core.arg_number(p_args, 'webhook', null, 1, 999999999999999999)
     for no key update;
  if not found then
    perform core.refuse(404, 'not_found', 'There is no such webhook.', 'webhook');
  elsif core.arg_number(v_body, 'revision', 0, 1, 2147483647) <> v_old.revision then
    perform core.conflict(core.webhook_json(v_old));
  end if;
  v_new := v_old;
  v_new.url := coalesce(core.webhook_url(v_body, false), v_old.url);
  v_new.about := case when v_body ? 'about' then coalesce(core.arg(v_body, 'about'), '') else v_old.about end;
  v_new.events := coalesce(core.arg_list(v_body, 'events', 3, '{night,urgent,escalation}'), v_old.events);
  if v_body ? 'status' then
    v_new.status := core.arg_choice(v_body, 'status', '{on,off}', null);
    v_new.failures := case when v_new.status = 'on' then 0 else v_old.failures end;
  end if;
  update core.webhook w
     set url = v_new.url, about = v_new.about, events = v_new.events, status = v_new.status, failures = v_new.failures,
         revision = w.revision + 1
   where w.school_id = v_me.school_id and w.webhook_id = v_old.webhook_id
  returning * into v_new;
  perform core.note_done(v_me, 'webhook_change', '{}', jsonb_build_object('webhook_id', v_old.webhook_id,
    'from', jsonb_build_object('url', v_old.url, 'events', v_old.events, 'status', v_old.status),
    'to', jsonb_build_object('url', v_new.url, 'events', v_new.events, 'status', v_new.status)));
  return core.reply(core.webhook_json(v_new));
end
$$;
