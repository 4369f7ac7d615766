-- Stores what a preview of official scores shows. Gives the students written; null, and stores nothing, where one of the results is
-- no longer as the preview saw it. Locks: the students' progress rows, in order of their key.
create or replace function core.import_scores_apply(p_import ops.import) returns int8[]
  language plpgsql as $$
declare
  v_numbers int4[];
  v_students int8[];
  v_done jsonb[];
  v_after jsonb[];
  v_ids uuid[];
  v_stale bool;
begin
  perform core.import_hold(p_import);
  select array_agg(r.n), array_agg(r.student_id), array_agg(r.done), array_agg(r.after),
         bool_or(coalesce(o.revision, -1) + 1 <> (r.done ->> 'revision')::int4)
    into v_numbers, v_students, v_done, v_after, v_stale
    from ops.import_row r
    left join lateral core.official_result(r.school_id, r.student_id, r.done ->> 'instrument', r.done ->> 'form',
                                           (r.done ->> 'taken_at')::timestamptz) o on true
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept';
  if v_stale then
    return null;
  end if;
  v_ids := core.scores_store(p_import.school_id, v_students, v_done, v_after);
  update ops.import_row r set done = r.done || jsonb_build_object('result_id', w.id)
    from unnest(v_numbers, v_ids) w(n, id)
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.n = w.n;
  return coalesce(v_students, '{}');
end
$$;
