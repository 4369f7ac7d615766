-- Leaves out of a file's rows (pg_temp.import_line) those that stand in it a second time, by the fields that name a row, and says
-- so: which of the two was meant is not ours to guess. Here and not where the file is read, because who reads it would have to keep
-- twenty million keys in memory for that.
create or replace function core.import_repeated(p_import ops.import) returns void
  language plpgsql set work_mem = '64MB' as $$
declare
  v_keys constant text[] := core.import_keys(p_import.kind);
  v_key constant text := (select string_agg(format('coalesce(l.%I, '''')', k.name), ', ' order by k.n)
                            from unnest(v_keys) with ordinality k(name, n));
  v_lines int4[];
  v_reasons text[];
begin
  execute format(
    'with twice as materialized (
       select array[%1$s] as key, min(l.line) as first from pg_temp.import_line l group by %1$s having count(*) > 1
     ), gone as (
       delete from pg_temp.import_line l using twice t where array[%1$s] = t.key and l.line > t.first returning l.line, t.first
     )
     select array_agg(g.line order by g.line),
            array_agg(format(''stands in line %%s already; only one of the two can be meant'', g.first) order by g.line)
       from gone g', v_key) into v_lines, v_reasons;
  if v_lines is not null then
    perform core.import_found(p_import, v_lines, array_fill(v_keys[1], array[cardinality(v_lines)]), v_reasons,
                              array_fill('Leave one of the two out.'::text, array[cardinality(v_lines)]));
  end if;
end
$$;
