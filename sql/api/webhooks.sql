-- Where programs of others are told of nights, urgent cases and escalations; whether they answer. Columns to sort by: created_at.
-- GET /api/v1/webhooks
--
-- Who: sg_office, right "settings". Ground: running the service; nothing of a student is in it. Locks: none.
create or replace function api.webhooks(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'settings');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{-created_at}');
  with found as (
    select w as webhook, w.webhook_id as id, to_jsonb(extract(epoch from w.created_at)) as key
      from core.webhook w where w.school_id = v_me.school_id
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.webhook_json(p.webhook) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{webhook_id,url,about,events,status,failures,last_ok_at,last_failed_at,last_reply,created_by.name,created_at}');
end
$$;
