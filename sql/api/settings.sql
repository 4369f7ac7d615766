-- The numbers the office works by: what is in force, the default and where it comes from, between which bounds it may be set, who
-- set it. Columns to sort by: key. GET /api/v1/settings
--
-- Who: sg_office. Ground: the office's own work; nothing of a student is in it. Locks: none.
create or replace function api.settings(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'settings_read');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{key}');
  with found as (
    select d.key as name, to_jsonb(d.key) as key, row_number() over (order by d.key) as id from core.setting_defaults() d
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.setting_json(v_me.school_id, p.name) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{key,value,default,own,low,high,source,set_by.name,set_at}');
end
$$;
