-- Whether an import can be taken back now. What was imported before previews were kept cannot.
create or replace function core.import_undoable(p_import ops.import) returns bool
  language sql stable as $$
  select p_import.state = 'applied' and p_import.applied_at is not null
     and p_import.applied_at > core.now() - core.setting(p_import.school_id, 'import_undo_days') * interval '1 day'
$$;
