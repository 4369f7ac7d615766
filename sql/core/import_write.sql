-- Makes the table of what is to be written (pg_temp.import_write), empty: a row for each row of an import, whose numbers it has. A
-- table and not an argument, because no array holds a gigabyte.
create or replace function core.import_write() returns void
  language plpgsql as $$
begin
  perform core.import_drop('import_write');
  create temp table import_write (n int4 not null, student_id int8, external_id text, done jsonb, fields jsonb) on commit drop;
end
$$;
