-- One at a time of those who could break the counsellor wall at this school, until the transaction ends: two that are each allowed
-- may together not be.
create or replace function core.wall_lock(p_school int4) returns void
  language sql as $$
  select pg_advisory_xact_lock(hashtext('counsellor wall'), p_school)
$$;
