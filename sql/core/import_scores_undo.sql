-- Takes official results back that an import brought, as a further revision that is retracted; what it corrected says again what it
-- said before. What has been corrected since is kept. Gives the students written. Locks as import_scores_apply.
create or replace function core.import_scores_undo(p_import ops.import) returns int8[]
  language plpgsql as $$
declare
  v_numbers int4[];
  v_students int8[];
  v_done jsonb[];
  v_fields jsonb[];
begin
  perform core.import_hold(p_import);
  select array_agg(r.n), array_agg(r.student_id),
         array_agg(r.done || jsonb_build_object('revision', (r.done ->> 'revision')::int4 + 1, 'retract', r.before is null)),
         array_agg(coalesce(r.before, r.after))
    into v_numbers, v_students, v_done, v_fields
    from ops.import_row r
    join lateral core.official_result(r.school_id, r.student_id, r.done ->> 'instrument', r.done ->> 'form',
                                      (r.done ->> 'taken_at')::timestamptz) o on o.revision = (r.done ->> 'revision')::int4
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept';
  perform core.scores_store(p_import.school_id, v_students, v_done, v_fields);
  update ops.import_row r set undone = case when r.n = any (v_numbers) then 'restored' else 'kept' end
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept';
  return coalesce(v_students, '{}');
end
$$;
