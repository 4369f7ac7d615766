-- The kinds of file that can be brought (as in server/intake/tables.c).
create or replace function core.import_kinds() returns text[]
  language sql immutable as $$
  select '{roster,plans,official_scores,advisers}'::text[]
$$;
