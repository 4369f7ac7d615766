-- Puts back what was there before the demographics of an import, where they are still the import's.
create or replace function core.demographics_undo(p_import ops.import) returns void
  language plpgsql as $$
begin
  delete from sealed.demographics d
   using sealed.brought b
   where b.school_id = p_import.school_id and b.import_id = p_import.import_id and d.school_id = b.school_id
     and d.student_id = b.student_id and (d.sex, d.races, d.hispanic) is not distinct from (b.sex, b.races, b.hispanic);
  insert into sealed.demographics
  select (jsonb_populate_record(null::sealed.demographics, b.before)).*
    from sealed.brought b
   where b.school_id = p_import.school_id and b.import_id = p_import.import_id and b.before is not null
      on conflict (school_id, student_id) do nothing;
end
$$;
