-- What an import would change, or changed, row by row and field by field; rows that change nothing are not kept. Query: change.
-- Columns to sort by: line; those who are not in the file come last. GET /api/v1/imports/{import}/rows
--
-- Who may not see records (operators) sees the scores and outcomes of the files that they brought themselves, and none of those
-- that stand in the records or came with another's file.
--
-- Who: sg_office, right "roster". Ground: dean or operator of the school. Locks: none.
create or replace function api.import_rows(p_caller api.caller, p_args jsonb) returns api.reply
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set sg.scope = ''
as $$
declare
  v_me core.me := core.staff_enter(p_caller, 'roster');
  v_import ops.import;
  v_page core.page;
  v_change text;
  v_reads bool;
  v_own bool;
  v_items jsonb;
  v_total int8;
  v_next text;
  v_students int8[];
begin
  perform core.args_known(p_args, '{import,limit,cursor,sort,format,change}');
  v_import := core.import_named(v_me, p_args);
  v_page := core.page_of(v_me, p_args, '{line}');
  v_reads := core.may(v_me, 'records');
  v_own := coalesce(v_import.staff_id = v_me.staff_id, false);
  v_change := core.arg_choice(p_args, 'change', '{any,new,changed,leaving,kept}', 'any');
  with found as (select r as line, r.n as id, r.student_id, to_jsonb(r.n) as key
                   from ops.import_row r
                  where r.school_id = v_me.school_id and r.import_id = v_import.import_id and v_change in ('any', r.change)),
       page as (select f.*, v_page.step * row_number() over (order by f.key, f.id) as n
                  from found f where core.page_follows(v_page, f.key, f.id) order by n limit v_page.most + 1)
  select to_jsonb((array_agg(core.import_row_json(p.line, v_reads, v_reads or v_own) order by p.n))[:v_page.most]),
         (select count(*) from found),
         core.page_next(v_page, array_agg(p.key order by p.n), array_agg(p.id::int8 order by p.n)),
         coalesce(array_agg(distinct p.student_id) filter (where p.student_id is not null), '{}')
    into v_items, v_total, v_next, v_students from page p;
  return core.reply_list(v_me, p_args, v_items, v_next, v_total, v_students,
                         '{line,change,student_id,given_name,family_name,about,summary,reported.score,reported.difference,undone}');
end
$$;
