-- Drops a temporary table of an import where there is one; without the notice that "if exists" gives.
create or replace function core.import_drop(p_name text) returns void
  language plpgsql as $$
begin
  if to_regclass('pg_temp.' || p_name) is not null then
    execute format('drop table pg_temp.%I', p_name);
  end if;
end
$$;
