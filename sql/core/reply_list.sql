-- The answer to a request for a list: {"items", "next", "total"}, or for format=csv a file with a head line, a line for each item,
-- and CR LF. p_columns are paths into the items ("student.family_name") and stand in the head line as they are. p_total may be
-- null: more than is counted.
--
-- p_students: whose records are in it; null for a list that is about no students (settings, colleagues). A file about students has
-- the words against passing it on as its last column, on every line: sorted, filtered, or copied in parts, they stay with the rows.
--
-- Refuses a file to those without the right to take one (core.export_check). The daemon puts both on the trail (api.looked).
create or replace function core.reply_list(p_me core.me, p_args jsonb, p_items jsonb, p_next text, p_total int8, p_students int8[],
                                           p_columns text[]) returns api.reply
  language plpgsql stable as $$
declare
  v_notice text;
  v_csv text;
begin
  if core.arg_choice(p_args, 'format', '{json,csv}', 'json') = 'json' then
    return core.reply(jsonb_build_object('items', coalesce(p_items, '[]'), 'next', p_next, 'total', p_total),
                      coalesce(p_students, '{}'), p_me.ground);
  end if;
  perform core.export_check(p_me);
  if p_next is not null then
    perform core.refuse(422, 'too_many', 'There are too many rows for one file.', 'format', 'Narrow the question.');
  end if;
  if p_students is not null then
    select ',' || core.csv_cell(to_jsonb(n.words)) into v_notice from core.redisclosure_notice() n;
  end if;
  select array_to_string(p_columns, ',') || case when v_notice is null then '' else ',notice' end || E'\r\n'
         || coalesce(string_agg(line.cells || coalesce(v_notice, '') || E'\r\n', '' order by i.n), '')
    into v_csv
    from jsonb_array_elements(p_items) with ordinality i(item, n)
   cross join lateral (
          select string_agg(core.csv_cell(coalesce(i.item #> string_to_array(c.path, '.'), 'null')), ',' order by c.n) as cells
            from unnest(p_columns) with ordinality c(path, n)) line;
  return row(200::int2, 'text/csv; charset=utf-8', v_csv, coalesce(p_students, '{}'), p_me.ground)::api.reply;
end
$$;
