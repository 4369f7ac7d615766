-- Something that the estimates of these students rest on has changed: their stored estimates are stale from here on. Locks the
-- rows in key order, so that two callers with overlapping students wait for each other instead of killing each other.
create or replace function core.touch(p_school int4, p_students int8[]) returns void
  language sql as $$
  with locked as materialized (
    select school_id, student_id from core.progress
     where school_id = p_school and student_id = any (p_students)
     order by school_id, student_id
       for no key update
  )
  update core.progress p
     set version = p.version + 1, changed_at = now()
    from locked l
   where p.school_id = l.school_id and p.student_id = l.student_id;
$$;
