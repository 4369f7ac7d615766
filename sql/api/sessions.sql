-- One's own open sessions: where, since when, which one is this. GET /api/v1/sessions
--
-- Who: sg_office. Ground: one's own account. Locks: none.
create or replace function api.sessions(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'self');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format}');
  v_page := core.page_of(v_me, p_args, '{-signed_in_at}');
  with found as (
    select s.*, to_jsonb(extract(epoch from s.created_at)) as key, s.session_id as id from core.session s
     where s.school_id = v_me.school_id and s.staff_id = v_me.staff_id and s.ended_at is null and s.expires_at > v_me.now
       and s.last_seen_at + core.setting(v_me.school_id, 'session_idle_min') * interval '1 min' > v_me.now
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(jsonb_build_object(
           'session_id', p.session_id, 'current', p.session_id = v_me.session_id, 'method', p.method, 'restricted', p.restricted,
           'signed_in_at', p.created_at, 'expires_at', p.expires_at, 'address', p.address, 'agent', p.agent)
           order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{session_id,current,method,signed_in_at,expires_at,address,agent}');
end
$$;
