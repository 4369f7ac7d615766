-- The accounts of the office; query: role, status. Columns to sort by: name, email, created_at. GET /api/v1/staff
--
-- Who: sg_office. Ground: letting people in; nothing of a student is in it. Locks: none.
create or replace function api.staff_list(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'staff');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_role text;
  v_status text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,role,status}');
  v_page := core.page_of(v_me, p_args, '{name,email,created_at}');
  v_role := core.arg_choice(p_args, 'role', '{any,dean,adviser,operator,auditor,administrator}', 'any');
  v_status := core.arg_choice(p_args, 'status', '{any,invited,active,disabled}', 'any');
  with found as (
    select s as staff, s.staff_id as id, case v_page.sort when 'name' then to_jsonb(lower(s.name))
                                              when 'email' then to_jsonb(s.email)
                                              else to_jsonb(extract(epoch from s.created_at)) end as key
      from core.staff s
     where s.school_id = v_me.school_id and (v_role = 'any' or v_role = any (s.roles)) and v_status in ('any', s.status)
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.staff_json(p.staff) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{staff_id,name,email,roles,status,second_factor,single_sign_on,last_sign_in_at,created_at}');
end
$$;
