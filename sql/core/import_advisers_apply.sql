-- Gives and ends the grounds that a preview of adviser assignments shows. Gives the students; null, and changes nothing, where
-- somebody gave one of them an adviser since, or ended one. Locks: core.wall_lock.
create or replace function core.import_advisers_apply(p_import ops.import) returns int8[]
  language plpgsql as $$
declare
  v_now constant timestamptz := core.now();
  v_zone text;
begin
  select s.zone into v_zone from core.school s where s.school_id = p_import.school_id;
  perform core.wall_lock(p_import.school_id);
  if exists (select from ops.import_row r
               left join lateral core.adviser_standing(r.school_id, r.student_id, true, v_now) h on true
               left join lateral core.adviser_standing(r.school_id, r.student_id, false, v_now) f on true
              where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept'
                and (h.ground_id is not null or f.ground_id is distinct from (r.done ->> 'before')::int8)) then
    return null;
  end if;
  update core.ground g set ended_at = v_now
    from ops.import_row r
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change = 'changed'
     and g.school_id = r.school_id and g.ground_id = (r.done ->> 'before')::int8;
  with given as (
    insert into core.ground (school_id, staff_id, student_id, kind, reason, valid_from, valid_until, granted_at)
    select r.school_id, (r.done ->> 'staff_id')::int8, r.student_id, 'adviser', format('import %s', r.import_id),
           greatest(v_now, core.day_start((r.after ->> 'from')::date, v_zone)),
           core.day_start((r.after ->> 'until')::date + 1, v_zone), v_now
      from ops.import_row r
     where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept'
     order by r.n
    returning student_id, ground_id
  )
  update ops.import_row r set done = r.done || jsonb_build_object('ground_id', g.ground_id)
    from given g
   where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.student_id = g.student_id
     and r.change <> 'kept';
  return array(select r.student_id from ops.import_row r
                where r.school_id = p_import.school_id and r.import_id = p_import.import_id and r.change <> 'kept');
end
$$;
