-- Holds the progress rows of those whom an import is about, in order of their key: estimates, uploads and people wait.
create or replace function core.import_hold(p_import ops.import) returns void
  language sql as $$
  select p.student_id from core.progress p
   where p.school_id = p_import.school_id
     and p.student_id in (select r.student_id from ops.import_row r
                            where r.school_id = p_import.school_id and r.import_id = p_import.import_id)
   order by p.school_id, p.student_id
     for no key update
$$;
