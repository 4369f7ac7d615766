-- One import at a time for a school, until the transaction ends: of two files that change the same students, the second is compared
-- with what the first left.
create or replace function core.import_lock(p_school int4) returns void
  language sql as $$
  select pg_advisory_xact_lock(hashtext('import'), p_school)
$$;
