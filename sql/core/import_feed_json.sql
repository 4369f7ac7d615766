-- The same of rows as JSON, [{"line": 2, field: value}], as programs of the version before send them: a key that is not there is a
-- column that the file does not have, null is an empty cell.
create or replace function core.import_feed_json(p_rows jsonb) returns void
  language plpgsql as $$
declare
  v_columns text[];
begin
  perform core.import_table();
  v_columns := array(
    select distinct k.key
      from jsonb_array_elements(p_rows) x(row)
     cross join lateral jsonb_object_keys(x.row) k(key)
      join pg_attribute a on a.attrelid = to_regclass('pg_temp.import_line') and a.attnum > 0 and a.attname = k.key
     where k.key <> 'line');
  execute format('insert into pg_temp.import_line (line%s)
                  select coalesce((x.row ->> ''line'')::int4, x.n::int4)%s from jsonb_array_elements($1) with ordinality x(row, n)',
                 (select string_agg(format(', %I', c), '' order by c) from unnest(v_columns) c),
                 (select string_agg(format(', case when x.row ? %1$L then coalesce(x.row ->> %1$L, '''') end', c), '' order by c)
                    from unnest(v_columns) c))
    using p_rows;
end
$$;
