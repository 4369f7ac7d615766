-- Puts rows of a file beside those that were put before (pg_temp.import_line): p_rows is text, a line for each row, of cells parted
-- by tabs: the row's line in the file, then what stands in p_columns. Not JSON, which takes four times as long to take apart (9 and
-- 2 microseconds a row of a roster); a cell has no tab and no line end, because the readers of server/intake refuse them.
create or replace function core.import_feed(p_columns text[], p_rows text) returns void
  language plpgsql as $$
begin
  perform core.import_table();
  execute format('insert into pg_temp.import_line (line%s)
                  select l.cell[1]::int4%s
                    from (select string_to_array(t.line, chr(9)) as cell from string_to_table($1, chr(10)) t(line)
                           where t.line <> '''' offset 0) l',
                 (select string_agg(format(', %I', c.name), '' order by c.n) from unnest(p_columns) with ordinality c(name, n)),
                 (select string_agg(format(', l.cell[%s]', c.n + 1), '' order by c.n)
                    from unnest(p_columns) with ordinality c(name, n)))
    using p_rows;
end
$$;
