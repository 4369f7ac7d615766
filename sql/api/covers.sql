-- Who covers for whom; query: state (open: in force and coming, the default; any). A dean sees all, an adviser those that they are
-- in. Columns to sort by: from. GET /api/v1/covers
--
-- Who: sg_office. Ground: the reader's own; nothing of a student is in it. Locks: none.
create or replace function api.covers(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'records');
  v_page core.page;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_state text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,state}');
  v_page := core.page_of(v_me, p_args, '{-from}');
  v_state := core.arg_choice(p_args, 'state', '{open,any}', 'open');
  with found as (
    select c as cover, c.cover_id as id, to_jsonb(extract(epoch from c.valid_from)) as key
      from core.cover c
     where c.school_id = v_me.school_id and (v_me.reach = 'school' or v_me.staff_id in (c.staff_id, c.absent_id))
       and (v_state = 'any' or (c.ended_at is null and c.valid_until > v_me.now))
  ), page as (
    select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
      from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.cover_json(p.cover, v_me.zone, v_me.now) order by p.n))[:v_page.most]),
         (select count(*) from found), core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{cover_id,absent.name,staff.name,reason,from,until,granted_by.name,granted_at,ended_at,state}');
end
$$;
