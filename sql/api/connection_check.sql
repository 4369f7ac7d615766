-- What a program must know of the database before it acknowledges anything: whether what is committed will survive a power cut,
-- and which schema it speaks to.
--
-- Who: every role, first thing on every connection. Ground: none needed, no record is touched. Locks: none.
create or replace function api.connection_check(out fsync text, out full_page_writes text, out synchronous_commit text,
                                                out server_version_num int4, out schema_version int4)
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
as $$
  select current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
         current_setting('server_version_num')::int4, (select max(number) from ops.migration)
$$;
