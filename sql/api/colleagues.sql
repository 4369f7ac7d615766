-- Who works here, by name and role: to hand something to somebody. Query: role. GET /api/v1/colleagues
--
-- Who: sg_office. Ground: the office's own work; nothing of a student is in it. Locks: none.
create or replace function api.colleagues(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'colleagues');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_role text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,role}');
  v_page := core.page_of(v_me, p_args, '{name}');
  v_role := core.arg_choice(p_args, 'role', '{any,dean,adviser,operator,auditor,administrator}', 'any');
  with found as (
    select s.name, s.roles, s.staff_id as id, to_jsonb(lower(s.name)) as key
      from core.staff s
     where s.school_id = v_me.school_id and s.status = 'active' and (v_role = 'any' or v_role = any (s.roles))
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(jsonb_build_object('staff_id', p.id, 'name', p.name, 'roles', p.roles) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null, '{staff_id,name,roles}');
end
$$;
