-- Writes what a preview of a roster says. Gives the students written; null, and writes nothing, where one of them is no longer as
-- the preview saw them. Locks: the students, in order of their number; then the progress rows of those whose estimate it touches.
create or replace function core.import_roster_apply(p_import ops.import) returns int8[]
  language plpgsql as $$
declare
  v_students int8[];
begin
  perform from core.student s
    where s.school_id = p_import.school_id
      and s.student_id in (select r.student_id from ops.import_row r
                            where r.school_id = p_import.school_id and r.import_id = p_import.import_id)
    order by s.student_id
      for no key update;
  if exists (select from ops.import_row r
               left join core.student s on s.school_id = r.school_id and s.external_id = r.external_id
              where r.school_id = p_import.school_id and r.import_id = p_import.import_id
                and (s.student_id is distinct from r.student_id
                     or (s.student_id is not null and core.roster_fields(s) <> r.before))) then
    return null;
  end if;
  perform core.import_write();
  insert into pg_temp.import_write (n, student_id, external_id, fields)
  select r.n, r.student_id, r.external_id, r.after
    from ops.import_row r where r.school_id = p_import.school_id and r.import_id = p_import.import_id;
  analyze pg_temp.import_write;
  v_students := core.roster_store(p_import.school_id);
  if array_position(v_students, null) is not null then
    perform core.import_stale();
  end if;
  update ops.import_row r set student_id = w.student_id
    from pg_temp.import_write w
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.n = w.n and r.student_id is null;
  perform core.demographics_apply(p_import);
  return coalesce(v_students, '{}');
end
$$;
