-- Stores what a preview of official scores shows. Gives the students written; null, and stores nothing, where one of the results is
-- no longer as the preview saw it. Locks: the students' progress rows, in order of their key.
create or replace function core.import_scores_apply(p_import ops.import) returns int8[]
  language plpgsql set work_mem = '64MB' as $$
declare
  v_students int8[];
begin
  perform core.import_hold(p_import);
  perform core.import_write();
  insert into pg_temp.import_write (n, student_id, done, fields)
  select r.n, r.student_id, r.done, r.after
    from ops.import_row r
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept';
  analyze pg_temp.import_write;
  if exists (
    with there as materialized (
      select r.student_id, r.instrument, r.form, r.taken_at, max(r.revision) as revision
        from core.result r
       where r.school_id::int8 = p_import.school_id -- the cast: see index result_by_student
         and r.student_id in (select w.student_id from pg_temp.import_write w) and r.device_id = 0
       group by 1, 2, 3, 4
    )
    select from pg_temp.import_write w
      left join there t on t.student_id = w.student_id and t.instrument = w.done ->> 'instrument' and t.form = w.done ->> 'form'
                       and t.taken_at = (w.done ->> 'taken_at')::timestamptz
     where coalesce(t.revision, -1) + 1 <> (w.done ->> 'revision')::int4) then
    return null;
  end if;
  v_students := core.scores_store(p_import.school_id);
  update ops.import_row r set done = w.done
    from pg_temp.import_write w
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.n = w.n
     and r.done ->> 'result_id' is null;
  return v_students;
end
$$;
