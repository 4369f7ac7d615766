-- Takes official results back that an import brought, as a further revision that is retracted; what it corrected says again what it
-- said before. What has been corrected since is kept. Gives the students written. Locks as import_scores_apply.
create or replace function core.import_scores_undo(p_import ops.import) returns int8[]
  language plpgsql as $$
declare
  v_students int8[];
begin
  perform core.import_hold(p_import);
  perform core.import_write();
  insert into pg_temp.import_write (n, student_id, done, fields)
  select r.n, r.student_id,
         r.done || jsonb_build_object('revision', (r.done ->> 'revision')::int4 + 1, 'retract', r.before is null),
         coalesce(r.before, r.after)
    from ops.import_row r
    join lateral core.official_result(r.school_id, r.student_id, r.done ->> 'instrument', r.done ->> 'form',
                                      (r.done ->> 'taken_at')::timestamptz) o on o.revision = (r.done ->> 'revision')::int4
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept';
  v_students := core.scores_store(p_import.school_id);
  update ops.import_row r
     set undone = case when exists (select from pg_temp.import_write w where w.n = r.n) then 'restored' else 'kept' end
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept';
  return v_students;
end
$$;
