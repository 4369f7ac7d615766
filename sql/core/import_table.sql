-- Makes the table into which the rows of a file are put (pg_temp.import_line), for the rest of the transaction: a column for every
-- field that a kind of file has. null: the file has no such column; '': the cell is empty. Temporary, so that a gigabyte of rows is
-- neither logged nor seen by anybody else, and there for the planner to look at, which an argument never is. What was put there
-- before stays.
create or replace function core.import_table() returns void
  language plpgsql as $$
begin
  if to_regclass('pg_temp.import_line') is null then
    create temp table import_line (
      line int4 not null,
      student_id text, given_name text, family_name text, email text, class_year text, track text, adviser_email text,
      dedicated_start text, deadline text, status text,
      attempt text, planned_on text, permit_from text, permit_to text, taken_on text, outcome text, outcome_known_on text,
      instrument text, form text, score text, scale text,
      "from" text, until text,
      sex text, races text, hispanic text
    ) on commit drop;
  end if;
end
$$;
