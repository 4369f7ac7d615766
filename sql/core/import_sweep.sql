-- Takes away what imports keep of students and nobody needs any more: of previews that were not applied in time, and of imports
-- that can no longer be undone. Whoever brings a file does it, so that it needs no clock of its own.
create or replace function core.import_sweep(p_school int4, p_now timestamptz) returns void
  language plpgsql as $$
declare
  v_over int8[];
begin
  update ops.import i set state = 'lapsed', revision = i.revision + 1
   where i.school_id = p_school and i.state = 'previewed'
     and i.imported_at < p_now - core.setting(p_school, 'preview_hours') * interval '1 h';
  v_over := array(
    select i.import_id from ops.import i
     where i.school_id = p_school
       and (i.state = 'lapsed'
            or (i.state in ('applied', 'undone')
                and coalesce(i.undone_at, i.applied_at) < p_now - core.setting(p_school, 'import_undo_days') * interval '1 day'))
       and (exists (select from ops.import_row r where r.school_id = i.school_id and r.import_id = i.import_id)
            or exists (select from sealed.brought b where b.school_id = i.school_id and b.import_id = i.import_id)));
  delete from sealed.brought b where b.school_id = p_school and b.import_id = any (v_over);
  delete from ops.import_row r where r.school_id = p_school and r.import_id = any (v_over);
end
$$;
