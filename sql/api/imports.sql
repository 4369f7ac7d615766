-- The files that were brought: who, when, which kind, what came of it. Query: kind, state. Columns to sort by: at, newest first.
-- GET /api/v1/imports
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school; no student is in it. Locks: none.
create or replace function api.imports(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster');
  v_page core.page;
  v_kind text;
  v_state text;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{limit,cursor,sort,format,kind,state}');
  v_page := core.page_of(v_me, p_args, '{-at}');
  v_kind := core.arg_choice(p_args, 'kind', array_prepend('any', core.import_kinds()), 'any');
  v_state := core.arg_choice(p_args, 'state', '{any,previewed,applied,undone,lapsed}', 'any');
  with found as (select i as import, i.import_id as id, to_jsonb(i.imported_at) as key
                   from ops.import i
                  where i.school_id = v_me.school_id and v_kind in ('any', i.kind) and v_state in ('any', i.state)),
       page as (select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
                  from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.import_json(p.import, core.may(v_me, 'records')) order by p.n))[:v_page.most]),
         (select count(*) from found),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null,
    '{import_id,kind,file_name,state,previewed.at,previewed.by.name,applied.at,applied.by.name,undone.at,undone.by.name,'
    'counts.rows,counts.new,counts.changed,counts.leaving,counts.unchanged,counts.refused}');
end
$$;
