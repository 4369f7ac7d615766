-- Stores the demographics that came with a roster, and keeps beside them what was there.
create or replace function core.demographics_apply(p_import ops.import) returns void
  language plpgsql as $$
begin
  update sealed.brought b
     set student_id = s.student_id,
         before = (select to_jsonb(d) from sealed.demographics d where d.school_id = s.school_id and d.student_id = s.student_id)
    from core.student s
   where b.school_id = p_import.school_id and b.import_id = p_import.import_id and s.school_id = b.school_id
     and s.external_id = b.external_id;
  insert into sealed.demographics as d (school_id, student_id, sex, races, hispanic, told_at)
  select b.school_id, b.student_id, b.sex, b.races, b.hispanic, core.now()
    from sealed.brought b
   where b.school_id = p_import.school_id and b.import_id = p_import.import_id and b.student_id is not null
      on conflict (school_id, student_id) do update
     set (sex, races, hispanic, told_at) = (excluded.sex, excluded.races, excluded.hispanic, excluded.told_at);
end
$$;
