-- The tokens of programs, those that are over too. Columns to sort by: created_at, name, expires_at. GET /api/v1/tokens
--
-- Who: sg_office. Ground: letting programs in; nothing of a student is in it. Locks: none.
create or replace function api.tokens(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'tokens');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{-created_at,name,expires_at}');
  with found as (
    select t as token, t.token_id as id, case v_page.sort when 'name' then to_jsonb(lower(t.name))
                                              when 'expires_at' then to_jsonb(extract(epoch from t.expires_at))
                                              else to_jsonb(extract(epoch from t.created_at)) end as key
      from core.service_token t where t.school_id = v_me.school_id
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.token_json(p.token, v_me.now) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{token_id,name,scopes,stopped_scopes,state,created_by.name,created_at,expires_at,revoked_at,last_used_at}');
end
$$;
