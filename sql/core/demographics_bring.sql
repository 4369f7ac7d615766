-- Puts aside what a roster says of demographics (pg_temp.import_line: sex, races, hispanic), in the sealed schema, until it is
-- applied. Nothing of it is in the preview, and nobody is told whether it differs from what is there. Gives of how many students
-- something is said.
create or replace function core.demographics_bring(p_import ops.import) returns int4
  language plpgsql as $$
declare
  v_brought int4;
begin
  insert into sealed.brought (school_id, import_id, external_id, sex, races, hispanic)
  select p_import.school_id, p_import.import_id, l.student_id, nullif(l.sex, ''), string_to_array(coalesce(l.races, ''), ' '),
         nullif(l.hispanic, '')::bool
    from pg_temp.import_line l
   where l.sex <> '' or l.races <> '' or l.hispanic <> '';
  get diagnostics v_brought = row_count;
  return v_brought;
end
$$;
