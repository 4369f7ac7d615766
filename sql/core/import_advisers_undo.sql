-- Ends the grounds that an import gave and brings back those that it ended, where the import's is still in force and nobody in the
-- office has given the student an adviser since; the rest is kept. Gives the students. Locks: core.wall_lock.
create or replace function core.import_advisers_undo(p_import ops.import) returns int8[]
  language plpgsql as $$
declare
  v_now constant timestamptz := core.now();
begin
  perform core.wall_lock(p_import.school_id);
  update ops.import_row r
     set undone = case when g.ended_at is null and not exists (
                              select from core.adviser_standing(r.school_id, r.student_id, true, v_now)) then 'restored'
                       else 'kept' end
    from core.ground g
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept'
     and g.school_id = r.school_id and g.ground_id = (r.done ->> 'ground_id')::int8;
  update core.ground g set ended_at = v_now
    from ops.import_row r
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.undone = 'restored'
     and g.school_id = r.school_id and g.ground_id = (r.done ->> 'ground_id')::int8;
  update core.ground g set ended_at = null
    from ops.import_row r
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.undone = 'restored' and r.change = 'changed'
     and g.school_id = r.school_id and g.ground_id = (r.done ->> 'before')::int8;
  return array(select r.student_id from ops.import_row r
                where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.undone = 'restored');
end
$$;
