-- The fields that name a row of a kind of file, which may stand in the file once (as in server/intake/tables.c).
create or replace function core.import_keys(p_kind text) returns text[]
  language sql immutable as $$
  select case p_kind
    when 'roster' then '{student_id}'::text[]
    when 'plans' then '{student_id,attempt}'
    when 'official_scores' then '{student_id,instrument,form,taken_on}'
    when 'advisers' then '{student_id}'
  end
$$;
