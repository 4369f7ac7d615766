-- What is wrong with a file, by line and column, with reason and remedy; never what stands in the cell. Query: warnings=false
-- leaves out what did not keep a row from being taken. Columns to sort by: line. GET /api/v1/imports/{import}/errors
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school; no student is in it. Locks: none.
create or replace function api.import_errors(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster');
  v_import ops.import;
  v_page core.page;
  v_warnings bool;
  v_items jsonb;
  v_total int8;
  v_next text;
begin
  perform core.args_known(p_args, '{import,limit,cursor,sort,format,warnings}');
  v_import := core.import_named(v_me, p_args);
  v_page := core.page_of(v_me, p_args, '{line}');
  v_warnings := core.arg_flag(p_args, 'warnings', true);
  with found as (select f as finding, f.n as id, to_jsonb(f.line) as key
                   from ops.import_finding f
                  where f.school_id = v_me.school_id and f.import_id = v_import.import_id and (v_warnings or not f.warning)),
       page as (select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
                  from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(jsonb_build_object(
           'line', (p.finding).line, 'field', (p.finding).field, 'reason', (p.finding).reason, 'remedy', (p.finding).remedy,
           'warning', (p.finding).warning) order by p.n))[:v_page.most]), (select count(*) from found),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id::int8 order by p.n))
    into v_items, v_total, v_next from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, null, '{line,field,reason,remedy,warning}');
end
$$;
