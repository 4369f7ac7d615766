-- Says what a preview of a file of plans shows. Gives the students written; null, and says nothing, where one of the attempts is no
-- longer as the preview saw it. Locks: the students' progress rows, in order of their key.
create or replace function core.import_plans_apply(p_import ops.import) returns int8[]
  language plpgsql as $$
declare
  v_students int8[];
  v_attempts int2[];
  v_actions jsonb;
  v_fields jsonb[];
  v_stale bool;
begin
  perform core.import_hold(p_import);
  select array_agg(r.student_id order by r.n), array_agg((r.done ->> 'attempt')::int2 order by r.n),
         jsonb_agg(r.done -> 'actions' order by r.n), array_agg(r.after order by r.n),
         bool_or(core.plan_fields(r.school_id, r.student_id, (r.done ->> 'attempt')::int2) is distinct from r.before)
    into v_students, v_attempts, v_actions, v_fields, v_stale
    from ops.import_row r
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept';
  if v_stale then
    return null;
  end if;
  perform core.plan_say(p_import.school_id, v_students, v_attempts, v_actions, v_fields);
  return coalesce(v_students, '{}');
end
$$;
