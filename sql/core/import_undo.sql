-- Takes back what an import changed, where it is still as the import left it; what people said or did since stays, row by row
-- (ops.import_row.undone). Refuses (409) what is not applied, and what was applied too long ago: its rows are gone.
create or replace function core.import_undo(p_import ops.import, p_staff int8) returns int8[]
  language plpgsql as $$
declare
  v_import ops.import;
  v_students int8[];
begin
  perform core.import_lock(p_import.school_id);
  select * into v_import from ops.import i
   where i.school_id = p_import.school_id and i.import_id = p_import.import_id for no key update;
  if v_import.state <> 'applied' then
    perform core.refuse(409, 'conflict', 'There is nothing to undo: this import is not in force.',
                        p_remedy => 'Look at what it is now.',
                        p_more => jsonb_build_object('current', core.import_json(v_import, false)));
  elsif not core.import_undoable(v_import) then
    perform core.refuse(409, 'too_late', 'This import can no longer be undone: what was there before it is not kept any more.',
                        p_remedy => 'Upload a file that says what is right.');
  end if;
  v_students := case v_import.kind
    when 'roster' then core.import_roster_undo(v_import)
    when 'plans' then core.import_plans_undo(v_import)
    when 'official_scores' then core.import_scores_undo(v_import)
    when 'advisers' then core.import_advisers_undo(v_import)
  end;
  update ops.import i
     set state = 'undone', revision = i.revision + 1, undone_at = core.now(), undone_by = p_staff,
         undo = (select jsonb_build_object('restored', count(*) filter (where r.undone = 'restored'),
                                           'partly', count(*) filter (where r.undone = 'partly'),
                                           'kept', count(*) filter (where r.undone = 'kept'))
                   from ops.import_row r where r.school_id = i.school_id and r.import_id = i.import_id)
   where i.school_id = v_import.school_id and i.import_id = v_import.import_id;
  return v_students;
end
$$;
